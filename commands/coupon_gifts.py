"""`flask coupons gift-history`: who gave a coupon to whom."""

from typing import Any

import click

from commands.cli_support import JSON_OPTION, print_json, print_rows, with_tenant
from commands.coupons import group
from store.coupons import coupons
from store.coupons import gifts as coupon_gifts
from store.coupons.gifts import CouponGiftStep, GiftParty

_ROLE_BY_STATE = {"offered": "giver", "cancelled": "giver", "accepted": "receiver", "declined": "receiver"}


@group.command("gift-history")
@click.argument("code")
@with_tenant
@JSON_OPTION
def gift_history(code: str, *, as_json: bool) -> None:
    """Tell every step of the gifts of a coupon (转赠): when, to which state, and whose doing.

    Phones are masked; `members show CARD --unmask` tells one in clear, which is logged.
    """
    steps = coupon_gifts.list_history(coupons.get_by_code(code))
    found = [_gift_step_to_dict(step, party) for step, party in steps]
    if as_json:
        print_json(found)
    else:
        print_rows((facts.values() for facts in found), empty_message="该券没有转赠记录")


def _gift_step_to_dict(step: CouponGiftStep, party: GiftParty | None) -> dict[str, Any]:
    """A step with whose doing it was; that time ran out is nobody's."""
    return {
        "gift": step.gift_id,
        "occurred_at": step.occurred_at.isoformat(timespec="seconds"),
        "state": step.state,
        "label": coupon_gifts.LABELS[step.state],
        "role": _ROLE_BY_STATE.get(step.state),
        "card_number": party and party.card_number,
        "phone": party and party.phone,
    }
