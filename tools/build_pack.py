"""Builds the pack that the wheel carries: `python tools/build_pack.py DIR`, DIR holding npm's `node_modules`.

    npm install --prefix DIR --ignore-scripts @ip-location-db/dbip-country @ip-location-db/asn world-atlas \
        i18n-iso-countries @photostructure/tz-lookup

Writes src/watchword/enrichment/pack/: country.pack, asn.pack, countries.tsv, zones.tsv, zone_tree.txt.
"""

from __future__ import annotations

import csv
import json
import math
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import TZPATH

import numpy as np

from watchword.enrichment.packing import Origin, Row, pack_countries, pack_networks, write_whole

PACK = Path(__file__).parent.parent / "src/watchword/enrichment/pack"
EARTH_KM = 6371.0088
MARGIN_KM = 15  # borders are drawn with about this accuracy
# Parts of a country that have a code of their own: code, owner as drawn, and the box (south, north, west, east).
PARTS = (
    ("GF", "FR", 2, 6, -55, -51), ("GP", "FR", 15.5, 16.7, -62, -60.9), ("MQ", "FR", 14.3, 15, -61.4, -60.7),
    ("RE", "FR", -21.6, -20.7, 55, 56), ("YT", "FR", -13.2, -12.4, 44.9, 45.4), ("BQ", "NL", 12, 12.5, -68.6, -68),
    ("BQ", "NL", 17.3, 17.8, -63.4, -62.8), ("SJ", "NO", 74, 82, 5, 40), ("SJ", "NO", 70.5, 71.5, -10, -7),
    ("BV", "NO", -55, -54, 3, 4), ("CX", "AU", -10.7, -10.3, 105, 106), ("CC", "AU", -12.5, -11.5, 96, 97.5),
    ("TK", "NZ", -10, -8, -173, -171),
)  # fmt: skip
UNNUMBERED = {
    "Kosovo": "XK", "Somaliland": "SO", "N. Cyprus": "CY", "Cyprus U.N. Buffer Zone": "CY", "Dhekelia": "CY",
    "Akrotiri": "CY", "Baikonur": "KZ", "Indian Ocean Ter.": "AU",
}  # fmt: skip
SHORT = {
    "CD": "DR Congo", "CG": "Congo", "CI": "Côte d'Ivoire", "CN": "China", "FK": "Falkland Islands", "FM": "Micronesia",
    "GM": "Gambia", "IR": "Iran", "LA": "Laos", "MD": "Moldova", "MK": "North Macedonia", "PS": "Palestine",
    "RU": "Russia", "SY": "Syria", "TW": "Taiwan", "TZ": "Tanzania", "US": "United States", "VA": "Vatican City",
    "VG": "British Virgin Islands", "VI": "US Virgin Islands",
}  # fmt: skip
"""What people say where the register is formal."""
UNDRAWN = {"BV": (-54.42, 3.36), "TK": (-9.2, -171.85), "CC": (-12.17, 96.83), "CX": (-10.49, 105.63)}

Points = list[tuple[float, float]]


def main(modules: Path) -> None:
    country, asn = modules / "@ip-location-db/dbip-country", modules / "@ip-location-db/asn"
    rows = [list(_rows(country / f"dbip-country-ipv{version}-num.csv")) for version in (4, 6)]
    origin = Origin("DB-IP IP to Country Lite", _built(country), "CC-BY-4.0")
    write_whole(PACK / "country.pack", pack_countries(*([Row(*row[:3]) for row in each] for each in rows), origin))
    rows = [list(_rows(asn / f"asn-ipv{version}-num.csv")) for version in (4, 6)]
    origin = Origin("RouteViews, RIRs and DB-IP (ip-location-db asn)", _built(asn), "CC-BY-4.0")
    names = {int(row[2]): row[3] for each in rows for row in each}
    packed = pack_networks(*([Row(row[0], row[1], int(row[2])) for row in each] for each in rows), names, origin)
    write_whole(PACK / "asn.pack", packed)
    write_whole(PACK / "countries.tsv", "".join(_countries(modules)).encode())
    write_whole(PACK / "zones.tsv", "".join(_zones()).encode())
    write_whole(PACK / "zone_tree.txt", _zone_tree(modules / "@photostructure/tz-lookup/tz.js").encode())


def _rows(path: Path) -> Iterator[tuple[Any, ...]]:
    with path.open(newline="", encoding="utf-8") as file:
        for first, last, *rest in csv.reader(file):
            yield int(first), int(last), *rest


def _built(package: Path) -> str:
    version = json.loads((package / "package.json").read_text())["version"]
    found = re.search(r"(\d{4})(\d\d)(\d\d)\d\d$", version)
    assert found, version
    return "-".join(found.groups())


def _countries(modules: Path) -> Iterator[str]:
    """code, latitude and longitude of the centre, radius that reaches every border from it, English name."""
    numbered = {row[2]: row[0] for row in json.loads((modules / "i18n-iso-countries/codes.json").read_text())}
    names = json.loads((modules / "i18n-iso-countries/langs/en.json").read_text())["countries"]
    outlines: dict[str, Points] = {code: [point] for code, point in UNDRAWN.items()}
    topology = json.loads((modules / "world-atlas/countries-10m.json").read_text())
    arcs = _arcs(topology)
    for shape in topology["objects"]["countries"]["geometries"]:
        owner = numbered.get(shape.get("id")) or UNNUMBERED.get(shape["properties"]["name"])
        for polygon in _polygons(shape, arcs) if owner else ():
            outlines.setdefault(_part(owner, polygon), []).extend(polygon)
    for code, points in sorted(outlines.items()):
        lat, lng, radius = _cap(points)
        name = names.get(code, code)
        shown = SHORT.get(code) or (name if isinstance(name, str) else name[0])
        yield f"{code}\t{lat:.2f}\t{lng:.2f}\t{radius}\t{shown}\n"


def _arcs(topology: dict[str, Any]) -> list[Points]:
    (x_scale, y_scale), (x0, y0) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        steps = np.cumsum(np.array(arc), axis=0)
        arcs.append([(y * y_scale + y0, x * x_scale + x0) for x, y in steps.tolist()])
    return arcs


def _polygons(shape: dict[str, Any], arcs: list[Points]) -> Iterator[Points]:
    """The outer ring of each polygon."""
    polygons = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
    for rings in polygons:
        yield [point for at in rings[0] for point in arcs[at if at >= 0 else ~at]]


def _part(owner: str, polygon: Points) -> str:
    lat, lng = polygon[0]
    for code, parent, south, north, west, east in PARTS:
        if parent == owner and south <= lat <= north and west <= lng <= east:
            return code
    return owner


def _cap(points: Points) -> tuple[float, float, int]:
    """The smallest circle on the sphere around `points` (Badoiu and Clarkson 2003: step to the farthest point)."""
    angles = np.radians(np.array(points))
    lat, lng = angles[:, 0], angles[:, 1]
    vectors = np.stack([np.cos(lat) * np.cos(lng), np.cos(lat) * np.sin(lng), np.sin(lat)], axis=1)
    centre = vectors.mean(axis=0)
    for step in range(1, 4000):
        farthest = vectors[np.argmin(vectors @ centre - centre @ centre / 2)]
        centre = centre + (farthest - centre) / (step + 1)
    centre = centre / np.linalg.norm(centre)
    lat0 = round(math.degrees(math.asin(centre[2])), 2)
    lng0 = round(math.degrees(math.atan2(centre[1], centre[0])), 2)
    return lat0, lng0, math.ceil(_farthest_km(lat0, lng0, vectors)) + MARGIN_KM


def _farthest_km(lat: float, lng: float, vectors: Any) -> float:
    a, b = math.radians(lat), math.radians(lng)
    middle = np.array([math.cos(a) * math.cos(b), math.cos(a) * math.sin(b), math.sin(a)])
    return float(EARTH_KM * math.acos(max(-1.0, (vectors @ middle).min())))


def _zones() -> Iterator[str]:
    """country code, zone, latitude and longitude of the zone's principal place."""
    table = next(path for path in (Path(each) / "zone.tab" for each in TZPATH) if path.exists())
    for line in table.read_text().splitlines():
        if not line.startswith("#"):
            code, place, zone = line.split("\t")[:3]
            found = re.fullmatch(r"([+-]\d{4,6})([+-]\d{5,7})", place)
            assert found, place
            yield f"{code}\t{zone}\t{_degrees(found[1], 2):.2f}\t{_degrees(found[2], 3):.2f}\n"


def _zone_tree(script: Path) -> str:
    """tz-lookup's quadtree on the first line, its zones on the second."""
    text = script.read_text(encoding="utf-8")
    tree, zones = re.search(r'="([#-Z]{3000,})"', text), re.search(r'\[("[\w/+-]+"(?:,"[\w/+-]+")+)\]', text)
    assert tree, script
    assert zones, script
    return f"{tree[1]}\n{zones[1].replace(chr(34), '')}\n"


def _degrees(text: str, digits: int) -> float:
    sign, rest = (-1 if text[0] == "-" else 1), text[1:]
    minutes, seconds = rest[digits : digits + 2], rest[digits + 2 :] or "0"
    return sign * (int(rest[:digits]) + int(minutes) / 60 + int(seconds) / 3600)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
