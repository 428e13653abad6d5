"""Writes the rows of a parquet file in a format that DuckDB does not write: inputs.py KIND SOURCE TARGET"""

import json
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd


def frame(source):
    return gpd.read_parquet(source).set_crs("EPSG:4326", allow_override=True)


def table(source):
    return pd.read_parquet(source)


def packed(folder, target):
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(Path(folder).rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder))


def in_a_folder(write):
    """`write` fills a folder with what is packed."""

    def wrapped(source, target):
        folder = tempfile.mkdtemp(dir=Path(target).parent)
        try:
            write(frame(source), Path(folder))
            packed(folder, target)
        finally:
            shutil.rmtree(folder)

    return wrapped


@in_a_folder
def shapefile(rows, folder):
    rows.to_file(folder / "lots.shp")


@in_a_folder
def geodatabase(rows, folder):
    rows.to_file(folder / "lots.gdb", driver="OpenFileGDB", layer="lots")


@in_a_folder
def layers(rows, folder):
    for k in range(10):
        mode = {"mode": "a"} if k else {}
        rows.to_file(folder / "layers.gdb", driver="OpenFileGDB", layer=f"layer{k}", **mode)


def collection(features, target, between):
    with open(target, "w") as file:
        file.write('{"type":"FeatureCollection","features":[')
        file.write(between.join(features))
        file.write("]}")


def one_line(source, target):
    """As open data portals write it: every property a text, nulls, multipolygons, hardly a line break."""

    def feature(i, polygon):
        properties = {
            "boro": str(i % 5 + 1),
            "shape_area": f"{i * 1.37:.10f}",
            "bin": str(1000000 + i),
            "name": None if i % 3 == 0 else f"name {i % 977}",
            "modified": "2017-08-22T00:00:00.000Z",
            "status": "Constructed",
            "height": f"{i % 100}.5",
        }
        geometry = {"type": "MultiPolygon", "coordinates": [[[list(c) for c in polygon.exterior.coords]]]}
        return json.dumps({"type": "Feature", "properties": properties, "geometry": geometry}, separators=(",", ":"))

    collection((feature(i, polygon) for i, polygon in enumerate(frame(source).geometry)), target, ",\n")


def varying(source, target):
    """Fields that some features lack, that begin late, or that nest."""

    def feature(i, point):
        properties = {"id": i, "name": f"n {i % 977}"}
        if i % 2:
            properties["extra"] = i * 1.5
        if i > 20_000:
            properties["late"] = "late text"
        if i % 5 == 0:
            properties["nested"] = {"a": i, "b": [1, 2]}
        geometry = {"type": "Point", "coordinates": [point.x, point.y]}
        return json.dumps({"type": "Feature", "properties": properties, "geometry": geometry})

    collection((feature(i, point) for i, point in enumerate(frame(source).geometry)), target, ",\n")


def plain_parquet(source, target):
    table(source).to_parquet(target, index=False)


def geoparquet(source, target):
    frame(source).rename_geometry("geometry").to_parquet(target)


def book(source, target, sheet="lots"):
    table(source).to_excel(target, index=False, sheet_name=sheet, engine="openpyxl")


def book_of_data(source, target):
    book(source, target, "data")


def sheets(source, target):
    rows = table(source)
    with pd.ExcelWriter(target, engine="openpyxl") as writer:
        size = len(rows) // 10
        for k in range(10):
            rows[k * size : (k + 1) * size].to_excel(writer, index=False, sheet_name=f"sheet{k}")


def page(source, target):
    table(source).to_html(target, index=False)


kind, source, target = sys.argv[1:]
globals()[kind](source, target)
