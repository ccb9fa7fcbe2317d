"""When a red packet is sent again and when it is queried: pure functions."""

from datetime import datetime, timedelta, timezone

from store.red_packets.states import LIFETIME

BEIJING = timezone(timedelta(hours=8))  # the platform's days
BALANCE_PAUSE = timedelta(minutes=10)
_RETRY_S = (5, 15, 60, 300, 900, 1_800)
_QUERIES_S = (15, 30, 60, 120, 300, 600, 1_200, 1_800)
_LAST_QUERY_GAP = timedelta(hours=1)
_AFTER_RETURN = timedelta(minutes=1)


def next_retry(tries: int, now: datetime) -> datetime:
    """Return when a number without a clear answer is asked about again after its n-th try."""
    return now + timedelta(seconds=_RETRY_S[min(max(tries, 1), len(_RETRY_S)) - 1])


def next_query(sent_at: datetime, now: datetime) -> datetime:
    """Return when one that waits for the person is queried next, also shortly after it went back by the rule."""
    end = sent_at + LIFETIME + _AFTER_RETURN
    if now >= end:
        return now + _LAST_QUERY_GAP
    passed_s = (now - sent_at).total_seconds()
    later = [moment for moment in _QUERIES_S if moment > passed_s]
    following = sent_at + timedelta(seconds=later[0]) if later else now + _LAST_QUERY_GAP
    return min(following, end)


def tomorrow(now: datetime) -> datetime:
    """Return a moment shortly after the platform's next day begins."""
    local = now.astimezone(BEIJING)
    midnight = datetime(local.year, local.month, local.day, tzinfo=BEIJING) + timedelta(days=1)
    return midnight + timedelta(minutes=5)


def platform_day(now: datetime) -> str:
    """Return the platform's day as eight digits, which a number contains."""
    return f"{now.astimezone(BEIJING):%Y%m%d}"
