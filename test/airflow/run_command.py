"""
Runs commands in place of `lifecycle` as a task does, and prints as JSON what they saw and how they ended.

Arguments: the DAGs folder.
"""

import json
import os
import sys
from importlib import import_module
from types import SimpleNamespace

sys.path[:0] = [sys.argv[1], os.environ["AIRFLOW__CORE__PLUGINS_FOLDER"]]
lifecycle = import_module("lifecycle")


def run(script: str, try_number: int) -> dict[str, object]:
    lifecycle.MANIFEST["command"] = [sys.executable, "-c", script]
    lifecycle.get_current_context = lambda: {"ti": SimpleNamespace(try_number=try_number)}
    said: list[str] = []
    lifecycle.log = SimpleNamespace(info=lambda line, **_facts: said.append(line), error=said.append)
    try:
        return {"printed": lifecycle.run_lifecycle("ingest", "parks", variables={"MADE": "yes"})}
    except lifecycle.Failed as error:
        return {"raised": type(error).__name__, "said": said}


SHOW = "import json, os; print(json.dumps({'env': dict(os.environ)}))"
ERROR = json.dumps({"level": "error", "event": "held by process 7"})
HELD = f"import sys; print({ERROR!r}, file=sys.stderr); sys.exit(75)"
KILL = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
report = {"shown": run(SHOW, 1), "held": run(HELD, 1), "killed": run(KILL, 1), "killed_again": run(KILL, 2)}
policy = lifecycle.RETRY_POLICY
actions = {
    kind.__name__: policy.evaluate(kind("x"), 1, 5).action.value
    for kind in (lifecycle.Held, lifecycle.WorthAnotherTry, lifecycle.Failed, ValueError)
}
print(json.dumps({**report, "actions": actions}))
