"""Claims of prizes (领取奖品): red packets by a worker, coupons and points at once, goods by parcel or at the shop."""

import json
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from store.activities import budgets
from store.addresses import addresses
from store.core import errors
from store.core.database import db
from store.core.events import Event
from store.coupons import coupons
from store.coupons.rules import CouponRule
from store.customers import members
from store.customers.customers import Customer
from store.customers.members import Member
from store.draws import blacklist, wins
from store.draws.wins import Win
from store.points import points
from store.red_packets import red_packets, states
from store.tenants import branding, business_days
from store.tenants.channels import Channel

PURPOSE = "draw"
_CODE_DIGITS = 8


@db.transactional
def claim(
    *,
    win: Win,
    customer: Customer,
    channel: Channel | None = None,
    way: str | None = None,
    address: Mapping[str, Any] | None = None,
) -> Win:
    """Claim a prize as its winner. Idempotent.

    Goods need a `way`, and by parcel an `address`. Raises DomainError: not_found, invalid, prize_expired,
    activity_paused, draw_blocked, membership_closed.
    """
    member = members.lock_for(customer)
    row = wins.lock(win.id)
    if row.member_id != member.id:
        raise errors.not_found("该奖品")
    if row.state in ("claiming", "claimed"):
        return row
    _ensure_claimable(row, member)
    if row.kind == "goods":
        _claim_goods(row, way=way, address=address)
    elif row.kind == "cash":
        _request_packet(row, customer, channel)
    else:
        _give_at_once(row, member)
    return row


@db.transactional
def claim_at_once(win: Win, customer: Customer) -> Win:
    """Claim a prize that needs nothing from its winner. One that cannot be given now stays to be claimed."""
    if win.kind not in ("coupon", "points"):
        return win
    try:
        with db.savepoint():
            return claim(win=win, customer=customer)
    except errors.DomainError:
        return wins.get_by_public_id(win.public_id)


def finish_packet(event: Event) -> None:
    """Move the win of a red packet that is final: received, returned or failed. Idempotent."""
    public_id = _win_of(event.properties.get("key", ""))
    if event.properties.get("purpose") == PURPOSE and public_id is not None:
        _finish_packet(public_id, event.properties["key"], event.properties["state"], event.properties)


@db.transactional
def _finish_packet(public_id: str, key: str, state: str, facts: Mapping[str, Any]) -> None:
    row = wins.lock(wins.get_by_public_id(public_id).id)
    if row.state != "claiming" or _packet_key(row) != key:  # final, or of an earlier request
        return
    subject = wins.subject_of(row)
    if state == "received":
        wins.transition(row, "claimed", failure="")
        budgets.pay(row.activity.budget_id, row.amount_fen, key=f"{row.public_id}:paid", subject=subject)
    elif state in ("returned", "failed"):
        reason = (
            "24 小时内未领取，红包已退回"
            if state == "returned"
            else states.explain(str(facts.get("problem", ""))) or "发放失败"
        )
        # The money stays reserved while the prize can be claimed again, and `wins.expire_due` releases it after that.
        wins.transition(row, "waiting", failure=reason[:200])


def _ensure_claimable(row: Win, member: Member) -> None:
    if row.state == "expired" or not wins.is_claimable(row):
        raise errors.DomainError("prize_expired", "该奖品已过领取时间", 409)
    if row.activity.state == "paused":
        raise errors.DomainError("activity_paused", "活动已暂停，奖品暂不能领取，请稍后再来", 409)
    members.ensure_open(member)
    blacklist.ensure_allowed(member)


def _claim_goods(row: Win, *, way: str | None, address: Mapping[str, Any] | None) -> None:
    if way not in row.content.ways:
        raise errors.invalid("way", "请选择领取方式")
    if way == "shop":
        code = str(secrets.randbelow(10**_CODE_DIGITS)).zfill(_CODE_DIGITS)
        wins.transition(row, "claiming", way=way, code=code)
        return
    if address is None:
        raise errors.invalid("address", "请选择收货地址")
    contact = addresses.to_snapshot(address)
    wins.transition(row, "claiming", way=way, contact_json=json.dumps(contact, ensure_ascii=False))


def _request_packet(row: Win, customer: Customer, channel: Channel | None) -> None:
    wins.transition(row, "claiming", attempt=row.attempt + 1, failure="")
    red_packets.request(
        customer=customer, channel=channel, amount_fen=row.amount_fen, purpose=PURPOSE, key=_packet_key(row),
        title=row.activity.name[:32], wishing=f"恭喜您在{branding.read_name()}中奖"[:60],
    )  # fmt: skip


def _give_at_once(row: Win, member: Member) -> None:
    if row.kind == "points":
        today = business_days.today()
        points.earn(
            member=member, kind="promotion", value=row.content.points or 0, key=f"draw:{row.public_id}",
            expires_at=business_days.end_of(today + timedelta(days=row.content.points_valid_days)),
            cost_centre=row.activity.content.cost_centre, reason=f"抽奖：{row.activity.name}",
        )  # fmt: skip
    else:
        _issue_coupon(row, member)
    wins.transition(row, "claimed")


def _issue_coupon(row: Win, member: Member) -> None:
    """Issue the coupon of a win from the stock that publishing has reserved.

    Raises DomainError(coupon_rule_stopped).
    """
    rule = CouponRule.get_by_id(row.prize.coupon_rule_id)
    if rule.stopped_at is not None:
        raise errors.DomainError("coupon_rule_stopped", "该优惠券已紧急暂停，请稍后再领", 409)
    coupons.insert_coupons(
        rule, [member], issue_key=f"key:draw:{row.public_id}", campaign_id=row.activity_id, source="draw"
    )


def _packet_key(row: Win) -> str:
    """Return the number of the red packet of a win: another one only after the earlier one is final and unpaid."""
    return f"draw:{row.public_id}" if row.attempt <= 1 else f"draw:{row.public_id}:{row.attempt}"


def _win_of(key: str) -> str | None:
    """Return the public id of the win of a red packet's key, or None."""
    parts = key.split(":")
    return parts[1] if len(parts) in (2, 3) and parts[0] == PURPOSE else None
