"""Goods as prizes (实物奖品): staff send the parcel, or give the prize out at the shop for its code."""

import json
from typing import Any

from store.activities import activities
from store.core import errors, events, input_limits
from store.core.database import db
from store.draws import wins
from store.draws.wins import Win
from store.shops.shops import Shop
from store.tenants import audit


@db.transactional
def ship(win: Win, *, courier: str, tracking_number: str) -> Win:
    """Record the parcel of a prize. Idempotent, also to mend it. Raises DomainError(invalid, win_state)."""
    courier = input_limits.check_line(courier.strip(), field="courier", max_length=40)
    tracking_number = input_limits.check_line(tracking_number.strip(), field="tracking_number", max_length=40)
    if not courier or not tracking_number:
        raise errors.invalid("tracking_number", "请填写快递公司和单号")
    row = wins.lock(win.id)
    after = {"courier": courier, "tracking_number": tracking_number}
    before = {name: getattr(row, name) for name in after}
    if row.way != "delivery" or row.state not in ("claiming", "claimed"):
        raise wins.state_error(row)
    if before == after:
        return row
    if row.state == "claiming":
        wins.transition(row, "claimed", **after)
        _record_given(row)
    else:
        row.update_fields(**after)
    audit.record("draw_prizes.ship", wins.subject_of(row), before=before, after=after)
    return row


@db.transactional
def give_out(*, code: str, activity_public_id: str, shop: Shop) -> Win:
    """Give a prize out at a shop for the code that its winner shows. Idempotent.

    Raises DomainError(not_found, other_shop, win_state, prize_expired).
    """
    activity = activities.get_by_public_id(activity_public_id)
    found = Win.find(activity=activity.id, code=code.strip())
    if found is None:
        raise errors.not_found("该领奖码")
    row = wins.lock(found.id)
    if row.state == "claimed":
        return row
    if not activities.is_in_shop(activity, shop.id):
        raise errors.DomainError("other_shop", "该门店不参加本活动", 409)
    if row.state == "expired" or not wins.is_claimable(row):
        raise errors.DomainError("prize_expired", "该奖品已过领取时间", 409)
    wins.transition(row, "claimed", shop=shop)
    _record_given(row, shop_id=shop.id)
    audit.record("draw_prizes.give_out", wins.subject_of(row), after={"shop": shop.code})
    return row


def read_contact(win: Win) -> dict[str, Any] | None:
    """Return the recipient and the address of a prize that is sent by parcel, or None."""
    return json.loads(win.contact_json) if win.contact_json else None


def _record_given(row: Win, *, shop_id: int | None = None) -> None:
    events.record(
        "draws.prize_given", customer_id=row.member.customer_id, member_id=row.member_id, shop_id=shop_id,
        win_id=row.id, prize=row.name,
    )  # fmt: skip
