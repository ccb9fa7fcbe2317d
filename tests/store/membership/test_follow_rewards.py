"""A gift for following lasts until the end of its last day."""

import pytest

from store.customers import members
from store.membership import follow_rewards
from store.points import points
from store.points.ledger import PointLot
from store.tenants import settings
from tasks import relay
from tests.support.member_fixtures import end_of_day

pytestmark = pytest.mark.usefixtures("verify_afterwards")


def test_the_gift_ends_with_a_day_of_the_tenant(days, mei, create_follower):
    settings.change(follow_rewards.FollowRewardSettings, points=10, valid_days=30)
    lu = members.get_or_create(create_follower("o-lu"))
    relay.run("acme")
    assert points.balance(lu) == 10
    assert PointLot.get(PointLot.account == points.get_or_create_account(lu)).expires_at == end_of_day(30)
