"""
Every DAG of a project, made from its manifest.

`lifecycle airflow manifest` reads the project and writes down all that a DAG needs; this file only translates that into
Airflow's terms. A task hands what Airflow knows of its run to `lifecycle task`, and tells Airflow what that answers.
"""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, Asset, Param, dag, get_current_context, get_parsing_context, task, task_group
from airflow.sdk.exceptions import AirflowSkipException
from lifecycle_command import Failed, log, retry_policy, run_lifecycle
from lifecycle_timetable import ScheduledVersionTimetable, VersionTimetable

MANIFEST: dict[str, Any] = json.loads(Path(os.environ["LIFECYCLE_MANIFEST"]).read_text(encoding="utf-8"))
RULES: dict[str, Any] = MANIFEST["tasks"]
RETRY_POLICY = retry_policy(RULES)


def show_label(label: str | None) -> None:
    """What a mapped task shows in place of its number; Airflow renders it at the end, but not of a task that exits."""
    context = get_current_context()
    context["version_label"] = context["ti"].rendered_map_index = label


def publish_events(events: list[dict[str, Any]]) -> None:
    """Airflow makes an event for every outlet, so those of which nothing was made are taken away."""
    context = get_current_context()
    told = {event["asset"]: event for event in events}
    running = context["ti"].task
    running.outlets = [outlet for outlet in running.outlets if outlet.name in told]
    for outlet in running.outlets:
        event = context["outlet_events"][outlet]
        event.add_partitions(told[outlet.name]["partition_key"])
        event.extra = told[outlet.name]["extra"]


def task_of(kind: str, entry: dict[str, Any], name: str, **lineage: list[Asset]) -> Any:
    """A task of a DAG: of the run, or, mapped, of one of its versions."""

    @task(task_id=name, map_index_template="{{ version_label }}", **lineage)
    def run_task(version: str | None = None) -> Any:
        context = get_current_context()
        key = version or context["dag_run"].partition_key
        show_label(key)
        facts = {
            "entry": entry,
            "task": name,
            "params": dict(context["params"]),
            "key": key,
            "is_mapped": bool(version),
        }
        answer = run_lifecycle(RULES, [kind, entry["id"], *([key] if key else [])], facts)
        show_label(answer["label"])
        publish_events(answer["events"])
        if answer["skipped"]:
            raise AirflowSkipException(answer["skipped"])
        return answer["value"]

    return run_task


EXTRAS = {made["name"]: made["extra"] for entry in MANIFEST["ingest"] for made in entry["assets"]}
EXTRAS.update({entry["asset"]["name"]: entry["asset"]["extra"] for entry in MANIFEST["builds"]})


def assets(*names: str) -> list[Asset]:
    """The one place that makes assets: a name with another group or extra would change what Airflow knows of it."""
    return [Asset(name=name, group=name.partition("/")[0], extra=EXTRAS.get(name)) for name in names]


def outlets_of(entry: dict[str, Any]) -> list[Asset]:
    return assets(*(made["name"] for made in entry.get("assets") or [entry["asset"]]))


def ingest_tasks(entry: dict[str, Any]) -> None:
    """
    A task costs about as much as a small ingest, so one version is made by the first task, which hands out several to
    mapped ones. A run of one version skips those without starting anything.
    """
    lineage = {"outlets": outlets_of(entry), "inlets": assets(*entry["inlets"])}
    first, each = (task_of("ingest", entry, name, **lineage) for name in ("ingest", "each"))
    each.expand(version=first())


def build_tasks(entry: dict[str, Any]) -> None:
    """The stages for the partition of the run; where it has several, `plan` hands those out, and each has its own."""
    plan = task_of("build", entry, "plan", inlets=assets(*entry["inlets"]))
    load = task_of("build", entry, "load")
    build = task_of("build", entry, "build", outlets=outlets_of(entry))
    package = task_of("build", entry, "package")

    @task_group
    def each(version: str) -> None:
        plan(version) >> load(version) >> build(version) >> package(version)

    first = plan()
    first >> load() >> build() >> package()
    each.expand(version=first)


def broken_task(entry: dict[str, Any]) -> None:
    """Keeps the history of what cannot run now in sight, and says why it cannot."""

    @task(outlets=outlets_of(entry))
    def broken() -> None:
        log.error(entry["broken"])
        log.info(f"hint: {RULES['broken_hint']}")
        raise Failed(1)

    broken()


def schedule_of(entry: dict[str, Any]) -> VersionTimetable | ScheduledVersionTimetable:
    rule, schedule = {**MANIFEST["version"], "required": entry["needs_version"]}, entry.get("schedule")
    return ScheduledVersionTimetable(rule, **schedule) if schedule else VersionTimetable(rule)


def give_form(made: DAG, form: list[dict[str, Any]]) -> None:
    """
    Gives a DAG its params when its tasks are made already.

    Each task would copy all of them otherwise, which doubles the time of the import and makes serializing 225 DAGs take
    ten times as long; a task's context holds the params of its DAG anyway.
    """
    made.params = {field["name"]: Param(field["value"], **field["schema"]) for field in form}
    for param in made.params.values():
        param.source = "dag"


def make_dag(entry: dict[str, Any], make_tasks: Any) -> None:
    @dag(
        dag_id=entry["dag_id"],
        dag_display_name=entry["display_name"],
        description=entry["description"],
        doc_md=entry["doc"],
        tags=entry["tags"],
        schedule=schedule_of(entry),
        catchup=False,
        default_args={
            "owner": entry["owner"],
            "retries": RULES["retries"],
            "retry_delay": timedelta(seconds=RULES["retry_delay_seconds"]),
            "retry_policy": RETRY_POLICY,
            "weight_rule": RULES["weight_rule"],
        },
    )
    def tasks() -> None:
        (broken_task if entry["broken"] else make_tasks)(entry)

    give_form(tasks(), entry["form"])


# A task's process asks for its own DAG only; the DAG processor asks for all.
ONLY = get_parsing_context().dag_id
for entries, make_tasks in ((MANIFEST["ingest"], ingest_tasks), (MANIFEST["builds"], build_tasks)):
    for entry in entries:
        if ONLY in (None, entry["dag_id"]):
            make_dag(entry, make_tasks)
