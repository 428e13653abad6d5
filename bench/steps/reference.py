"""A template with the usual Python tools: reference.py TEMPLATE OUTPUT [PREVIOUS.parquet]

Read, the same steps, write; nothing else. It is what an engineer would write with pandas and geopandas.
The template is JSON, so that no parser of YAML has to start. OUTPUT is a folder.
"""

import json
import sys
from pathlib import Path

import pandas as pd

GEOGRAPHIC = ("geojson", "shapefile", "geodatabase")


def read(file, options, frames):
    options = dict(options)
    kind = options.pop("type")
    geometry = options.pop("geometry", None)
    crs = options.pop("crs", None)
    if kind == "csv":
        options.pop("unzipped_filename", None)
        frame = pd.read_csv(file, index_col=False, low_memory=False, **options)
    elif kind == "xlsx":
        frame = pd.read_excel(file, **options)
    elif kind == "html":
        frame = pd.read_html(file, **options["kwargs"])[0]
    elif kind == "json" and options["json_read_fn"] == "normalize":
        with open(file) as handle:
            data = json.load(handle)
        frame = pd.json_normalize(data, **options.get("json_read_kwargs", {}))
    elif kind == "json":
        frame = pd.read_json(file)
    elif kind == "parquet":
        frame = pd.read_parquet(file)
    else:
        frame = frames.read_file(file, layer=options.get("layer"))
        if crs:
            frame = frame.set_crs(crs)
    return with_geometry(frame, geometry, frames) if geometry else frame


def with_geometry(frame, geometry, frames):
    column, kind = geometry["geom_column"], geometry.get("format", "wkt")
    crs = geometry.get("crs")
    if isinstance(column, dict):
        x, y = pd.to_numeric(frame[column["x"]]), pd.to_numeric(frame[column["y"]])
        return frames.GeoDataFrame(frame, geometry=frames.points_from_xy(x, y), crs=crs)
    if isinstance(kind, dict):
        pairs = frame.pop(column).str.strip("()").str.split(", ", expand=True).astype(float)
        return frames.GeoDataFrame(frame, geometry=frames.points_from_xy(pairs[1], pairs[0]), crs=crs)
    parse = frames.GeoSeries.from_wkb if kind == "wkb" else frames.GeoSeries.from_wkt
    return frames.GeoDataFrame(frame, geometry=parse(frame.pop(column), crs=crs))


def coerced(values, kind, errors):
    if kind == "numeric":
        return pd.to_numeric(values, errors=errors)
    if kind in ("integer", "bigint"):
        return pd.array(values, dtype={"integer": "Int32", "bigint": "Int64"}[kind])
    if kind == "date":
        return pd.to_datetime(values, errors=errors).dt.date
    if kind == "datetime":
        return pd.to_datetime(values, errors=errors)
    whole = pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all()
    return (values.astype("Int64") if whole else values).astype("string")


def in_series(frame, column_name, function_name, geo=False, **args):
    column = "geometry" if geo else column_name
    of = frame[column]
    for part in function_name.split("."):
        of = getattr(of, part)
    frame[column] = of(**args)
    return frame


def upserted(frame, previous, key, insert_behavior, missing_key_behavior):
    joined = previous[key].merge(frame, on=key, how="left")
    for name in [name for name in previous if name not in key]:
        values = joined[name] if name in joined else previous[name]
        joined[name] = values.fillna(previous[name]) if missing_key_behavior == "coalesce" else values
    return joined


def multi(frame):
    from shapely.geometry import MultiPoint, MultiPolygon, Point, Polygon

    kinds = {Point: MultiPoint, Polygon: MultiPolygon}
    frame["geometry"] = [kinds[type(g)]([g]) if type(g) in kinds else g for g in frame.geometry]
    return frame


def apply(frame, step, previous, frames):
    args = step.get("args", {})
    match step["name"]:
        case "clean_column_names":
            return frame.rename(columns=lambda name: name.replace(" ", "_").lower())
        case "rename_columns":
            return frame.rename(columns=args["map"])
        case "filter_rows" if args["type"] == "equals":
            return frame[frame[args["column_name"]] == args["val"]]
        case "filter_rows":
            return frame[frame[args["column_name"]].str.contains(args["val"], na=False)]
        case "filter_columns":
            return frame[args["columns"]]
        case "drop_columns":
            return frame.drop(columns=args["columns"])
        case "strip_columns":
            for name in args.get("cols") or frame.select_dtypes("str").columns:
                frame[name] = frame[name].str.strip()
            return frame
        case "update_column":
            frame[args["column_name"]] = args["val"]
            return frame
        case "sort":
            return frame.sort_values(args["by"], ascending=args.get("ascending", True))
        case "deduplicate":
            if "sort_columns" in args:
                frame = frame.sort_values(args["sort_columns"], ascending=args["sort_ascending"])
            return frame.drop_duplicates(args.get("by"))
        case "groupby":
            groups = frame.groupby(args["by"])
            result = groups.size() if args["agg"] == "size" else groups.agg(args["agg"])
            return result.reset_index()
        case "coerce_column_types":
            for name, kind in args["column_types"].items():
                frame[name] = coerced(frame[name], kind, args.get("errors", "raise"))
            return frame
        case "append_prev":
            return pd.concat([pd.read_parquet(previous), frame])
        case "upsert_column_of_previous_version":
            return upserted(frame, pd.read_parquet(previous), **args)
        case "convert_to_geometry":
            return with_geometry(frame, args, frames)
        case "multi":
            return multi(frame)
        case "pd_series_func":
            return in_series(frame, **args)
        case "pd_df_func":
            args = dict(args)
            return getattr(frame, args.pop("function_name"))(**args)
    raise ValueError(step["name"])


def run(dataset, file, target, previous, frames):
    frame = read(file, dataset["file_format"], frames)
    if frames and isinstance(frame, frames.GeoDataFrame):
        frame["geometry"] = frame.geometry.make_valid()
        if "target_crs" in dataset:
            frame = frame.to_crs(dataset["target_crs"])
    for step in dataset.get("processing_steps", []):
        frame = apply(frame, step, previous, frames)
    frame.columns = [str(name) for name in frame.columns]
    frame.to_parquet(target, index=False)


template = json.loads(Path(sys.argv[1]).read_text())
output, previous = Path(sys.argv[2]), (sys.argv[3:] or [None])[0]
output.mkdir(exist_ok=True)
datasets = template.get("datasets") or [template["ingestion"]]
source = (template.get("source") or datasets[0]["source"])["path"]


def is_geographic(dataset):
    steps = [step["name"] for step in dataset.get("processing_steps", [])]
    options = dataset["file_format"]
    return options["type"] in GEOGRAPHIC or "geometry" in options or "convert_to_geometry" in steps


if any(map(is_geographic, datasets)):
    import geopandas as frames
else:
    frames = None
for number, dataset in enumerate(datasets):
    run(dataset, source, output / f"{number}.parquet", previous, frames)
