"""Calls the ingest of the department's package as a file says, and writes what became of it into another.

bridge.py SPEC.json OUTCOME.json, in the project's folder.
"""

import json
import logging
import os
import sys
import traceback
from pathlib import Path

# The folder of this file is of no use; a project may be a checkout that holds the package.
sys.path[0] = os.getcwd()


def ingest(spec):
    from dcpy.lifecycle.ingest import run

    # What nobody asked for is left to the package, whose versions differ in what they take.
    asked = {name: value for name, value in spec["options"].items() if value}
    paths = {name: Path(value) for name, value in spec["paths"].items() if value}
    run.ingest(spec["template"], spec["version"], push=False, latest=False, **asked, **paths)


def outcome_of(spec):
    try:
        ingest(spec)
    except Exception as error:
        traceback.print_exc()
        return {
            "error": {
                "type": type(error).__name__,
                "message": "".join(traceback.format_exception_only(error)).strip(),
                "module": getattr(error, "name", None),
            }
        }
    return {"error": None}


if __name__ == "__main__":
    spec_file, outcome_file = map(Path, sys.argv[1:])
    outcome = outcome_of(json.loads(spec_file.read_text(encoding="utf-8")))
    outcome_file.write_text(json.dumps(outcome), encoding="utf-8")
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads of Arrow may abort or hang where the interpreter takes itself apart, after all the work is done.
    os._exit(0 if outcome["error"] is None else 1)
