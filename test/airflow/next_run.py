"""
Tells how the scheduler sees the schedule of DAGs, once they have been stored and read back, and prints it as JSON.

Arguments: the DAGs folder, then DAG ids.
"""

import json
import sys
from types import SimpleNamespace

from airflow.dag_processing.dagbag import DagBag
from airflow.exceptions import InvalidPartitionKeyError
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.base import TimeRestriction


def refuses(timetable: object, key: str) -> bool:
    try:
        timetable.resolve_partition_date(key)
    except InvalidPartitionKeyError:
        return True
    return False


folder, *wanted = sys.argv[1:]
bag = DagBag(folder)
report = {}
for dag_id in wanted:
    stored = json.loads(json.dumps(DagSerialization.to_dict(bag.dags[dag_id])))
    dag = DagSerialization.from_dict(stored)
    run = dag.timetable.next_dagrun_info_v2(
        last_dagrun_info=None,
        restriction=TimeRestriction(earliest=None, latest=None, catchup=False),
    )
    report[dag_id] = {
        "summary": dag.timetable.summary,
        "partitioned": dag.timetable.partitioned,
        # What the scheduler orders waiting tasks of all runs by, the heaviest first.
        "weights": {task.task_id: task.weight_rule.get_weight(SimpleNamespace(task=task)) for task in dag.tasks},
        "run_after": run and run.run_after.isoformat(),
        "partition_key": run and run.partition_key,
        "refuses": [key for key in ("26v1:main", "2026-03-04", "../x", "latest") if refuses(dag.timetable, key)],
    }
print(json.dumps(report))
