"""Compares pairs of parquet files by the rules of compare.py.

compare_all.py TOOLS_DIR < pairs.json > differences.json

pairs.json: [{"case", "expected", "actual", "ignore": [...], "unordered": bool}]
The answer is {case: [difference, ...]}.
An independent reader (pyarrow, shapely) decides, not the engine that wrote the files.
"""

import json
import sys

sys.path.insert(0, sys.argv[1])
import compare

differences = {}
for pair in json.load(sys.stdin):
    try:
        found = compare.compare(
            pair["expected"], pair["actual"], ignore=tuple(pair["ignore"]), unordered=pair["unordered"]
        )
    except Exception as error:
        found = [f"cannot compare: {type(error).__name__}: {error}"]
    differences.setdefault(pair["case"], []).extend(found)
json.dump(differences, sys.stdout)
