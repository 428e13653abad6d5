"""What an import of the DAGs says of their assets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag


def assets_of(bag: DagBag) -> dict[str, list[str]]:
    """How each asset is described, wherever a task names it."""
    described: dict[str, set[str]] = {}
    for dag in bag.dags.values():
        for task in dag.tasks:
            for asset in [*task.inlets, *task.outlets]:
                text = json.dumps([asset.group, asset.extra], sort_keys=True)
                described.setdefault(asset.name, set()).add(text)
    return {name: sorted(texts) for name, texts in described.items()}
