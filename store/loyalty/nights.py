"""The club's night (夜间处理): what ended yesterday is closed, points before tiers, as often as it is asked."""

from datetime import timedelta

from store.company import calendar
from store.loyalty import point_expiry, tier_moves


def close_yesterday() -> tuple[int, int]:
    """Close all that ended by yesterday; returns the lots and the tiers. What is closed stays closed."""
    yesterday = calendar.today() - timedelta(days=1)
    return point_expiry.expire(day=yesterday), tier_moves.settle(day=yesterday)
