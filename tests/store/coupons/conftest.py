"""Shared by the tests of this package."""

from tests.support.coupon_fixtures import (
    WEDNESDAY_NOON,
)
from tests.support.coupon_fixtures import make_basket as basket_at

ANY = {"others": "any"}


def basket(*lines, **more):
    return basket_at(*lines, **{"at": WEDNESDAY_NOON} | more)
