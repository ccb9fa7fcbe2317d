"""Gift records (转赠记录) of all coupons for staff: searched, filtered and listed with few queries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from store.core import clock, errors, input_limits, listing, numbers
from store.core.listing import Page
from store.coupons import gifts, shop_scope
from store.coupons.coupons import Coupon
from store.coupons.gifts import CouponGift, CouponGiftStep
from store.customers import identities, members, phones, profiles
from store.customers.customers import Customer
from store.customers.members import Member
from store.tenants import business_days

MAX_PAGE_SIZE = 200
SCENES = {
    "offered": "发起转赠", "accepted": "接受转赠", "declined": "婉拒退回", "timed_out": "超时退回",
    "cancelled": "主动收回",
}  # fmt: skip


@dataclass(frozen=True)
class GiftFilter:
    """Which gifts are listed.

    `search` is the giver's name, phone or card number or the code of the coupon. `since` and `until` are business
    days of the offer, both included. `shop_ids` are the shops that the caller sees, None for all.
    """

    search: str = ""
    state: str | None = None
    since: date | None = None
    until: date | None = None
    shop_ids: frozenset[int] | None = None


@dataclass(frozen=True)
class RecordParty:
    """A giver or receiver: the present masked name, the card and the masked phone of the day of the step."""

    name: str
    card_number: str
    phone: str | None


@dataclass(frozen=True)
class GiftRecord:
    """One gift. Receiver and time of acceptance are empty unless it was accepted."""

    number: int
    offered_at: datetime
    coupon_code: str
    giver: RecordParty
    receiver: RecordParty | None
    accepted_at: datetime | None
    state: str


def list_records(criteria: GiftFilter, *, before: int | None = None, limit: int = 20) -> list[GiftRecord]:
    """Return a page of gifts, the latest first. `before` is the number of the last gift of the page before."""
    query = _select(criteria)
    if before is not None:
        query = query.where(CouponGift.id < input_limits.check_id(before, field="before"))
    return _to_records(list(query.order_by(CouponGift.id.desc()).limit(min(limit, MAX_PAGE_SIZE))))


def list_page(criteria: GiftFilter, page: Page) -> tuple[list[GiftRecord], int]:
    """Return a page of gifts by its number, and how many there are."""
    sorts = {"offered_at": CouponGift.id}
    rows, total = listing.read_page(
        _select(criteria), page, sorts=sorts, default="-offered_at", id_field=CouponGift.id
    )
    return _to_records(rows), total


def count_records(criteria: GiftFilter) -> int:
    """Return the number of gifts."""
    return int(_select(criteria).count())


def iterate_records(criteria: GiftFilter) -> Iterator[GiftRecord]:
    """Yield all gifts, the latest first, and read them page by page."""
    before = None
    while page := list_records(criteria, before=before, limit=MAX_PAGE_SIZE):
        yield from page
        before = page[-1].number


def list_for_member(member: Member, page: Page) -> tuple[list[GiftRecord], int]:
    """Return a page of the gifts that a member made or accepted, the latest first, and how many there are."""
    mine = (CouponGift.giver == member.id) | (CouponGift.receiver == member.id)
    sorts = {"offered_at": CouponGift.id}
    rows, total = listing.read_page(
        _select(GiftFilter()).where(mine), page, sorts=sorts, default="-offered_at", id_field=CouponGift.id
    )
    return _to_records(rows), total


def get_record(number: int, *, shop_ids: frozenset[int] | None = None) -> GiftRecord:
    """Return the gift of a number that the caller sees. Raises DomainError(not_found)."""
    wanted = CouponGift.id == input_limits.check_id(number, field="number")
    gift = _select(GiftFilter(shop_ids=shop_ids)).where(wanted).first()
    if gift is None:
        raise errors.not_found("该转赠")
    return _to_records([gift])[0]


def list_steps(number: int) -> list[CouponGiftStep]:
    """Return the steps of a gift, the first one first."""
    gift_id = input_limits.check_id(number, field="number")
    return list(CouponGiftStep.select().where(CouponGiftStep.gift == gift_id).order_by(CouponGiftStep.id))


def _select(criteria: GiftFilter) -> Any:
    query = CouponGift.select(CouponGift, Coupon).join(Coupon)
    if criteria.search.strip():
        query = query.where(_search_condition(criteria.search))
    if criteria.state is not None:
        query = query.where(_state_condition(criteria.state))
    if criteria.since is not None:
        query = query.where(CouponGift.offered_at >= business_days.start_of(criteria.since))
    if criteria.until is not None:
        query = query.where(CouponGift.offered_at < business_days.end_of(criteria.until))
    if criteria.shop_ids is not None:
        theirs = shop_scope.select_members(criteria.shop_ids)
        query = query.where(CouponGift.giver.in_(theirs) | CouponGift.receiver.in_(theirs))
    return query


def _search_condition(text: str) -> Any:
    """Return the condition for a card number or coupon code, a phone, or else a name."""
    digits = numbers.normalize(text)
    if members.is_card_number(digits):
        holder = Member.find(card_number=digits)
        givers = [members.survivor(holder).id] if holder else []
        return (
            (Coupon.code == digits)
            | CouponGift.giver.in_(givers)
            | CouponGift.id.in_(_offered_with(CouponGiftStep.card_number == digits))
        )
    phone = phones.find_normalized(text)
    if phone is not None:
        owner = identities.find_by_phone(phone)
        accounts = [row.id for row in members.list_for_customer(owner)] if owner else []
        index = phones.blind_index(phone)
        return CouponGift.giver.in_(accounts) | CouponGift.id.in_(
            _offered_with(CouponGiftStep.phone_index == index)
        )
    named = Customer.select(Customer.id).where(
        Customer.name_index == profiles.blind_index_of("name", text.strip())
    )
    return CouponGift.giver.in_(Member.select(Member.id).where(Member.customer.in_(named)))


def _offered_with(condition: Any) -> Any:
    return CouponGiftStep.select(CouponGiftStep.gift).where((CouponGiftStep.state == "offered") & condition)


def _state_condition(state: str) -> Any:
    """Return the condition for a state as people see it: an offer is over at its deadline at once."""
    if state not in gifts.TRANSITIONS:
        raise errors.invalid("state", "没有这个转赠状态")
    is_due = (CouponGift.state == "offered") & (CouponGift.expires_at <= clock.now())
    if state == "timed_out":
        return (CouponGift.state == state) | is_due
    return (CouponGift.state == state) & ~is_due


def _to_records(rows: Sequence[CouponGift]) -> list[GiftRecord]:
    """Read the people and the steps of a page in two queries."""
    people = _read_people({row.giver_id for row in rows} | {row.receiver_id for row in rows})
    steps: dict[tuple[int, str], CouponGiftStep] = {
        (step.gift_id, step.state): step
        for step in CouponGiftStep.select().where(CouponGiftStep.gift.in_([row.id for row in rows]))
    }
    return [_to_record(row, people, steps) for row in rows]


def _read_people(member_ids: set[int | None]) -> dict[int, Member]:
    query = Member.select(Member, Customer).join(Customer).where(Member.id.in_(member_ids - {None}))
    return {row.id: row for row in query}


def _to_record(
    row: CouponGift, people: dict[int, Member], steps: dict[tuple[int, str], CouponGiftStep]
) -> GiftRecord:
    acceptance = steps.get((row.id, "accepted"))
    return GiftRecord(
        number=row.id,
        offered_at=row.offered_at,
        coupon_code=row.coupon.code,
        giver=_to_party(people[row.giver_id], steps.get((row.id, "offered"))),
        receiver=_to_party(people[row.receiver_id], acceptance) if row.receiver_id else None,
        accepted_at=acceptance.occurred_at if acceptance else None,
        state=gifts.display_state(row),
    )


def _to_party(member: Member, step: CouponGiftStep | None) -> RecordParty:
    party = gifts.to_party(step) if step else None
    return RecordParty(
        name=profiles.display_name(member.customer),
        card_number=party.card_number if party else member.card_number,
        phone=party.phone if party else None,
    )
