"""`flask coupons gift-history`: the gifts of a coupon between members."""

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
    """List all steps of the gifts of a coupon (转赠): time, state and member.

    Phones are masked. `members show CARD --unmask` shows a phone in clear and is recorded in the audit log.
    """
    steps = coupon_gifts.list_history(coupons.get_by_code(code))
    items = [_gift_step_to_dict(step, party) for step, party in steps]
    if as_json:
        print_json(items)
    else:
        print_rows((item.values() for item in items), empty_message="该券没有转赠记录")


def _gift_step_to_dict(step: CouponGiftStep, party: GiftParty | None) -> dict[str, Any]:
    """Return a step with the member who acted. A step of expiry has no member."""
    return {
        "gift": step.gift_id,
        "occurred_at": step.occurred_at.isoformat(timespec="seconds"),
        "state": step.state,
        "label": coupon_gifts.LABELS[step.state],
        "role": _ROLE_BY_STATE.get(step.state),
        "card_number": party and party.card_number,
        "phone": party and party.phone,
    }
