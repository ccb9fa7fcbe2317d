"""A place (位置): a point on the map, kept in GCJ-02, the datum of the maps on people's phones.

Phones also tell WGS-84 (GPS, the location event of an official account) and BD-09 (Baidu);
both are converted at the door, before anything is stored or measured.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from geopy.distance import geodesic

from store.kernel.refusals import invalid

DATUMS = ("gcj02", "wgs84", "bd09")

# GCJ-02 is defined over the Krasovsky ellipsoid and applied inside this box only.
_AXIS_M = 6378245.0
_ECCENTRICITY = 0.00669342162296594323
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
_LARGEST_DEG = 0.05  # no shift is larger
_SETTLED_DEG = 1e-11

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Place:
    """Longitude and latitude in degrees, GCJ-02; a point that is not on the globe is refused."""

    lng: float
    lat: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.lng) and -180 <= self.lng <= 180):
            raise invalid("lng", "经度应在 -180 到 180 之间")
        if not (math.isfinite(self.lat) and -90 <= self.lat <= 90):
            raise invalid("lat", "纬度应在 -90 到 90 之间")


def to_gcj02(lng: float, lat: float, datum: str = "gcj02") -> Place:
    """The place of a reading in `datum` (gcj02, wgs84 or bd09); raises Refused(invalid)."""
    if datum not in DATUMS:
        raise invalid("datum", "坐标系应为 gcj02、wgs84 或 bd09")
    place = Place(lng, lat)
    if datum == "wgs84":
        return wgs84_to_gcj02(lng, lat)
    return bd09_to_gcj02(lng, lat) if datum == "bd09" else place


def wgs84_to_gcj02(lng: float, lat: float) -> Place:
    """A GPS reading on the map; outside China's box nothing is shifted."""
    return Place(*_shifted((lng, lat))) if in_china(lng, lat) else Place(lng, lat)


def gcj02_to_wgs84(place: Place) -> Point:
    """The GPS reading (lng, lat) that lands on a place, to within 1e-7 degrees."""
    return _origin((place.lng, place.lat), _shifted)


def gcj02_to_bd09(place: Place) -> Point:
    """The place as Baidu writes it (lng, lat)."""
    point = (place.lng, place.lat)
    return _twisted(point) if in_china(*point) else point


def bd09_to_gcj02(lng: float, lat: float) -> Place:
    """A Baidu point on the map, to within 1e-7 degrees."""
    return Place(*_origin((lng, lat), _twisted))


def in_china(lng: float, lat: float, *, margin_deg: float = 0) -> bool:
    """Whether a point lies in the rough box in which the maps are shifted, or within a margin of it."""
    across = _WEST - margin_deg <= lng <= _EAST + margin_deg
    return across and _SOUTH - margin_deg <= lat <= _NORTH + margin_deg


def geodesic_m(a: Place, b: Place) -> float:
    """The exact distance over the ellipsoid, in metres."""
    return float(geodesic((a.lat, a.lng), (b.lat, b.lng)).meters)


def distance_text(metres: float) -> str:
    """`350` → `350 米`, `1234` → `1.2 公里`, `123456` → `123 公里`."""
    if round(metres) < 1000:
        return f"{round(metres)} 米"
    return f"{metres / 1000:.1f} 公里" if metres < 100_000 else f"{metres / 1000:.0f} 公里"


def _shifted(point: Point) -> Point:
    """The WGS-84 → GCJ-02 shift: two series in metres, scaled to degrees at the latitude."""
    lng, lat = point
    x, y = lng - 105.0, lat - 35.0
    east_m, north_m = _east_m(x, y), _north_m(x, y)
    phi = math.radians(lat)
    flat = 1 - _ECCENTRICITY * math.sin(phi) ** 2
    meridian_m = _AXIS_M * (1 - _ECCENTRICITY) / flat**1.5
    parallel_m = _AXIS_M / math.sqrt(flat) * math.cos(phi)
    return lng + math.degrees(east_m / parallel_m), lat + math.degrees(north_m / meridian_m)


def _east_m(x: float, y: float) -> float:
    bend = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    return bend + (_ripple(x) + _wave(x, (20, 1), (40, 3)) + _wave(x, (150, 12), (300, 30))) * 2 / 3


def _north_m(x: float, y: float) -> float:
    bend = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    return bend + (_ripple(x) + _wave(y, (20, 1), (40, 3)) + _wave(y, (160, 12), (320, 30))) * 2 / 3


def _ripple(x: float) -> float:
    return 20 * math.sin(6 * math.pi * x) + 20 * math.sin(2 * math.pi * x)


def _wave(at: float, *terms: tuple[float, float]) -> float:
    return sum(height * math.sin(at * math.pi / length) for height, length in terms)


def _twisted(point: Point) -> Point:
    """The GCJ-02 → BD-09 shift: a small turn and stretch about the origin."""
    lng, lat = point
    reach = math.hypot(lng, lat) + 0.00002 * math.sin(math.radians(lat * 3000))
    turn = math.atan2(lat, lng) + 0.000003 * math.cos(math.radians(lng * 3000))
    return reach * math.cos(turn) + 0.0065, reach * math.sin(turn) + 0.006


def _origin(target: Point, shift: Callable[[Point], Point]) -> Point:
    """The point of the box that `shift` brings to `target`, and `target` itself where there is none.

    Both shifts are nearly even, so a few steps settle.
    """
    lng, lat = target
    if not in_china(lng, lat, margin_deg=_LARGEST_DEG):
        return target
    for _ in range(20):
        there = shift((lng, lat))
        off_lng, off_lat = target[0] - there[0], target[1] - there[1]
        lng, lat = lng + off_lng, lat + off_lat
        if abs(off_lng) < _SETTLED_DEG and abs(off_lat) < _SETTLED_DEG:
            break
    return (lng, lat) if in_china(lng, lat) else target
