"""Stands in for dcpy.lifecycle.ingest.run: the same call, the same files, templates in JSON, sources of CSV."""

import json
import logging
import os
import shutil
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

logging.basicConfig(format="%(asctime)s %(levelname)s:%(name)s:%(message)s", datefmt="%H:%M:%S", level=logging.INFO)
logger = logging.getLogger("dcpy")

KNOWN = {"id", "acl", "attributes", "ingestion", "columns", "checks", "depends_on"}


def _dump(file, value):
    file.write_text(json.dumps(value, indent=4))


def _misbehave(kind, staging_dir):
    if kind == "hang":
        sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        Path(os.environ["FAKE_PIDS"]).write_text(f"{os.getpid()} {sleeper.pid}")
        time.sleep(600)
    if kind == "module":
        import no_such_package_at_all  # noqa: F401
    if kind == "raise":
        raise RuntimeError("the bucket is gone\nask again later")
    if kind == "exit":
        os._exit(3)


def ingest(
    dataset_id,
    version=None,
    *,
    staging_dir,
    mode=None,
    datasets_filter=None,
    latest=False,
    push=False,
    output_csv=False,
    definition_dir,
    local_file_path=None,
    overwrite_okay=False,
):
    assert not push and not latest
    kind = os.environ.get("FAKE_DCPY")
    logger.info(f"Reading definition of {dataset_id}")
    logger.warning("token is %s", os.environ.get("SOME_TOKEN"))
    warnings.warn("columns of many kinds", stacklevel=2)
    print("printed by dcpy", flush=True)
    staging_dir.mkdir(parents=True)
    text = (definition_dir / f"{dataset_id}.yml").read_text()
    definition = json.loads(text.replace("{{ version }}", version))
    if set(definition) - KNOWN:
        raise ValueError({"malformatted yml": f"Extra inputs are not permitted: {set(definition) - KNOWN}"})
    _misbehave(kind, staging_dir)

    source = definition["ingestion"]["source"]
    file = Path(local_file_path or source["path"])
    if local_file_path:
        source = {"type": "local_file", "key": str(local_file_path)}
    shutil.copy(file, staging_dir / file.name)
    lock = {"id": definition["id"], "version": version, "source": source}
    _dump(staging_dir / "definition.lock.json", lock)
    _dump(staging_dir / "datasource.json", {**lock, "raw_filename": file.name})

    folder = staging_dir / definition["id"]
    folder.mkdir()
    table = pyarrow.csv.read_csv(file)
    pyarrow.parquet.write_table(table, folder / "_init.parquet")
    if kind == "other":
        table = table.set_column(0, "id", pa.array([str(n) for n in range(len(table))]))
    if kind == "reversed":
        table = table.take(list(reversed(range(len(table)))))
    if kind == "nudged":
        column = table.column("x").to_pylist()
        table = table.set_column(table.column_names.index("x"), "x", pa.array([v * (1 + 1e-13) for v in column]))
    if kind != "nothing":
        pyarrow.parquet.write_table(table, folder / f"{definition['id']}.parquet")
    if output_csv:
        pyarrow.csv.write_csv(table, folder / f"{definition['id']}.csv")
    _dump(folder / "config.json", {"id": definition["id"], "version": version, "mode": mode})
    if os.environ.get("FAKE_DOCUMENTS"):
        published = Path(os.environ["FAKE_DOCUMENTS"])
        for document in published.glob("**/*.json"):
            if document.name != "record.json":
                shutil.copy(document, staging_dir / document.relative_to(published))
