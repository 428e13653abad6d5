"""
Asks the timetables of DAGs about requests that start a run, as the web server does, and prints the answers as JSON.

Arguments: the DAGs folder, then a JSON list of {dag_id, path, body} or, for a run that no request starts,
{dag_id, key}.
"""

import asyncio
import json
import sys
from datetime import UTC, datetime

from airflow.dag_processing.dagbag import DagBag
from airflow.exceptions import InvalidPartitionKeyError
from airflow.serialization.serialized_objects import DagSerialization
from airflow.utils.types import DagRunType

from airflow import plugins_manager

folder, requests = sys.argv[1], json.loads(sys.argv[2])
bag = DagBag(folder)
# As the web server finds it: Airflow loads plugins as modules of their own.
MIDDLEWARE = {each["name"]: each["middleware"] for each in plugins_manager.get_fastapi_plugins()[1]}
RUN_AFTER = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


def timetable_of(dag_id):
    stored = json.loads(json.dumps(DagSerialization.to_dict(bag.dags[dag_id])))
    return DagSerialization.from_dict(stored).timetable


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


print(json.dumps(asyncio.run(main())))
