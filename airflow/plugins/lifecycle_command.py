"""
Runs `lifecycle task` as the work of an Airflow task.

Its log goes into the task's line by line, it is stopped with the task, and the task ends as the manifest has it for the
way in which the command ended.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

import structlog
from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule, get_current_context
from airflow.sdk.exceptions import AirflowRuntimeError

if TYPE_CHECKING:
    from collections.abc import Iterator

log = structlog.get_logger("lifecycle")
LEVELS = {"debug", "info", "warning", "error"}
LOOK_FOR_WORKER_EVERY_SECONDS = 1


class Failed(SystemExit):
    """Airflow says of it in one line that the task has exited; of other exceptions it logs frames of its own code."""


class WorthAnotherTry(Failed):
    """The same may go well a little later."""


class Held(WorthAnotherTry):
    """Another has what it needs, and waiting for that is no try."""


RAISED = {"wait": Held, "retry": WorthAnotherTry, "fail": Failed}


def retry_policy(rules: dict[str, Any]) -> ExceptionRetryPolicy:
    """
    Airflow knows how to wait from 3.4 on. Nobody asks a policy about a worker that has died.

    What Airflow itself could not do for a task, such as to take its answer while the web server is away for longer than
    the worker asks, says nothing of the command: a try that finds its work done costs little.
    """
    delay = timedelta(seconds=rules["between_tries_seconds"])
    waits = getattr(RetryAction, "RESCHEDULE", None)
    waiting = {"action": waits, "max_reschedules": rules["max_waits"]} if waits else {"action": RetryAction.RETRY}
    return ExceptionRetryPolicy(
        rules=[
            RetryRule(exception=Held, retry_delay=delay, **waiting),
            RetryRule(exception=[WorthAnotherTry, AirflowRuntimeError], action=RetryAction.RETRY, retry_delay=delay),
            RetryRule(exception=BaseException, action=RetryAction.FAIL),
        ]
    )


def end_badly(command: str, code: int, ending: dict[str, Any], has_said_why: bool) -> None:
    """Ends the task as the manifest has it for this ending of its command."""
    if "says" in ending or not has_said_why:
        how = f"ended with exit code {code}" if code >= 0 else f"was killed by signal {-code}"
        log.error(f"`{command}` {ending.get('says', how)}")
    is_over = "tries" in ending and get_current_context()["ti"].try_number > ending["tries"]
    if "tries" in ending:
        log.info(ending["no_more" if is_over else "once_more"])
    raise (Failed if is_over else RAISED[ending["next"]])(code or 1)


def log_line(line: str) -> bool:
    """Writes one line of the command's log into the task's log. Was it an error?"""
    try:
        facts = json.loads(line)
        level, event = facts.pop("level"), str(facts.pop("event"))
    except (ValueError, AttributeError, KeyError):
        level, event, facts = "info", line, {}
    getattr(log, level if level in LEVELS else "info")(event, **facts)
    return level == "error"


@contextmanager
def stopped_with_us(child: subprocess.Popen[str], within_seconds: float) -> Iterator[threading.Event]:
    """Passes SIGTERM on to the child, and leaves no child behind, whatever ends the task (a timeout raises)."""
    told = threading.Event()

    def stop(*_signal: Any) -> None:
        told.set()
        child.terminate()

    def stop_with_worker(worker: int) -> None:
        """A task whose worker was killed is tried again elsewhere: two of them must not work on one version."""
        while child.poll() is None and os.getppid() == worker:
            time.sleep(LOOK_FOR_WORKER_EVERY_SECONDS)
        if child.poll() is None:
            stop()

    threading.Thread(target=stop_with_worker, args=(os.getppid(),), daemon=True).start()
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield told
    finally:
        child.terminate()
        try:
            child.wait(within_seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        signal.signal(signal.SIGTERM, before)


def child_environment(told: dict[str, str]) -> dict[str, str]:
    """
    What the command may see: not Airflow's own settings, which hold its keys and the password of its database. What
    sources log in with (`AIRFLOW_CONN_...`) stays. The command ends with the process that it finds named as its parent.
    """
    ours = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW__")}
    return {**ours, **told, "LIFECYCLE_PARENT": str(os.getpid())}


def run_lifecycle(rules: dict[str, Any], words: list[str], facts: dict[str, Any]) -> dict[str, Any]:
    """
    Runs `lifecycle task` to its end and gives its answer.

    It stays in the task's process group: Airflow kills a task by its group, and nothing must survive that.
    """
    with TemporaryFile("w+", encoding="utf-8") as asked, TemporaryFile("w+", encoding="utf-8") as answer:
        json.dump(facts, asked)
        asked.seek(0)
        child = subprocess.Popen(
            [*rules["command"], *words],
            env=child_environment(rules["environment"]),
            stdin=asked,
            stdout=answer,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
        with stopped_with_us(child, rules["stop_within_seconds"]) as told_to_stop:
            errors = sum(log_line(line.rstrip("\n")) for line in child.stderr)
            code = child.wait()
        if code != 0 or told_to_stop.is_set():
            endings = rules["endings"]
            ending = endings["stopped"] if told_to_stop.is_set() else endings.get(str(code), endings["other"])
            end_badly(shlex.join(["lifecycle", *words]), code, ending, has_said_why=errors > 0)
        answer.seek(0)
        return json.load(answer)
