"""
Imports the DAGs as Airflow's own processes do, and prints what came of it as JSON.

Arguments: the DAGs folder, then DAG ids to import alone, as a task's process does. Times are of the import alone.
"""

import json
import os
import sys
import time

from airflow.dag_processing.dagbag import DagBag
from described_assets import assets_of

PARSING_CONTEXT = "_AIRFLOW_PARSING_CONTEXT_DAG_ID"


def import_once(folder: str) -> tuple[DagBag, float]:
    start = time.perf_counter()
    bag = DagBag(folder)
    return bag, time.perf_counter() - start


folder, *alone = sys.argv[1:]


bag, first = import_once(folder)
_, second = import_once(folder)
report = {
    "dags": {dag_id: {"tasks": sorted(dag.task_ids), "tags": sorted(dag.tags)} for dag_id, dag in bag.dags.items()},
    "assets": assets_of(bag),
    "import_errors": bag.import_errors,
    "first_seconds": first,
    "second_seconds": second,
    "alone": {},
}
for dag_id in alone:
    os.environ[PARSING_CONTEXT] = dag_id
    bag, seconds = import_once(folder)
    report["alone"][dag_id] = {"dags": sorted(bag.dags), "seconds": seconds}
# Airflow's log goes to stdout as well; this line is the last.
print(json.dumps(report))
