"""
Runs commands in place of `lifecycle` as a task does, and prints as JSON what they saw and how they ended.

Arguments: the DAGs folder.
"""

import json
import os
import signal
import sys
import threading
import time
from importlib import import_module
from types import SimpleNamespace

from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
from airflow.sdk.execution_time.comms import ErrorResponse

sys.path[:0] = [sys.argv[1], os.environ["AIRFLOW__CORE__PLUGINS_FOLDER"]]
lifecycle = import_module("lifecycle")
command = import_module("lifecycle_command")
# What a task has of the page: Airflow reads every plugin.
import_module("airflow.plugins_manager")
page = import_module("lifecycle_page")


def run(script: str, try_number: int, told_after: float | None = None) -> dict[str, object]:
    rules = {**lifecycle.RULES, "command": [sys.executable, "-c", script], "stop_within_seconds": 1}
    if told_after:
        threading.Timer(told_after, lambda: os.kill(os.getpid(), signal.SIGTERM)).start()
    command.get_current_context = lambda: {"ti": SimpleNamespace(try_number=try_number)}
    said: list[str] = []
    command.log = SimpleNamespace(info=lambda line, **_facts: said.append(line), error=said.append)
    try:
        return {"printed": command.run_lifecycle(rules, ["ingest", "parks"], {"task": "ingest"})}
    except TimeoutError:
        return {"raised": "TimeoutError", "said": said}
    except command.Failed as error:
        return {"raised": type(error).__name__, "said": said}


SHOW = "import json, os, sys; print(json.dumps({'env': dict(os.environ), 'asked': json.load(sys.stdin)}))"
ERROR = json.dumps({"level": "error", "event": "held by process 7"})
HELD = f"import sys; print({ERROR!r}, file=sys.stderr); sys.exit(75)"
KILL = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
STOPS = "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(0)); time.sleep(60)"
WRONG = "print('not JSON'); raise SystemExit(3)"
DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); print('', flush=True); time.sleep(60)"


def out_of_time(script: str) -> dict[str, object]:
    """As a task's execution timeout: an exception out of nowhere, while the command runs and hears nothing."""

    def give_up(_number: int, _frame: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, 1.5)
    start = time.monotonic()
    return {**run(script, 1), "seconds": time.monotonic() - start}


report = {
    "shown": run(SHOW, 1),
    "held": run(HELD, 1),
    "killed": run(KILL, 1),
    "killed_again": run(KILL, 2),
    "wrong": run(WRONG, 1),
    "stopped": run(STOPS, 1, told_after=1.5),
    "deaf": out_of_time(DEAF),
}
web = {"fastapi": "fastapi" in sys.modules}
web |= {"apps": len(page.LifecyclePagePlugin().fastapi_apps), "fastapi_with_them": "fastapi" in sys.modules}
policy = lifecycle.RETRY_POLICY
actions = {
    kind.__name__: policy.evaluate(kind("x"), 1, 5).action.value
    for kind in (command.Held, command.WorthAnotherTry, command.Failed, ValueError)
}
# What a task gets for anything that it wants to be told to a web server that has been away for too long.
no_answer = AirflowRuntimeError(ErrorResponse(error=ErrorType.API_SERVER_ERROR, detail={"status_code": None}))
actions["AirflowRuntimeError"] = policy.evaluate(no_answer, 1, 5).action.value
print(json.dumps({**report, "actions": actions, "web": web}))
