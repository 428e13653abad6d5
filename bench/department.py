"""The same template with the department's own engine: department.py TEMPLATES ID VERSION OUTPUT [options]

Its package `dcpy` must be importable. The raw file is a local one; nothing is pushed. A previous version is read from
the file that is named, not from that engine's store.
"""

import argparse
import os
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("templates", type=Path)
parser.add_argument("id")
parser.add_argument("version")
parser.add_argument("output")
parser.add_argument("--file", type=Path, help="the raw file, in place of the template's source")
parser.add_argument("--mode")
parser.add_argument("--previous", help="the previous version, as parquet")
asked = parser.parse_args()
# Both are asked for when the package is imported, though ingest does not use them.
os.environ.setdefault("DCPY_LIFECYCLE_DATA_DIR", asked.output)
os.environ.setdefault("BUILD_ENGINE_SCHEMA", "unused")

from dcpy.lifecycle.ingest import run, transform  # noqa: E402

if asked.previous:
    import pandas as pd

    transform.recipes.read_df = lambda *_args, **_named: pd.read_parquet(asked.previous)

run.ingest(
    asked.id,
    asked.version,
    mode=asked.mode,
    staging_dir=Path(asked.output),
    definition_dir=asked.templates,
    local_file_path=asked.file,
)
