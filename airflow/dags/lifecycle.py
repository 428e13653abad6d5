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
from airflow.sdk.exceptions import AirflowSkipException
from lifecycle_timetable import ScheduledVersionTimetable, VersionTimetable

if TYPE_CHECKING:
    from collections.abc import Iterator

log = structlog.get_logger("lifecycle")

MANIFEST: dict[str, Any] = json.loads(Path(os.environ["LIFECYCLE_MANIFEST"]).read_text(encoding="utf-8"))
VERSION: dict[str, str] = MANIFEST["version"]

# Somebody else holds the version (sysexits.h: EX_TEMPFAIL), or a signal stopped the work: worth another try. Everything
# else would end the same way again, or has been tried again by the command itself.
HELD_BY_ANOTHER = 75
STOPPED_BY_SIGNAL = {130, 143}
LEVELS = {"debug", "info", "warning", "error"}
STOP_WITHIN_SECONDS = 20
LOOK_FOR_WORKER_EVERY_SECONDS = 1
# A task whose worker died has waited already until that was noticed.
AFTER_A_DEATH = timedelta(seconds=5)
BETWEEN_TRIES = timedelta(seconds=20)


class Failed(SystemExit):
    """
    Ends a task that has said why in its log.

    Airflow logs every other exception with the frames of its own code, which tell nobody anything; of this kind it says
    in one line that the task has exited.
    """


class WorthAnotherTry(Failed):
    """As `Failed`; the same may go well a little later."""


class Held(WorthAnotherTry):
    """Another process holds the version, or the stage."""


def rule_for_held() -> RetryRule:
    """Waiting is no try; Airflow knows how to wait without one from 3.4 on."""
    waits = getattr(RetryAction, "RESCHEDULE", None)
    bounded = {"action": waits, "max_reschedules": 90} if waits else {"action": RetryAction.RETRY}
    return RetryRule(exception=Held, retry_delay=BETWEEN_TRIES, **bounded)


# A worker that dies is tried again as well: nobody asks the policy about that.
RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        rule_for_held(),
        RetryRule(exception=WorthAnotherTry, action=RetryAction.RETRY, retry_delay=BETWEEN_TRIES),
        RetryRule(exception=BaseException, action=RetryAction.FAIL),
    ]
)


EXTRAS = {
    **{made["name"]: made["extra"] for entry in MANIFEST["ingest"] for made in entry["assets"]},
    **{entry["asset"]["name"]: entry["asset"]["extra"] for entry in MANIFEST["builds"]},
}


def asset(name: str) -> Asset:
    """The one place that makes assets: a name with another group or extra would change what Airflow knows of it."""
    return Asset(name=name, group=name.partition("/")[0], extra=EXTRAS.get(name))


def fail(sentence: str, hint: str | None = None) -> None:
    log.error(sentence)
    if hint:
        log.info(f"hint: {hint}")
    raise Failed(1)


# --- running the command ---------------------------------------------------------------------------------------------


def log_line(line: str) -> bool:
    """Writes one line of the command's log into the task's log, an error's hint as a line of its own. Was it one?"""
    try:
        facts = json.loads(line)
        level, event = facts.pop("level"), str(facts.pop("event"))
    except (ValueError, AttributeError, KeyError):
        log.info(line)
        return False
    code, hint = facts.pop("code", None), facts.pop("hint", None)
    getattr(log, level if level in LEVELS else "info")(f"{code}: {event}" if code else event, **facts)
    if hint:
        log.info(f"hint: {hint}")
    return level == "error"


@contextmanager
def stopped_with_us(child: subprocess.Popen[str]) -> Iterator[threading.Event]:
    """Passes SIGTERM on to the child, and leaves no child behind, whatever ends the task (a timeout raises)."""
    told = threading.Event()

    def pass_on(_number: int, _frame: object) -> None:
        told.set()
        child.terminate()

    def stop_with_worker(worker: int) -> None:
        """A task whose worker was killed is tried again elsewhere: two of them must not work on one version."""
        while child.poll() is None and os.getppid() == worker:
            time.sleep(LOOK_FOR_WORKER_EVERY_SECONDS)
        if child.poll() is None:
            told.set()
            child.terminate()

    threading.Thread(target=stop_with_worker, args=(os.getppid(),), daemon=True).start()
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
    sources log in with (`AIRFLOW_CONN_...`) stays. The command ends with the process that it finds named as its parent.
    """
    ours = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW__")}
    told = {"LIFECYCLE_PROJECT": MANIFEST["project"], "LIFECYCLE_LOG": "json", "LIFECYCLE_PARENT": str(os.getpid())}
    return {**ours, **told, **variables}


def end_killed(command: str) -> None:
    """Something else may have taken the memory, so it is worth one more try, and no more: it may be the data."""
    again = get_current_context()["ti"].try_number <= 1
    log.error(f"`{command}` was killed by SIGKILL: out of memory? The kernel's log (dmesg) tells")
    log.info("it is tried once more" if again else "it is not tried again")
    raise (WorthAnotherTry if again else Failed)(1)


def run_lifecycle(*arguments: str, variables: dict[str, str]) -> dict[str, Any]:
    """
    Runs the command to its end and answers with the JSON document that it printed.

    It stays in the task's process group: Airflow kills a task by its group, and nothing must survive that.
    """
    start = time.monotonic()
    command = shlex.join(["lifecycle", *arguments])
    log.info(command, **variables)
    child = subprocess.Popen(
        [*MANIFEST["command"], "--json", *arguments],
        env=child_environment(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    )
    printed: list[str] = []
    has_said_why = False
    with stopped_with_us(child) as told_to_stop:
        reader = collect(child.stdout, printed)
        for line in child.stderr:
            has_said_why = log_line(line.rstrip("\n")) or has_said_why
        code = child.wait()
        reader.join()
    held = code == HELD_BY_ANOTHER and not told_to_stop.is_set()
    again = held or told_to_stop.is_set() or code in STOPPED_BY_SIGNAL
    if code == -signal.SIGKILL and not again:
        end_killed(command)
    if (again or code != 0) and not has_said_why:
        log.error(f"`{command}` " + (f"ended with exit code {code}" if code >= 0 else f"was killed by signal {-code}"))
    if again:
        raise (Held if held else WorthAnotherTry)(code)
    if code != 0:
        raise Failed(code)
    return {"command": command, **json.loads(printed[0]), "seconds": round(time.monotonic() - start, 2)}


def given(form: list[dict[str, Any]], params: dict[str, Any]) -> tuple[list[str], dict[str, str]]:
    """The words and the variables that the values of a form are for the command."""
    words: list[str] = []
    variables: dict[str, str] = {}
    for field in form:
        value, how = params[field["name"]], field["given"]
        match how and how["as"]:
            case "switch" if value is how["when"]:
                words.append(how["flag"])
            case "option":
                values = value if isinstance(value, list) else [value] if value else []
                words += [word for each in values for word in (how["flag"], how.get("before", "") + each)]
            case "variable" if value:
                variables[how["name"]] = value
    return words, variables


def facts_of(record: dict[str, Any]) -> dict[str, Any]:
    """Of a record, what can be read at a glance; with what changed against the version before, and what to look at."""
    return {
        key: value
        for key, value in record.items()
        if isinstance(value, (str, int, float, bool)) or key in ("changes", "warnings")
    }


def label(version: str) -> None:
    """What the mapped task shows in place of its number."""
    context = get_current_context()
    context["version_label"] = version
    # Airflow renders the label at the end, but not of a task that exits.
    context["ti"].rendered_map_index = version


def versions_of_run(entry: dict[str, Any]) -> list[str]:
    """The timetable has refused most of what is wrong here; it does not see runs that no request started."""
    context = get_current_context()
    key = getattr(context["dag_run"], "partition_key", None)
    several = list(dict.fromkeys(context["params"]["versions"]))
    if key and several:
        fail("this run has a partition key and versions too: only one of them can be meant", "leave one of them empty")
    found = [key] if key else several
    for version in found:
        # The form's own pattern is a simpler one, since Airflow shows it to people as it is.
        if not re.fullmatch(VERSION["pattern"], version):
            fail(f"{version!r} is no version", f"use {VERSION['hint']}")
    if not found and entry["needs_version"]:
        fail(
            f"{entry['id']} needs a version and none was given",
            "fill in Partition Key, or `versions` for several at once",
        )
    return found


# --- DAGs ------------------------------------------------------------------------------------------------------------


def schedule_of(entry: dict[str, Any]) -> VersionTimetable | ScheduledVersionTimetable:
    rule = {"pattern": VERSION["pattern"], "hint": VERSION["hint"], "required": entry["needs_version"]}
    schedule = entry.get("schedule")
    return ScheduledVersionTimetable(**rule, **schedule) if schedule else VersionTimetable(**rule)


def declare(entry: dict[str, Any]) -> Any:
    return dag(
        dag_id=entry["dag_id"],
        dag_display_name=entry["display_name"],
        description=entry["description"],
        doc_md=entry["doc"],
        tags=entry["tags"],
        schedule=schedule_of(entry),
        catchup=False,
        default_args={
            "owner": entry["owner"],
            "retries": 5,
            "retry_delay": AFTER_A_DEATH,
            "retry_policy": RETRY_POLICY,
            # Tasks weigh what is upstream of them, so that a run that has begun ends before another one begins.
            "weight_rule": "upstream",
        },
    )


def give_form(made: DAG, entry: dict[str, Any]) -> None:
    """
    Gives a DAG its params when its tasks are made already.

    Each task would copy all of them otherwise, which doubles the time of the import and makes serializing 225 DAGs take
    ten times as long; a task's context holds the params of its DAG anyway.
    """
    params = {field["name"]: Param(field["value"], **field["schema"]) for field in entry["form"]}
    for param in params.values():
        param.source = "dag"
    made.params = params


def broken_dag(entry: dict[str, Any], outlets: list[Asset]) -> None:
    """Keeps the history of what cannot run now in sight, and says why it cannot."""

    @declare(entry)
    def broken() -> None:
        @task(task_id="broken", outlets=outlets)
        def say_why() -> None:
            fail(entry["broken"], "correct it; the DAG shows within seconds that it is sound")

        say_why()

    broken()


def ingest_dag(entry: dict[str, Any]) -> None:
    outlets = {made["dataset"]: asset(made["name"]) for made in entry["assets"]}
    if entry["broken"]:
        return broken_dag(entry, list(outlets.values()))

    def ingest_version(version: str | None) -> dict[str, Any]:
        context = get_current_context()
        label(version or "newest")
        words, variables = given(entry["form"], context["params"])
        record = run_lifecycle("ingest", entry["id"], *([version] if version else []), *words, variables=variables)
        label(record["version"])
        datasets = {dataset["id"]: facts_of(dataset) for dataset in record["datasets"]}
        # Airflow makes an event for every outlet, also for a dataset that was not asked for and has not been made.
        context["ti"].task.outlets = [made for name, made in outlets.items() if name is None or name in datasets]
        for dataset, outlet in outlets.items():
            if dataset is None:
                facts = next(iter(datasets.values())) if len(datasets) == 1 else {"datasets": datasets}
            elif dataset in datasets:
                facts = datasets[dataset]
            else:
                continue
            event = context["outlet_events"][outlet]
            event.add_partitions(record["version"])
            event.extra = {**facts_of(record), **facts}
        return facts_of(record)

    lineage = {"outlets": list(outlets.values()), "inlets": [asset(name) for name in entry["inlets"]]}

    @declare(entry)
    def ingest_template() -> None:
        # A task costs about as much as a small ingest, so one version is made by the first task, which hands out
        # several to mapped ones. A run of one version skips those without starting anything.
        @task(doc_md="Makes the version of the run, or hands out several to `each`.", **lineage)
        def ingest() -> list[str]:
            versions = versions_of_run(entry)
            if len(versions) > 1:
                get_current_context()["ti"].task.outlets = []
                return versions
            ingest_version(versions[0] if versions else None)
            return []

        @task(map_index_template="{{ version_label }}", doc_md="Makes one of several versions.", **lineage)
        def each(version: str) -> dict[str, Any]:
            return ingest_version(version)

        each.expand(version=ingest())

    give_form(ingest_template(), entry)


def build_dag(entry: dict[str, Any]) -> None:
    outlet = asset(entry["asset"]["name"])
    if entry["broken"]:
        return broken_dag(entry, [outlet])

    def run_stages(key: str, *names: str) -> dict[str, Any]:
        label(key)
        words, variables = given(entry["form"], get_current_context()["params"])
        stages = [word for name in names for word in ("--stage", name)]
        return run_lifecycle("build", entry["id"], key, *stages, *words, variables=variables)

    def stage(name: str, **options: Any) -> Any:
        return task(task_id=name, map_index_template="{{ version_label }}", **options)

    @stage("plan", inlets=[asset(name) for name in entry["inlets"]])
    def plan(key: str) -> dict[str, Any]:
        return facts_of(run_stages(key, "plan"))

    @stage("load")
    def load(key: str) -> dict[str, Any]:
        return facts_of(run_stages(key, "load"))

    # The record of a build comes with its last stage, and only what succeeds has an event.
    @stage("build", outlets=[outlet], doc_md="Runs the product's commands, and writes the record of what they made.")
    def build(key: str) -> dict[str, Any]:
        record = run_stages(key, "build", "package")
        made = {**record.pop("stages")[0], **record}
        event = get_current_context()["outlet_events"][outlet]
        event.add_partitions(key)
        event.extra = {**facts_of(made), "inputs": made["inputs"], "outputs": made["outputs"]}
        return facts_of(made)

    @stage("package", doc_md="A stub: nothing is packaged yet.")
    def package(key: str) -> None:
        label(key)
        raise AirflowSkipException("nothing is packaged yet: the output of a build is its package")

    @declare(entry)
    def build_product() -> None:
        @task(doc_md="The versions of this run: its partition key, else the param `versions`.")
        def versions() -> list[str]:
            return versions_of_run(entry)

        @task_group(group_id="build")
        def each(key: str) -> None:
            plan(key) >> load(key) >> build(key) >> package(key)

        each.expand(key=versions())

    give_form(build_product(), entry)


# A task's process asks for its own DAG only; the DAG processor asks for all.
ONLY = get_parsing_context().dag_id
for entries, make_dag in ((MANIFEST["ingest"], ingest_dag), (MANIFEST["builds"], build_dag)):
    for entry in entries:
        if ONLY in (None, entry["dag_id"]):
            make_dag(entry)
