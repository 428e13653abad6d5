"""
Imports the DAGs, stores them and reads them back, and prints as JSON what Airflow's programs make of them.

It asks their timetables about requests that start a run, as the web server does, and about the next run, as the
scheduler does, and tells how each asset is described.

Arguments: the DAGs folder, a JSON list of {dag_id, path, body} or, for a run that no request starts, {dag_id, key},
then ids of DAGs whose schedule is wanted.
"""

import asyncio
import json
import sys
from datetime import UTC, datetime
from types import SimpleNamespace

from airflow.dag_processing.dagbag import DagBag
from airflow.exceptions import InvalidPartitionKeyError
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.base import TimeRestriction
from airflow.utils.types import DagRunType
from described_assets import assets_of

from airflow import plugins_manager

folder, requests, scheduled = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3:]
bag = DagBag(folder)
# As the web server finds it: Airflow loads plugins as modules of their own.
MIDDLEWARE = {each["name"]: each["middleware"] for each in plugins_manager.get_fastapi_plugins()[1]}
RUN_AFTER = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


def stored(dag_id):
    return DagSerialization.from_dict(json.loads(json.dumps(DagSerialization.to_dict(bag.dags[dag_id]))))


def timetable_of(dag_id):
    return stored(dag_id).timetable


def ask(timetable, key):
    run_id = timetable.generate_run_id(run_type=DagRunType.MANUAL, run_after=RUN_AFTER, data_interval=None)
    try:
        timetable.resolve_partition_date(key)
    except InvalidPartitionKeyError as error:
        return {"refused": str(error)}
    return {"run_id": run_id}


async def post(dag_id, path, body):
    """The body comes in two messages, as from a slow network, and must reach the application whole."""
    text = (body if isinstance(body, str) else json.dumps(body)).encode()
    waiting = [
        {"type": "http.request", "body": text[:5], "more_body": True},
        {"type": "http.request", "body": text[5:], "more_body": False},
    ]
    answer = {}

    async def receive():
        return waiting.pop(0)

    async def application(_scope, receive, _send):
        got, more = b"", True
        while more:
            message = await receive()
            got, more = got + message["body"], message["more_body"]
        assert got == text, got
        key = body.get("partition_key") if isinstance(body, dict) else None
        answer.update(await asyncio.to_thread(ask, timetable_of(dag_id), key))

    scope = {"type": "http", "method": "POST", "path": path}
    await MIDDLEWARE["lifecycle: requests in sight"](application)(scope, receive, None)
    return answer


async def answer(request):
    if "path" in request:
        return await post(request["dag_id"], request["path"], request["body"])
    return ask(timetable_of(request["dag_id"]), request["key"])


async def main():
    # Each in a task, as the web server has one for each request.
    return [await asyncio.create_task(answer(request)) for request in requests]


def refuses(timetable: object, key: str) -> bool:
    try:
        timetable.resolve_partition_date(key)
    except InvalidPartitionKeyError:
        return True
    return False


def schedule_of(dag_id):
    """How the scheduler sees it."""
    dag = stored(dag_id)
    run = dag.timetable.next_dagrun_info_v2(
        last_dagrun_info=None,
        restriction=TimeRestriction(earliest=None, latest=None, catchup=False),
    )
    return {
        "summary": dag.timetable.summary,
        "partitioned": dag.timetable.partitioned,
        # What the scheduler orders waiting tasks of all runs by, the heaviest first.
        "weights": {task.task_id: task.weight_rule.get_weight(SimpleNamespace(task=task)) for task in dag.tasks},
        "run_after": run and run.run_after.isoformat(),
        "partition_key": run and run.partition_key,
        "refuses": [key for key in ("26v1:main", "2026-03-04", "../x", "latest") if refuses(dag.timetable, key)],
    }


report = {
    "answers": asyncio.run(main()),
    "schedules": {dag_id: schedule_of(dag_id) for dag_id in scheduled},
    "assets": assets_of(bag),
    "import_errors": bag.import_errors,
}
print(json.dumps(report))
