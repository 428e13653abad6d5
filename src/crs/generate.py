"""
Writes areas.txt: for each coordinate reference system of EPSG, ESRI and OGC the area that it is made for.

    python src/crs/generate.py     # any Python with pyproj

Run it again when DuckDB's spatial extension brings a newer PROJ; its systems must all be in the list.
"""

from collections import defaultdict
from pathlib import Path

import pyproj
from pyproj.database import get_database_metadata, query_crs_info

# Degrees that data may reach beyond an area, which is given in hundredths and often ends at a coast.
MARGIN = 0.1
# What nearly every dataset is in: their areas are also given in their own units, so that PROJ need not be asked.
USUAL = ["EPSG:4326", "OGC:CRS84", "EPSG:4269", "EPSG:2263", "EPSG:6539", "ESRI:102718", "EPSG:32118", "EPSG:2831"]
USUAL += ["EPSG:3857", "EPSG:26918", "EPSG:32618"]

HEADER = f"""\
# Areas of use of coordinate reference systems: west south east north, in degrees, then authorities and codes.
# `=` gives an area in the system's own units, widened by {MARGIN} degrees. `-`: no area is known.
# From the EPSG Geodetic Parameter Dataset {get_database_metadata("EPSG.VERSION")}, owned by IOGP, used under its terms
# (https://epsg.org/terms-of-use.html),
# and from the projection engine database of {get_database_metadata("ESRI.VERSION")} (Esri, Apache License 2.0),
# both as PROJ {pyproj.proj_version_str} (MIT) has them.
# Made by generate.py; changed only by running that again.
"""


def own_units(code: str) -> str:
    area = pyproj.CRS(code).area_of_use
    crosses_antimeridian = area.west > area.east
    west = -180 if crosses_antimeridian else max(-180, area.west - MARGIN)
    east = 180 if crosses_antimeridian else min(180, area.east + MARGIN)
    south, north = max(-90, area.south - MARGIN), min(90, area.north + MARGIN)
    box = pyproj.Transformer.from_crs("EPSG:4326", code, always_xy=True).transform_bounds(west, south, east, north, 21)
    return " ".join(f"{value:.6g}" if abs(value) < 1000 else f"{value:.0f}" for value in box)


def main() -> None:
    codes: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for authority in ("EPSG", "ESRI", "OGC"):
        for info in query_crs_info(auth_name=authority, allow_deprecated=True):
            area = info.area_of_use
            box = " ".join(f"{value:g}" for value in area.bounds) if area else "-"
            codes[box][authority].append(info.code)
    lines = [
        " ".join(
            [box, *(word for name, list_ in by.items() for word in (name, *sorted(list_, key=lambda c: (len(c), c))))]
        )
        for box, by in sorted(codes.items())
    ]
    own = [f"= {code} {own_units(code)}" for code in USUAL]
    target = Path(__file__).with_name("areas.txt")
    target.write_text(HEADER + "\n".join([*own, *lines]) + "\n", encoding="utf-8")


main()
