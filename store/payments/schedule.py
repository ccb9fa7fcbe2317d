"""When a pending attempt is queried, closed and reversed, and a refund tried again: settings and pure functions."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field

from store.tenants import settings

Action = Literal["query", "close", "reverse"]
QuerySeconds = Annotated[
    tuple[Annotated[int, Field(ge=1, le=86_400)], ...], Field(min_length=1, max_length=20)
]
_REFUND_DELAYS_S = (10, 60, 300, 1_800, 7_200)
_NOT_ENOUGH_DELAY_S = 600


class PaymentScheduleSettings(settings.SettingsGroup, name="payment_schedule"):
    """Seconds after the start of an attempt. A pay code that is not final by its last query is reversed."""

    wechat_code_query_every_s: int = Field(default=5, ge=1, le=60)
    wechat_code_reverse_after_s: int = Field(default=30, ge=5, le=600)
    alipay_code_query_every_s: int = Field(default=3, ge=1, le=60)
    alipay_code_reverse_after_s: int = Field(default=45, ge=5, le=600)
    repeat_reversal_every_s: int = Field(default=5, ge=1, le=60)
    online_query_s: QuerySeconds = (15, 30, 60, 120, 300, 600, 1_800, 3_600)


def reversal_time(kind: str, created_at: datetime, rules: PaymentScheduleSettings) -> datetime | None:
    """Return when a pay code is reversed, or None for a payment online."""
    after_s = {
        "wechat_code": rules.wechat_code_reverse_after_s,
        "alipay_code": rules.alipay_code_reverse_after_s,
    }.get(kind)
    return None if after_s is None else created_at + timedelta(seconds=after_s)


def next_query(kind: str, created_at: datetime, now: datetime, rules: PaymentScheduleSettings) -> datetime:
    """Return the next moment of the schedule after `now`. What is past is left out.

    A pay code that has been queried at its last moment is due at once, for its reversal.
    """
    every_s = {
        "wechat_code": rules.wechat_code_query_every_s,
        "alipay_code": rules.alipay_code_query_every_s,
    }.get(kind)
    passed_s = (now - created_at).total_seconds()
    if every_s is None:
        return _next_of(rules.online_query_s, created_at, passed_s, now)
    last = reversal_time(kind, created_at, rules) or now
    following = created_at + timedelta(seconds=(max(int(passed_s // every_s), 0) + 1) * every_s)
    return min(following, max(last, now))


def next_action(
    *, is_pay_code: bool, closing: bool, reversal: str, reverse_at: datetime | None, queried_at: datetime | None,
) -> Action:  # fmt: skip
    """Return what an attempt that is due needs: a pay code is reversed once it was queried at its last moment."""
    if reversal == "asked":
        return "reverse"
    if is_pay_code:
        was_last = reverse_at is not None and queried_at is not None and queried_at >= reverse_at
        return "reverse" if closing or was_last else "query"
    return "close" if closing else "query"


def next_refund_try(tries: int, now: datetime, *, not_enough: bool = False) -> datetime:
    """Return when a refund is sent or queried again after its n-th try."""
    delay_s = _NOT_ENOUGH_DELAY_S if not_enough else _REFUND_DELAYS_S[min(tries, len(_REFUND_DELAYS_S)) - 1]
    return now + timedelta(seconds=delay_s)


def _next_of(moments_s: Sequence[int], created_at: datetime, passed_s: float, now: datetime) -> datetime:
    later = [moment for moment in sorted(moments_s) if moment > passed_s]
    return created_at + timedelta(seconds=later[0]) if later else now + timedelta(seconds=3_600)
