"""
Every DAG of a project, made from its manifest.

`lifecycle airflow manifest` reads the project and writes down all that a DAG needs; this file only translates that into
Airflow's terms. A task runs the `lifecycle` command, hands its log on line by line, and attaches the facts of its
result to the asset event.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import structlog
from airflow.sdk import (
    DAG,
    Asset,
    ExceptionRetryPolicy,
    Param,
    RetryAction,
    RetryRule,
    dag,
    get_current_context,
    get_parsing_context,
    task,
    task_group,
)
from airflow.sdk.exceptions import AirflowException, AirflowFailException
from lifecycle_timetable import ScheduledVersionTimetable, VersionTimetable

if TYPE_CHECKING:
    from collections.abc import Iterator

log = structlog.get_logger("lifecycle")

MANIFEST: dict[str, Any] = json.loads(Path(os.environ["LIFECYCLE_MANIFEST"]).read_text(encoding="utf-8"))

STAGES = ("plan", "load", "build", "package")
# Somebody else holds the version (sysexits.h: EX_TEMPFAIL), or a signal stopped the work: worth another try. Everything
# else would end the same way again, or has been tried again by the command itself.
WORTH_ANOTHER_TRY = {75, 130, 143}
LEVELS = {"debug", "info", "warning", "error"}
STOP_WITHIN_SECONDS = 20
# `run_lifecycle` raises exactly this class for what is worth another try; a worker that dies is tried again as well.
RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule(exception=AirflowException, match_subclasses=False, action=RetryAction.RETRY),
        RetryRule(exception=Exception, action=RetryAction.FAIL),
    ]
)


def asset(name: str) -> Asset:
    """The one place that makes assets: the same name with another group would change what Airflow knows about it."""
    return Asset(name=name, group=name.partition("/")[0])


# --- running the command ---------------------------------------------------------------------------------------------


def log_line(line: str) -> dict[str, Any] | None:
    """Writes one line of the command's log into the task's log. Answers with the facts if it tells of an error."""
    try:
        facts = json.loads(line)
        level, event = facts.pop("level"), facts.pop("event")
    except (ValueError, AttributeError, KeyError):
        log.info(line)
        return None
    getattr(log, level if level in LEVELS else "info")(str(event), **facts)
    return {"event": event, **facts} if level == "error" else None


@contextmanager
def stopped_with_us(child: subprocess.Popen[str]) -> Iterator[threading.Event]:
    """Passes SIGTERM on to the child, and leaves no child behind, whatever ends the task (a timeout raises)."""
    told = threading.Event()

    def pass_on(_number: int, _frame: object) -> None:
        told.set()
        child.terminate()

    in_main_thread = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, pass_on) if in_main_thread else None
    try:
        yield told
    finally:
        if child.poll() is None:
            child.terminate()
            try:
                child.wait(STOP_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        if in_main_thread:
            signal.signal(signal.SIGTERM, before)


def collect(stream: IO[str], into: list[str]) -> threading.Thread:
    reader = threading.Thread(target=lambda: into.append(stream.read()), daemon=True)
    reader.start()
    return reader


def child_environment(variables: dict[str, str]) -> dict[str, str]:
    """
    What the command may see: not Airflow's own settings, which hold its keys and the password of its database. What
    sources log in with (`AIRFLOW_CONN_...`) stays.
    """
    ours = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW__")}
    return {**ours, "LIFECYCLE_PROJECT": MANIFEST["project"], "LIFECYCLE_LOG": "json", **variables}


def killed(command: str) -> AirflowException:
    """Something else may have taken the memory, so it is worth one more try, and no more: it may be the data."""
    message = f"`{command}` was killed by SIGKILL: out of memory? The kernel's log (dmesg) tells"
    if get_current_context()["ti"].try_number > 1:
        return AirflowFailException(f"{message}; it is not tried again")
    return AirflowException(f"{message}; it is tried once more")


def run_lifecycle(*arguments: str, variables: dict[str, str] | None = None) -> dict[str, Any]:
    """
    Runs the command to its end and answers with the JSON document that it printed.

    It stays in the task's process group: Airflow kills a task by its group, and nothing must survive that.
    """
    start = time.monotonic()
    command = shlex.join(["lifecycle", *arguments])
    log.info(command, **(variables or {}))
    child = subprocess.Popen(
        [*MANIFEST["command"], "--json", *arguments],
        env=child_environment(variables or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    )
    printed: list[str] = []
    error: dict[str, Any] = {}
    with stopped_with_us(child) as told_to_stop:
        reader = collect(child.stdout, printed)
        for line in child.stderr:
            error = log_line(line.rstrip("\n")) or error
        code = child.wait()
        reader.join()
    if told_to_stop.is_set() or code in WORTH_ANOTHER_TRY:
        raise AirflowException(error.get("event", f"stopped (exit code {code})"))
    if code == -signal.SIGKILL:
        raise killed(command)
    if code != 0:
        how = f"ended with exit code {code}" if code > 0 else f"was killed by {signal.Signals(-code).name}"
        reason = ": ".join(str(error[key]) for key in ("code", "event") if key in error)
        raise AirflowFailException(reason or f"`{command}` {how}")
    return {"command": command, **json.loads(printed[0]), "seconds": round(time.monotonic() - start, 2)}


def label(version: str) -> None:
    """What the mapped task shows in place of its number."""
    get_current_context()["version_label"] = version


# --- versions and forms ----------------------------------------------------------------------------------------------


def versions_task(subject: str, source_tells_version: bool) -> Any:
    @task(task_id="versions", doc_md="The versions of this run: its partition key, else the param `versions`.")
    def versions() -> list[str]:
        context = get_current_context()
        key = getattr(context["dag_run"], "partition_key", None)
        found = [key] if key else list(dict.fromkeys(context["params"]["versions"]))
        for version in found:
            # The form's own pattern is a simpler one, since Airflow shows it to people as it is.
            if not re.fullmatch(MANIFEST["version"]["pattern"], version):
                raise AirflowFailException(f"{version!r} is no version: use {MANIFEST['version']['hint']}")
        if not found and not source_tells_version:
            raise AirflowFailException(
                f"{subject} needs a version and none was given: fill in Partition Key, or `versions` for several"
            )
        return found or [""]

    return versions()


def versions_param() -> Param:
    version = MANIFEST["version"]
    return Param(
        [],
        title="Versions",
        type="array",
        items={"type": "string", "pattern": version["form_pattern"]},
        uniqueItems=True,
        maxItems=1000,
        description=f"Several versions at once, one a line; leave Partition Key empty then. Each: {version['hint']}.",
        section="Version",
    )


def optional_text(title: str, description: str, **schema: Any) -> Param:
    return Param(None, title=title, description=description, type=["null", "string"], **schema)


def switch(title: str, description: str, default: bool = False) -> Param:
    return Param(default, title=title, description=description, type="boolean")


def ingest_params(entry: dict[str, Any]) -> dict[str, Param]:
    params = {
        "versions": versions_param(),
        "latest": switch("Latest", "Offer `latest` this version when it is done; it moves forward only.", default=True),
        "overwrite": switch("Overwrite", "Replace a published version that has other content."),
        "accept": switch("Accept", "Publish although `checks` refuse what changed since the version before."),
        "output_csv": switch("CSV", "Write a CSV beside the Parquet file."),
        "mode": optional_text(
            "Mode",
            "Run the steps of this processing mode.",
            pattern=r"^[A-Za-z0-9_.-]{1,100}$",
            **({"examples": entry["modes"]} if entry["modes"] else {}),
        ),
    }
    if entry["datasets"]:
        params["datasets"] = Param(
            [],
            title="Datasets",
            type="array",
            items={"type": "string", "enum": entry["datasets"]},
            examples=entry["datasets"],
            uniqueItems=True,
            description="Only these; empty means all.",
        )
    return params


def build_params(entry: dict[str, Any]) -> dict[str, Param]:
    variables = {
        name: optional_text(name, f"Fills in {name} of the recipe.", section="Variables of the recipe")
        for name in entry["variables"]
    }
    pins = {
        f"input {made['id']}": optional_text(
            made["id"],
            f"Pins its version; empty: {made['version'] or 'as the recipe finds it'}.",
            pattern=MANIFEST["version"]["form_pattern"],
            section="Versions of inputs",
        )
        for made in entry["inputs"]
    }
    return {
        "versions": versions_param(),
        "version": optional_text(
            "Version of the product",
            "What the build calls itself; empty lets the recipe decide.",
            pattern=MANIFEST["version"]["form_pattern"],
            examples=["24v1", "2024-06-01"],
        ),
        "force": switch("Repeat", "Run every stage again, also those that are done with the same inputs."),
        **variables,
        **pins,
    }


# --- DAGs ------------------------------------------------------------------------------------------------------------


def schedule_of(entry: dict[str, Any]) -> VersionTimetable | ScheduledVersionTimetable:
    key = MANIFEST["version"]["pattern"], MANIFEST["version"]["hint"]
    schedule = entry.get("schedule")
    return ScheduledVersionTimetable(*key, **schedule) if schedule else VersionTimetable(*key)


def declare(entry: dict[str, Any]) -> Any:
    return dag(
        dag_id=entry["dag_id"],
        dag_display_name=entry["dag_id"] + (" (broken)" if entry["broken"] else ""),
        description=entry["title"],
        doc_md=entry["doc"],
        tags=entry["tags"],
        schedule=schedule_of(entry),
        catchup=False,
        default_args={"retries": 5, "retry_delay": timedelta(seconds=20), "retry_policy": RETRY_POLICY},
    )


def give_form(made: DAG, params: dict[str, Param]) -> None:
    """
    Gives a DAG its params when its tasks are made already.

    Each task would copy all of them otherwise, which doubles the time of the import and makes serializing 225 DAGs take
    ten times as long; a task's context holds the params of its DAG anyway.
    """
    for param in params.values():
        param.source = "dag"
    made.params = params


def broken_dag(entry: dict[str, Any], outlets: list[Asset]) -> None:
    """Keeps the history of what cannot run now in sight, and says why it cannot."""

    @declare(entry)
    def broken() -> None:
        @task(task_id="broken", outlets=outlets)
        def fail() -> None:
            raise AirflowFailException(entry["broken"])

        fail()

    broken()


def facts_of(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if isinstance(value, (str, int, float, bool))}


def facts_of_dataset(dataset: dict[str, Any]) -> dict[str, Any]:
    """With what changed against the version before, and what somebody should look at before using it."""
    return {**facts_of(dataset), **{key: dataset[key] for key in ("changes", "warnings") if key in dataset}}


def ingest_dag(entry: dict[str, Any]) -> None:
    outlets = {made["dataset"]: asset(made["name"]) for made in entry["assets"]}
    if entry["broken"]:
        return broken_dag(entry, list(outlets.values()))

    @declare(entry)
    def ingest_template() -> None:
        @task(
            outlets=list(outlets.values()),
            inlets=[asset(name) for name in entry["inlets"]],
            map_index_template="{{ version_label }}",
        )
        def ingest(version: str) -> dict[str, Any]:
            context = get_current_context()
            params = context["params"]
            label(version or "newest")
            record = run_lifecycle(
                *["ingest", entry["id"]],
                *([version] if version else []),
                *(["--mode", params["mode"]] if params["mode"] else []),
                *[word for dataset in params.get("datasets", []) for word in ("--dataset", dataset)],
                *([] if params["latest"] else ["--no-latest"]),
                *(["--overwrite"] if params["overwrite"] else []),
                *(["--accept"] if params["accept"] else []),
                *(["--csv"] if params["output_csv"] else []),
            )
            label(record["version"])
            datasets = {dataset["id"]: facts_of_dataset(dataset) for dataset in record["datasets"]}
            events = context["outlet_events"]
            for dataset, outlet in outlets.items():
                if dataset is not None:
                    # Airflow makes an event for every outlet; one that was not asked for says so.
                    facts = datasets.get(dataset, {"state": "not asked for"})
                elif len(datasets) == 1:
                    facts = next(iter(datasets.values()))
                else:
                    facts = {"datasets": datasets}
                events[outlet].add_partitions(record["version"])
                events[outlet].extra = {**facts_of(record), **facts}
            return facts_of(record)

        ingest.expand(version=versions_task(entry["id"], entry["source_tells_version"]))

    give_form(ingest_template(), ingest_params(entry))


def build_dag(entry: dict[str, Any]) -> None:
    outlet = asset(entry["asset"])
    if entry["broken"]:
        return broken_dag(entry, [outlet])

    def stage(name: str, **options: Any) -> Any:
        @task(task_id=name, map_index_template="{{ version_label }}", **options)
        def run_stage(key: str) -> dict[str, Any]:
            context = get_current_context()
            params = context["params"]
            label(key)
            pins = {made["id"]: params[f"input {made['id']}"] for made in entry["inputs"]}
            record = run_lifecycle(
                *["build", entry["id"], key, "--stage", name],
                *(["--version", params["version"]] if params["version"] else []),
                *[word for made, pin in pins.items() if pin for word in ("--input", f"{made}={pin}")],
                *(["--force"] if params["force"] else []),
                variables={each: params[each] for each in entry["variables"] if params[each]},
            )
            if "outlets" in options:
                event = context["outlet_events"][outlet]
                event.add_partitions(key)
                event.extra = {**facts_of(record), "inputs": record["inputs"], "outputs": record["outputs"]}
            return facts_of(record)

        return run_stage

    @declare(entry)
    def build_product() -> None:
        @task_group(group_id="build")
        def build(key: str) -> None:
            plan = stage("plan", inlets=[asset(name) for name in entry["inlets"]])(key)
            load, make = stage("load")(key), stage("build")(key)
            plan >> load >> make >> stage("package", outlets=[outlet])(key)

        build.expand(key=versions_task(entry["id"], False))

    give_form(build_product(), build_params(entry))


# A task's process asks for its own DAG only; the DAG processor asks for all.
ONLY = get_parsing_context().dag_id
for entries, make_dag in ((MANIFEST["ingest"], ingest_dag), (MANIFEST["builds"], build_dag)):
    for entry in entries:
        if ONLY in (None, entry["dag_id"]):
            make_dag(entry)
