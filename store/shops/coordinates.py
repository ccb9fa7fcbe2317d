"""Coordinates (位置) in GCJ-02, the datum of the maps on phones in China.

Phones also send WGS-84 (GPS, location events) and BD-09 (Baidu); both are converted before they are stored.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from store.core.errors import invalid

DATUMS = ("gcj02", "wgs84", "bd09")

# GCJ-02 is defined over the Krasovsky ellipsoid and applied inside this box only.
_SEMI_MAJOR_AXIS_M = 6378245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
_MAX_OFFSET_DEG = 0.05  # no shift is larger
_CONVERGED_DEG = 1e-11

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Coordinates:
    """Longitude and latitude in degrees, GCJ-02. Raises DomainError for a point off the globe."""

    lng: float
    lat: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.lng) and -180 <= self.lng <= 180):
            raise invalid("lng", "经度应在 -180 到 180 之间")
        if not (math.isfinite(self.lat) and -90 <= self.lat <= 90):
            raise invalid("lat", "纬度应在 -90 到 90 之间")


def to_gcj02(lng: float, lat: float, datum: str = "gcj02") -> Coordinates:
    """Convert a position in `datum` (gcj02, wgs84 or bd09). Raises DomainError(invalid)."""
    if datum not in DATUMS:
        raise invalid("datum", "坐标系应为 gcj02、wgs84 或 bd09")
    place = Coordinates(lng, lat)
    if datum == "wgs84":
        return wgs84_to_gcj02(lng, lat)
    return bd09_to_gcj02(lng, lat) if datum == "bd09" else place


def wgs84_to_gcj02(lng: float, lat: float) -> Coordinates:
    """Convert a GPS position. Outside China it stays as it is."""
    return Coordinates(*_apply_wgs84_offset((lng, lat))) if is_in_china(lng, lat) else Coordinates(lng, lat)


def gcj02_to_wgs84(coordinates: Coordinates) -> Point:
    """Convert to a GPS position (lng, lat), exact to 1e-7 degrees."""
    return _invert((coordinates.lng, coordinates.lat), _apply_wgs84_offset)


def gcj02_to_bd09(coordinates: Coordinates) -> Point:
    """Convert to Baidu's coordinates (lng, lat)."""
    point = (coordinates.lng, coordinates.lat)
    return _apply_bd09_offset(point) if is_in_china(*point) else point


def bd09_to_gcj02(lng: float, lat: float) -> Coordinates:
    """Convert from Baidu's coordinates, exact to 1e-7 degrees."""
    return Coordinates(*_invert((lng, lat), _apply_bd09_offset))


def is_in_china(lng: float, lat: float, *, margin_deg: float = 0) -> bool:
    """Return whether a point is in the rough box in which the maps are shifted, or near it."""
    across = _WEST - margin_deg <= lng <= _EAST + margin_deg
    return across and _SOUTH - margin_deg <= lat <= _NORTH + margin_deg


def geodesic_distance_m(a: Coordinates, b: Coordinates) -> float:
    """Return the geodesic distance over the ellipsoid in metres."""
    # Imported here: it takes a third of a second, and most processes measure no distance.
    from geopy.distance import geodesic

    return float(geodesic((a.lat, a.lng), (b.lat, b.lng)).meters)


def format_distance(metres: float) -> str:
    """Format a distance: `350` → `350 米`, `1234` → `1.2 公里`, `123456` → `123 公里`."""
    if round(metres) < 1000:
        return f"{round(metres)} 米"
    return f"{metres / 1000:.1f} 公里" if metres < 100_000 else f"{metres / 1000:.0f} 公里"


def _apply_wgs84_offset(point: Point) -> Point:
    """Apply the WGS-84 → GCJ-02 shift: two series in metres, scaled to degrees at the latitude."""
    lng, lat = point
    x, y = lng - 105.0, lat - 35.0
    east_m, north_m = _east_offset_m(x, y), _north_offset_m(x, y)
    phi = math.radians(lat)
    flat = 1 - _ECCENTRICITY_SQUARED * math.sin(phi) ** 2
    meridian_m = _SEMI_MAJOR_AXIS_M * (1 - _ECCENTRICITY_SQUARED) / flat**1.5
    parallel_m = _SEMI_MAJOR_AXIS_M / math.sqrt(flat) * math.cos(phi)
    return lng + math.degrees(east_m / parallel_m), lat + math.degrees(north_m / meridian_m)


def _east_offset_m(x: float, y: float) -> float:
    bend = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    return (
        bend
        + (_harmonics(x) + _sum_of_sines(x, (20, 1), (40, 3)) + _sum_of_sines(x, (150, 12), (300, 30)))
        * 2
        / 3
    )


def _north_offset_m(x: float, y: float) -> float:
    bend = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    return (
        bend
        + (_harmonics(x) + _sum_of_sines(y, (20, 1), (40, 3)) + _sum_of_sines(y, (160, 12), (320, 30)))
        * 2
        / 3
    )


def _harmonics(x: float) -> float:
    return 20 * math.sin(6 * math.pi * x) + 20 * math.sin(2 * math.pi * x)


def _sum_of_sines(x: float, *terms: tuple[float, float]) -> float:
    return sum(height * math.sin(x * math.pi / length) for height, length in terms)


def _apply_bd09_offset(point: Point) -> Point:
    """Apply the GCJ-02 → BD-09 shift: a small rotation and scaling about the origin."""
    lng, lat = point
    reach = math.hypot(lng, lat) + 0.00002 * math.sin(math.radians(lat * 3000))
    turn = math.atan2(lat, lng) + 0.000003 * math.cos(math.radians(lng * 3000))
    return reach * math.cos(turn) + 0.0065, reach * math.sin(turn) + 0.006


def _invert(target: Point, shift: Callable[[Point], Point]) -> Point:
    """Return the point that `shift` maps to `target`, or `target` itself if there is none.

    Both shifts are nearly constant, so a few iterations converge.
    """
    lng, lat = target
    if not is_in_china(lng, lat, margin_deg=_MAX_OFFSET_DEG):
        return target
    for _ in range(20):
        there = shift((lng, lat))
        off_lng, off_lat = target[0] - there[0], target[1] - there[1]
        lng, lat = lng + off_lng, lat + off_lat
        if abs(off_lng) < _CONVERGED_DEG and abs(off_lat) < _CONVERGED_DEG:
            break
    return (lng, lat) if is_in_china(lng, lat) else target
