"""The same profile with pandas and geopandas: profile.py PARQUET

What an engineer would write: describe, null and value counts, quantiles, histograms; of geometries validity, types,
vertices and box.
"""

import sys

import pandas as pd
import pyarrow.parquet as pq

source = sys.argv[1]
if b"geo" in (pq.read_schema(source).metadata or {}):
    import geopandas as gpd

    frame = gpd.read_parquet(source)
else:
    frame = pd.read_parquet(source)

for name in frame.columns:
    column = frame[name]
    if str(column.dtype) == "geometry":
        column.is_valid.sum(), column.is_empty.sum(), column.total_bounds
        column.geom_type.value_counts(), column.count_coordinates().sum()
        continue
    column.isna().sum(), column.describe(), column.value_counts().head(10)
    if pd.api.types.is_numeric_dtype(column):
        column.quantile([0.05, 0.25, 0.5, 0.75, 0.95])
        pd.cut(column, 20).value_counts()
    else:
        text = column.dropna().astype(str)
        text.str.len().agg(["min", "max"])
        text.str.fullmatch(r"[-+]?\d+(\.\d+)?").sum()
        (text != text.str.strip()).sum()
