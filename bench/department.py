"""The same template with the department's own engine: department.py TEMPLATES ID VERSION OUTPUT [PREVIOUS.parquet]

Its package `dcpy` must be importable. The template's source is a local file with an absolute path; nothing is pushed.
A previous version is read from the file, not from that engine's store.
"""

import os
import sys
from pathlib import Path

templates, template, version, output, *previous = sys.argv[1:]
# Both are asked for when the package is imported, though ingest does not use them.
os.environ.setdefault("DCPY_LIFECYCLE_DATA_DIR", output)
os.environ.setdefault("BUILD_ENGINE_SCHEMA", "unused")

from dcpy.lifecycle.ingest import run, transform  # noqa: E402

if previous:
    import pandas as pd

    transform.recipes.read_df = lambda *_args, **_named: pd.read_parquet(previous[0])

run.ingest(template, version, staging_dir=Path(output), definition_dir=Path(templates))
