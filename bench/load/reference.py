"""The same work with the usual Python tools: reference.py CASE PARQUET URL TABLE

Read the file, write the table: pandas' to_sql with PostgreSQL's COPY, geopandas' to_postgis.
"""

import csv
import io
import sys


def copy_rows(table, connection, keys, rows):
    """The `method` of to_sql: one COPY a chunk."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    text.seek(0)
    columns = ", ".join(f'"{key}"' for key in keys)
    with connection.connection.cursor() as cursor:
        cursor.copy_expert(f'COPY "{table.name}" ({columns}) FROM STDIN WITH CSV', text)


def rows(source, engine, table):
    import pandas as pd
    import pyarrow.parquet as pq

    # Batches, as the department's loader reads them: a whole file of any size would not fit.
    for number, batch in enumerate(pq.ParquetFile(source).iter_batches(batch_size=100_000)):
        frame = batch.to_pandas()
        how = "replace" if number == 0 else "append"
        frame.to_sql(table, engine, if_exists=how, index=False, method=copy_rows)
    with engine.begin() as connection:
        connection.exec_driver_sql(f'ALTER TABLE "{table}" ADD COLUMN ogc_fid serial PRIMARY KEY')
    del pd


def polygons(source, engine, table):
    import geopandas as gpd

    gpd.read_parquet(source).to_postgis(table, engine, if_exists="replace", index=False)
    with engine.begin() as connection:
        connection.exec_driver_sql(f'ALTER TABLE "{table}" ADD COLUMN ogc_fid serial PRIMARY KEY')


if __name__ == "__main__":
    from sqlalchemy import create_engine

    case, source, url, table = sys.argv[1:]
    {"rows": rows, "polygons": polygons}[case](source, create_engine(url), table)
