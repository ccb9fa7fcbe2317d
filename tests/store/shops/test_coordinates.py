"""Places: conversions against published readings, rejections, and the way distances are reported."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as some

from store.core.errors import DomainError
from store.shops import coordinates as shop_coordinates
from store.shops.coordinates import Coordinates

IN_CHINA = some.tuples(some.floats(72.1, 137.8), some.floats(0.9, 55.8))


def test_conversions_agree_with_the_values_that_other_libraries_publish():
    """github.com/wandergis/coordtransform prints these in its test/app.js."""
    shifted = shop_coordinates.wgs84_to_gcj02(116.404, 39.915)
    assert (shifted.lng, shifted.lat) == pytest.approx((116.41024449916938, 39.91640428150164), abs=1e-11)
    baidu = shop_coordinates.gcj02_to_bd09(Coordinates(116.404, 39.915))
    assert baidu == pytest.approx((116.41036949371029, 39.92133699351021), abs=1e-11)
    # Its inverses are approximations of their own, good to a few 1e-6 degrees.
    back = shop_coordinates.bd09_to_gcj02(116.404, 39.915)
    assert (back.lng, back.lat) == pytest.approx((116.39762729119315, 39.90865673957631), abs=5e-6)
    assert shop_coordinates.gcj02_to_wgs84(Coordinates(116.404, 39.915)) == pytest.approx(
        (116.39775550083061, 39.91359571849836), abs=5e-6
    )


def test_conversions_agree_with_what_the_maps_show():
    """One spot in Shanghai as read off a GPS, Amap/Tencent and Baidu (github.com/BruceZhaoR/pjutils)."""
    on_map, at_baidu = Coordinates(121.434204, 31.158247), (121.4406138425, 31.1646093426)
    from_gps = shop_coordinates.to_gcj02(121.42958967, 31.16014354, "wgs84")
    assert shop_coordinates.geodesic_distance_m(from_gps, on_map) < 3
    assert shop_coordinates.geodesic_distance_m(shop_coordinates.to_gcj02(*at_baidu, "bd09"), on_map) < 3
    assert shop_coordinates.to_gcj02(121.434204, 31.158247) == on_map


@given(IN_CHINA)
def test_every_place_in_china_comes_back_from_both_other_datums(point):
    there = shop_coordinates.wgs84_to_gcj02(*point)
    assert shop_coordinates.gcj02_to_wgs84(there) == pytest.approx(point, abs=1e-7)
    back = shop_coordinates.bd09_to_gcj02(*shop_coordinates.gcj02_to_bd09(Coordinates(*point)))
    assert (back.lng, back.lat) == pytest.approx(point, abs=1e-7)


@given(some.floats(-180, 180), some.floats(-90, 90))
def test_any_point_of_the_globe_can_be_converted(lng, lat):
    for datum in shop_coordinates.DATUMS:
        place = shop_coordinates.to_gcj02(lng, lat, datum)
        assert math.hypot(place.lng - lng, place.lat - lat) < 0.05
    assert len(shop_coordinates.gcj02_to_wgs84(Coordinates(lng, lat))) == 2


@pytest.mark.parametrize(
    "point", [(-0.1276, 51.5072), (139.6917, 35.6895), (151.2, -33.87), (180, 90), (-180, -90)]
)
def test_outside_china_nothing_is_shifted(point):
    for datum in shop_coordinates.DATUMS:
        assert shop_coordinates.to_gcj02(*point, datum) == Coordinates(*point)
    assert shop_coordinates.gcj02_to_wgs84(Coordinates(*point)) == point


@pytest.mark.parametrize(
    ("lng", "lat", "datum", "field"),
    [
        (181, 0, "wgs84", "lng"),
        (0, -90.1, "gcj02", "lat"),
        (math.nan, 0, "gcj02", "lng"),
        (0, math.inf, "bd09", "lat"),
        (116, 39, "GPS", "datum"),
    ],
)
def test_what_is_no_point_on_the_globe_is_refused(lng, lat, datum, field):
    with pytest.raises(DomainError) as refused:
        shop_coordinates.to_gcj02(lng, lat, datum)
    assert (refused.value.code, refused.value.details["field"]) == ("invalid", field)


@pytest.mark.parametrize(
    ("metres", "text"),
    [
        (0, "0 米"),
        (349.6, "350 米"),
        (999.4, "999 米"),
        (999.6, "1.0 公里"),
        (1234, "1.2 公里"),
        (123_456, "123 公里"),
    ],
)
def test_distances_are_reported_as_people_say_them(metres, text):
    assert shop_coordinates.format_distance(metres) == text
