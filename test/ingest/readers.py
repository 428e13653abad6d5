"""Reads a raw file as pandas or GeoPandas does and the published parquet file by pyarrow, and says where they differ.

readers.py RAW PARQUET  ->  {"rows", "columns", "differences"} on stdout.
"""

import json
import sys

import geopandas
import pandas
import pyarrow.parquet as pq

raw, published = sys.argv[1:]
table = pq.read_table(published)
if raw.endswith(".csv"):
    expected = pandas.read_csv(raw, index_col=False, low_memory=False)
    found = table.to_pandas()
else:
    expected = geopandas.read_file(raw).rename_geometry("geom")
    found = geopandas.read_parquet(published)


def plain(frame):
    """Without the geometry, and with times in one unit: GDAL counts milliseconds."""
    frame = pandas.DataFrame(frame.drop(columns="geom", errors="ignore"))
    times = frame.select_dtypes("datetime")
    return frame.astype(dict.fromkeys(times, "datetime64[us]"))


differences = []
if list(expected.columns) != list(found.columns):
    differences.append(f"columns: {list(expected.columns)} and {list(found.columns)}")
else:
    try:
        pandas.testing.assert_frame_equal(plain(found), plain(expected), check_exact=True)
    except AssertionError as error:
        differences.append(str(error))
    if "geom" in expected and expected.geom.to_wkb().tolist() != found.geom.to_wkb().tolist():
        differences.append("geometries")
    if "geom" in expected and expected.crs != found.crs:
        differences.append(f"crs: {expected.crs} and {found.crs}")
json.dump({"rows": table.num_rows, "columns": table.schema.names, "differences": differences}, sys.stdout)
