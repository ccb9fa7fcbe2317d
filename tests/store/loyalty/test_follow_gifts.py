"""A gift for following lasts until the end of its last day."""

import pytest

from store.company import settings
from store.loyalty import follow_gifts, points
from store.loyalty.point_accounts import PointLot
from store.people import members
from tasks import relay
from tests.store.loyalty.conftest import ends

pytestmark = pytest.mark.usefixtures("sound")


def test_the_gift_ends_with_a_day_of_the_company(days, mei, fan):
    settings.change(follow_gifts.FollowGift, points=10, valid_days=30)
    lu = members.of_customer(fan("o-lu"))
    relay.run("acme")
    assert points.balance(lu) == 10
    assert PointLot.get(PointLot.account == points.account(lu)).expires_at == ends(30)
