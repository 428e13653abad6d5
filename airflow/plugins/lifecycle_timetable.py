"""The timetables of our DAGs: a run is of one version, which is its partition key."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.exceptions import InvalidPartitionKeyError
from airflow.plugins_manager import AirflowPlugin
from airflow.timetables.simple import NullTimetable
from airflow.timetables.trigger import CronPartitionTimetable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from airflow.timetables.base import DagRunInfo


def refuse_bad_key(partition_key: str | None, pattern: str, hint: str) -> None:
    if partition_key is not None and not re.fullmatch(pattern, partition_key):
        raise InvalidPartitionKeyError(f"{partition_key!r} is no version: use {hint}")


class VersionTimetable(NullTimetable):
    """
    Takes a version as partition key, and refuses what is none with HTTP 400 before a run exists.

    Airflow's own ``PartitionedAtRuntime`` takes a key too, but its trigger dialog shows no field for one.
    ``resolve_partition_date`` is where Airflow 3.3 and 3.4 ask a timetable about a key; it is not a published
    interface, so the end-to-end test triggers with a bad key.
    """

    description = "Started by hand, once for each version"
    partitioned = True

    def __init__(self, pattern: str, hint: str) -> None:
        super().__init__()
        self.pattern = pattern
        self.hint = hint

    @property
    def summary(self) -> str:
        return "versions"

    def serialize(self) -> dict[str, Any]:
        return {"pattern": self.pattern, "hint": self.hint}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> VersionTimetable:
        return cls(**data)

    def resolve_partition_date(self, partition_key: str | None) -> datetime | None:
        refuse_bad_key(partition_key, self.pattern, self.hint)
        return None

    def iter_partition_dagrun_infos(self, *, earliest: datetime, latest: datetime) -> Iterator[DagRunInfo]:
        return iter(())


class ScheduledVersionTimetable(CronPartitionTimetable):
    """Starts runs by a cron expression, each with its time as partition key; by hand it takes any version."""

    def __init__(self, pattern: str, hint: str, cron: str, timezone: str, key_format: str) -> None:
        # Airflow would make up for a time shortly before the schedule was written down; `timedelta()` means never.
        super().__init__(cron, timezone=timezone, key_format=key_format, run_immediately=timedelta())
        self.pattern = pattern
        self.hint = hint
        self.schedule = {"cron": cron, "timezone": timezone, "key_format": key_format}

    @property
    def summary(self) -> str:
        return self.schedule["cron"]

    def serialize(self) -> dict[str, Any]:
        return {"pattern": self.pattern, "hint": self.hint, **self.schedule}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> ScheduledVersionTimetable:
        return cls(**data)

    def resolve_partition_date(self, partition_key: str | None) -> datetime | None:
        refuse_bad_key(partition_key, self.pattern, self.hint)
        return None


class LifecyclePlugin(AirflowPlugin):
    name = "lifecycle"
    timetables: ClassVar = [VersionTimetable, ScheduledVersionTimetable]
