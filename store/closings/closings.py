"""Closings (注销): the request to end a membership, its cancellation, and its end by the daily close.

Principal of stored value goes back to its payer. Bonus, points and coupons are given up. The personal data are erased,
and what law keeps (the ledgers) stays without a person.
"""

from datetime import date, timedelta
from typing import Any

import peewee
from pydantic import Field

from store.closings import listings
from store.core import actors, clock, errors, events, ids, money
from store.core.database import db
from store.core.database.fields import DateField, JsonField, UtcDateTimeField
from store.core.database.models import Model
from store.coupons import coupons
from store.coupons import gifts as coupon_gifts
from store.coupons.coupons import Coupon
from store.customers import customers, followers, identities, members, profiles
from store.customers.customers import Customer
from store.customers.members import Member
from store.customers.merging import rules as merge_rules
from store.customers.merging.journal import MergeContext
from store.messages import messages
from store.points import points
from store.points.ledger import PointAccount, PointLot
from store.stored_value import payouts
from store.stored_value.ledger import StoredValueAccount
from store.tenants import audit, business_days, settings

TRANSITIONS = {"requested": {"cancelled", "finished"}, "cancelled": set(), "finished": set()}
BATCH_SIZE = 20  # closings in one transaction of the daily close
SWEEP_DAYS = 400  # returns of purchases come back no later


class ClosingSettings(settings.SettingsGroup, name="closing"):
    """`waiting_days` is the time in which a request can be cancelled; law allows 15 working days in all."""

    waiting_days: int = Field(default=7, ge=0, le=15)


class MembershipClosing(Model):
    """`due_day` is the last business day on which it can be cancelled. `listing` is what the person has seen."""

    number = peewee.CharField(max_length=32, unique=True, default=lambda: ids.public_id("cl_"))
    customer = peewee.ForeignKeyField(Customer)
    state = peewee.CharField(
        max_length=10, default="requested", constraints=[peewee.Check(f"state IN {tuple(TRANSITIONS)}")]
    )
    due_day = DateField()
    listing = JsonField(default=dict)
    channel = peewee.CharField(max_length=30)
    requested_at = UtcDateTimeField(default=clock.now)
    ended_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("state", "due_day"), False),)


MembershipClosing.add_index(
    MembershipClosing.index(MembershipClosing.customer, unique=True, name="membership_closing_open").where(
        peewee.SQL("state = 'requested'")
    )
)


def _cancel_at_merge(field: peewee.Field, context: MergeContext) -> int:
    """Cancel the requests of both: neither has consented to give up what the other had."""
    both = field.in_([context.survivor_id, context.duplicate_id]) & (MembershipClosing.state == "requested")
    MembershipClosing.update(state="cancelled", ended_at=clock.now()).where(both).execute()
    return 0


merge_rules.register_rule(
    MembershipClosing.customer, _cancel_at_merge, undo=lambda field, context: None, keeps_rows=True
)


@db.transactional
def request(*, customer: Customer, listing_version: str, channel: str, reason: str = "") -> MembershipClosing:
    """Request the end of all memberships of a customer. Idempotent: an open request stays.

    `reason` is for the operation log, if staff requests it for the person.
    Raises DomainError(closing_listing_changed) if `listing_version` is not that of the current listing.
    """
    owner = customers.lock_unless_erased(customer)
    found = find_open(owner)
    if found is not None:
        return found
    listing = listings.build(owner)
    if listing.version != listing_version:
        raise errors.DomainError(
            "closing_listing_changed", "您的余额、积分或优惠券有变化，请核对后重新确认", 409
        )
    due_day = business_days.today() + timedelta(days=settings.read(ClosingSettings).waiting_days)
    row = MembershipClosing.create(
        customer=owner, due_day=due_day, listing=_amounts(listing), channel=channel
    )
    events.record("closings.requested", customer_id=owner.id, number=row.number)
    _audit_by_staff("closings.request", row, reason=reason)
    last_day = f"{due_day.month} 月 {due_day.day} 日"
    _notify(owner, row, f"已收到您的注销申请（编号 {row.number}）。{last_day}前可以在“个人资料”页撤回。")
    return row


@db.transactional
def cancel(*, customer: Customer) -> bool:
    """Cancel the open request of a customer and return whether there was one. Idempotent."""
    owner = customers.lock_unless_erased(customer)
    row = find_open(owner)
    if row is None:
        return False
    row.update_fields(state="cancelled", ended_at=clock.now())
    events.record("closings.cancelled", customer_id=owner.id, number=row.number)
    _audit_by_staff("closings.cancel", row)
    _notify(owner, row, "您的注销申请已撤回，会员可以照常使用。")
    return True


def run_batch(day: date) -> int:
    """Finish a batch of the requests that are due by a past day, 0 if none is left. See `finish_due`."""
    business_days.ensure_past(day)
    return finish_due(day)


@db.transactional
def finish_due(day: date) -> int:
    """Finish a batch of the due requests and empty closed accounts that got something back since.

    Returns how many rows changed. A request whose customer has an open order waits.
    """
    due = (MembershipClosing.state == "requested") & (MembershipClosing.due_day <= day)
    done = 0
    for row in MembershipClosing.select().where(due).order_by(MembershipClosing.id):
        done += _finish(row)
        if done >= BATCH_SIZE:
            return done
    return done or _sweep(day)


def find_open(customer: Customer) -> MembershipClosing | None:
    """Return the open request of a customer, or None."""
    return MembershipClosing.find(customer=customer.id, state="requested")


def list_closings(*, limit: int = 100) -> list[MembershipClosing]:
    """Return the open requests, the first due first, then the latest others."""
    is_open: Any = MembershipClosing.state == "requested"
    rows = list(MembershipClosing.select().where(is_open).order_by(MembershipClosing.due_day).limit(limit))
    ended = MembershipClosing.select().where(~is_open).order_by(MembershipClosing.id.desc())
    return rows + list(ended.limit(max(0, limit - len(rows))))


def list_blockers(closing: MembershipClosing) -> list[str]:
    """Return what an open request waits for beside its day."""
    if closing.state != "requested":
        return []
    own = members.list_for_customer(Customer.get_by_id(closing.customer_id))
    return [sentence for member in own for sentence in listings.list_open_things(member)]


def _finish(row: MembershipClosing) -> int:
    """Finish a request unless it was cancelled meanwhile or an order is open. Returns 1 if it was finished."""
    owner = customers.lock(row.customer_id)
    if MembershipClosing.get_by_id(row.id).state != "requested":
        return 0
    own = [members.lock(member.id) for member in sorted(members.list_for_customer(owner), key=lambda m: m.id)]
    if any(listings.list_open_things(member) for member in own):
        return 0
    cash_fen = sum(payouts.quote_refunds(member).get("cash", 0) for member in own)
    principal_fen = sum(_empty(member, row, key=f"closing:{row.id}:{member.id}") for member in own)
    for member in own:
        member.update_fields(status="closed")
    row.update_fields(state="finished", ended_at=clock.now())
    events.record("closings.finished", customer_id=owner.id, number=row.number, principal_fen=principal_fen)
    audit.record("closings.finish", f"closing:{row.number}", after={"principal_fen": principal_fen})
    _notify(owner, row, _farewell(row, principal_fen, cash_fen))
    profiles.erase(owner)
    profiles.detach_identities(owner)
    return 1


def _empty(member: Member, closing: MembershipClosing, *, key: str) -> int:
    """Give up points and coupons of a member, pay out the stored value, and return its principal in fen.

    The reason names the number with which the person asks a clerk for the money.
    """
    reason = f"会员注销，编号 {closing.number}"
    for coupon in listings.select_coupons(member).order_by(Coupon.id):
        if coupon.state == "gifting":
            coupon_gifts.cancel(gift=coupon_gifts.get_latest(coupon, member), giver=member)
        coupons.void(coupon, reason=reason)
    points.give_up_all(member=member, key=key, reason=reason)
    return payouts.pay_out_all(member=member, key=key, reason=reason)


def _sweep(day: date) -> int:
    """Empty the closed accounts that an order or a return has reached since, and return their number."""
    found = list_refilled(day)
    for member in found:
        customers.lock(member.customer_id)
        closing = MembershipClosing.get(
            (MembershipClosing.customer == member.customer_id) & (MembershipClosing.state == "finished")
        )
        _empty(members.lock(member.id), closing, key=f"closing:{member.id}:{ids.public_id()}")
    return len(found)


def list_refilled(day: date) -> list[Member]:
    """Return closed accounts that hold stored value, points or coupons again."""
    recent = (MembershipClosing.state == "finished") & (
        MembershipClosing.due_day >= day - timedelta(days=SWEEP_DAYS)
    )
    closed = (
        Member.select(Member.id)
        .join(MembershipClosing, on=(MembershipClosing.customer == Member.customer))
        .where(recent & (Member.status == "closed"))
    )
    balance = StoredValueAccount.principal_fen + StoredValueAccount.bonus_fen
    unended = PointLot.expires_at.is_null() | (PointLot.expires_at > clock.now())
    queries: tuple[Any, ...] = (
        StoredValueAccount.select(StoredValueAccount.member).where(
            StoredValueAccount.member.in_(closed) & (balance > 0)
        ),
        PointAccount.select(PointAccount.member)
        .join(PointLot)
        .where(PointAccount.member.in_(closed) & (PointLot.remaining > 0) & unended),
        Coupon.select(Coupon.member).where(
            Coupon.member.in_(closed) & Coupon.state.in_(listings.GIVEN_UP_STATES)
        ),
    )
    return Member.by_ids(sorted({member_id for query in queries for (member_id,) in query.tuples()}))


def _farewell(row: MembershipClosing, principal_fen: int, cash_fen: int) -> str:
    parts = ["您的会员已注销，个人资料已清除。"]
    if principal_fen - cash_fen:
        parts.append(f"储值本金 {money.yuan(principal_fen - cash_fen)} 元将按原支付方式退回。")
    if cash_fen:
        parts.append(f"储值本金 {money.yuan(cash_fen)} 元请凭编号 {row.number} 到门店领取。")
    return "".join(parts)


def _notify(customer: Customer, row: MembershipClosing, text: str) -> None:
    """Write the message with its address at once and not by an event, because the erasure ends the identities."""
    for channel in followers.list_followed_channels(customer):
        openid = identities.find_openid(customer, channel.appid)
        if openid:
            messages.write_to_address(
                kind="account_closing", customer_id=customer.id, channel=channel, openid=openid, text=text,
                source=f"closing:{row.number}:{row.state}:{channel.id}",
            )  # fmt: skip


def _audit_by_staff(action: str, row: MembershipClosing, **facts: str) -> None:
    if actors.current().kind != "customer":
        audit.record(action, f"closing:{row.number}", after={"customer": row.customer.public_id, **facts})


def _amounts(listing: listings.ClosingListing) -> dict[str, int]:
    """Return the amounts of a listing as they are stored with the request."""
    return {
        "principal_fen": listing.principal_fen,
        "bonus_fen": listing.bonus_fen,
        "points": sum(line.available for line in listing.points),
        "coupons": sum(line.count for line in listing.coupons),
    }
