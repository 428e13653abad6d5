"""The same work with the usual Python tools: reference.py CASE INPUT OUTPUT

Read, the same steps, write; nothing else. It is what an engineer would write with pandas and geopandas.
"""

import sys


def csv(source, target):
    import pandas as pd

    frame = pd.read_csv(source, index_col=False, low_memory=False, dtype=str)
    frame.columns = [name.lower().replace(" ", "_") for name in frame.columns]
    for name in ["id", "boro", "number_3"]:
        frame[name] = pd.array(frame[name], dtype="Int32")
    for name in ["latitude", "longitude", "number_1", "number_2"]:
        frame[name] = pd.to_numeric(frame[name])
    frame["opened"] = pd.to_datetime(frame["opened"]).dt.date
    frame.to_parquet(target, index=False)


def geojson(source, target):
    import geopandas as gpd

    frame = gpd.read_file(source)
    frame["geometry"] = frame.geometry.make_valid()
    frame = frame.to_crs("EPSG:2263")
    frame.to_parquet(target, index=False)


def shapefile(source, target):
    import geopandas as gpd
    from shapely.geometry import MultiPolygon, Polygon

    frame = gpd.read_file(source)
    frame["geometry"] = frame.geometry.make_valid()
    frame = frame.to_crs("EPSG:2263")
    frame["geometry"] = [MultiPolygon([g]) if isinstance(g, Polygon) else g for g in frame.geometry]
    frame.columns = [name.lower() for name in frame.columns]
    frame.to_parquet(target, index=False)


def boroughs(source, target):
    import geopandas as gpd

    gpd.read_file(source).to_crs("EPSG:2263").to_parquet(target, index=False)


def tiny(source, target):
    import pandas as pd

    pd.read_csv(source, index_col=False, low_memory=False).to_parquet(target, index=False)


{"csv": csv, "geojson": geojson, "shapefile": shapefile, "boroughs": boroughs, "tiny": tiny}[sys.argv[1]](
    *sys.argv[2:4]
)
