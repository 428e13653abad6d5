"""The timetables of our DAGs: a run is of one version, which is its partition key."""

from __future__ import annotations

import json
import re
from contextvars import ContextVar
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.exceptions import InvalidPartitionKeyError
from airflow.plugins_manager import AirflowPlugin
from airflow.timetables.simple import NullTimetable
from airflow.timetables.trigger import CronPartitionTimetable
from airflow.utils.types import DagRunType

if TYPE_CHECKING:
    from collections.abc import Iterator

# What the web server was asked to start. A timetable is told the key alone, and only after it has named the run.
REQUEST: ContextVar[dict[str, Any] | None] = ContextVar("lifecycle_request", default=None)
# An address of Airflow may have a path of its own before it.
STARTS_A_RUN = re.compile(r"/api/v2/(dags/[^/]+/dagRuns|assets/[^/]+/materialize)/?$")
LARGEST_REQUEST = 1_000_000
# What Airflow takes in the id of a run, which is part of paths.
IN_RUN_ID = re.compile(r"[A-Za-z0-9_.~:+-]+")


class RequestInSight:
    """ASGI middleware: lets the timetables see the request that starts a run. It changes nothing about it."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or not STARTS_A_RUN.search(scope["path"]):
            return await self.app(scope, receive, send)
        seen, body = [], b""
        while not seen or (seen[-1].get("more_body") and len(body) <= LARGEST_REQUEST):
            seen.append(await receive())
            body += seen[-1].get("body", b"")

        async def again() -> Any:
            return seen.pop(0) if seen else await receive()

        try:
            asked = json.loads(body)
        except ValueError:
            asked = None
        # Airflow answers to what is no object, and to values of other kinds, itself.
        REQUEST.set(asked if isinstance(asked, dict) else None)
        await self.app(scope, again, send)


def versions_asked_for() -> Any:
    """Those of the form, whatever kind of value was sent in their place."""
    conf = (REQUEST.get() or {}).get("conf")
    return conf.get("versions") if isinstance(conf, dict) else None


class Versions:
    """
    What both timetables have in common: by a rule of the manifest they take a version as partition key and refuse with
    HTTP 400, before a run exists, what is none, none at all where one is needed, and a key beside a list of versions.

    ``generate_run_id`` and ``resolve_partition_date`` are where Airflow 3.3 and 3.4 ask a timetable about a new run.
    The second is not a published interface, so the end-to-end test triggers with a bad key.
    """

    def __init__(self, rule: dict[str, Any], **schedule: Any) -> None:
        super().__init__(**schedule)
        self.rule = rule

    def serialize(self) -> dict[str, Any]:
        return {"rule": self.rule}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Any:
        return cls(**data)

    def takes(self, key: str) -> bool:
        return re.fullmatch(self.rule["pattern"], key) is not None

    def resolve_partition_date(self, partition_key: str | None) -> None:
        refusals = self.rule["refusals"]
        versions = versions_asked_for()
        for key in (partition_key, *(versions if isinstance(versions, list) else ())):
            if isinstance(key, str) and not self.takes(key):
                raise InvalidPartitionKeyError(refusals["bad"].format(key=key))
        if partition_key is not None and versions:
            raise InvalidPartitionKeyError(refusals["both"])
        is_empty = REQUEST.get() is not None and partition_key is None and not versions
        if is_empty and self.rule["required"]:
            raise InvalidPartitionKeyError(refusals["none"])

    def generate_run_id(self, *, run_type: DagRunType, run_after: Any, **rest: Any) -> str:
        """Runs that people start are named after their version, or how many they are."""
        key, versions = (REQUEST.get() or {}).get("partition_key"), versions_asked_for()
        if not key and isinstance(versions, list) and versions:
            key = versions[0] if len(versions) == 1 else f"{len(versions)}_versions"
        run_id = f"{key}__{run_after.isoformat()}"
        # Not what Airflow would refuse: other letters, and beginnings that it keeps for itself. What is no version is
        # refused after this, with our reason.
        is_plain = isinstance(key, str) and self.takes(key) and IN_RUN_ID.fullmatch(run_id)
        if is_plain and DagRunType.from_run_id(run_id) == DagRunType.MANUAL:
            return run_id
        return super().generate_run_id(run_type=run_type, run_after=run_after, **rest)


class VersionTimetable(Versions, NullTimetable):
    """Airflow's own ``PartitionedAtRuntime`` takes a key too, but its trigger dialog shows no field for one."""

    description = "Started by hand, once for each version"
    partitioned = True
    summary = "versions"

    def iter_partition_dagrun_infos(self, **_period: Any) -> Iterator[Any]:
        return iter(())


class ScheduledVersionTimetable(Versions, CronPartitionTimetable):
    """Starts runs by a cron expression, each with its time as partition key; by hand it takes any version."""

    def __init__(self, rule: dict[str, Any], **schedule: str) -> None:
        # Airflow would make up for a time shortly before the schedule was written down; `timedelta()` means never.
        super().__init__(rule, run_immediately=timedelta(), **schedule)
        self.schedule = schedule

    def serialize(self) -> dict[str, Any]:
        return {"rule": self.rule, **self.schedule}


class LifecyclePlugin(AirflowPlugin):
    name = "lifecycle"
    timetables: ClassVar = [VersionTimetable, ScheduledVersionTimetable]
    fastapi_root_middlewares: ClassVar = [{"name": "lifecycle: requests in sight", "middleware": RequestInSight}]
