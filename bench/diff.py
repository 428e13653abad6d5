"""What changed between two Parquet files, as one would write it with pandas: diff.py BEFORE NOW

Rows that came and went by `merge`, values that changed by `compare`; the same counts that `lifecycle diff` gives.
"""

import json
import sys

import pandas as pd

before = pd.read_parquet(sys.argv[1])
now = pd.read_parquet(sys.argv[2])
key = sys.argv[3]
sides = before[[key]].merge(now[[key]], on=key, how="outer", indicator=True)["_merge"].value_counts()
before = before.set_index(key)
now = now.set_index(key)
both = before.index.intersection(now.index)
changed = before.loc[both].compare(now.loc[both])
columns = {name: int(changed[name].notna().any(axis=1).sum()) for name in changed.columns.levels[0] if name in changed}
rows = {"added": int(sides["right_only"]), "removed": int(sides["left_only"]), "changed": len(changed)}
print(json.dumps({"rows": rows, "columns": columns}))
