"""The night closes points and tiers, and a second one finds nothing to do."""

import pytest

from store.loyalty import nights, tier_moves, tiers
from store.loyalty.validity import Validity

pytestmark = pytest.mark.usefixtures("sound")


def test_a_night_closes_what_ended_once(mei, earn, days, balances):
    guest = tiers.add(programme=mei.programme, code="guest", name="贵宾", rank=9, valid=Validity(days=3))
    tier_moves.change(member=mei, tier=guest, reason="周年庆")
    earn(10, "A", last_day=3)
    days.go(3)
    assert nights.close_yesterday() == (0, 0)
    days.go(4)
    assert nights.close_yesterday() == (1, 1)
    assert nights.close_yesterday() == (0, 0)
    assert tiers.of(mei).tier.is_base
    assert balances() == (10, 0, 10, 0)
