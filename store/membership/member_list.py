"""The list of member accounts (会员账号) for staff: searched, filtered and listed with few queries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from peewee import fn

from store.core import errors, listing, masking, numbers
from store.core.database import db
from store.core.listing import Page
from store.customers import customers, identities, member_scope, members, phones, profiles, programmes
from store.customers.customers import Customer
from store.customers.identities import Identity
from store.customers.members import Member
from store.membership import name_search
from store.points import points
from store.points.ledger import PointAccount
from store.purchases import Purchase
from store.shops import shops
from store.tenants import business_days
from store.tiers import tiers
from store.tiers.tiers import Tier, TierRecord

MAX_PAGE_SIZE = 200
_shop_of_member = member_scope.shop_of_member()
_SORTS = {"joined_at": Member.joined_at}
_SOURCE_NAMES = {
    "clerk": "门店登记", "h5": "H5 页面", "wechat_official": "微信公众号", "wechat_miniprogram": "微信小程序",
    "alipay": "支付宝", "desk": "门店办理", "unknown": "未知",
}  # fmt: skip
STATUS_LABELS = {"active": "正常", "frozen": "冻结", "closed": "注销"}


@dataclass(frozen=True)
class MemberFilter:
    """Which members are listed.

    `search` is a card number, public id, phone, e-mail or ID number, or a part of a name or nickname. `since` and
    `until` are business days of the opening of the card, both included. `shop_ids` are the shops that the caller sees,
    None for all. The others are codes.
    """

    search: str = ""
    programme: str | None = None
    tier: str | None = None
    source: str | None = None
    shop: str | None = None
    status: str | None = None
    since: date | None = None
    until: date | None = None
    shop_ids: frozenset[int] | None = None


@dataclass(frozen=True)
class MemberRow:
    """One member account. `name` is the masked name or the nickname; points are those of the first group."""

    card_number: str
    name: str
    phone: str | None
    shop: str | None
    tier: str | None
    spent_fen: int
    points_accumulated: int
    points_available: int
    joined_at: datetime
    status: str
    programme: str


def list_members(criteria: MemberFilter, *, after: str | None = None, limit: int = 20) -> list[MemberRow]:
    """Return a page of members, the latest card first. `after` is the last card of the page before."""
    return _read_after(list(_list_conditions(criteria)), after, limit)


def list_page(criteria: MemberFilter, page: Page) -> tuple[list[MemberRow], int]:
    """Return a page of members by its number, and how many there are. Raises DomainError(invalid) for another sort."""
    found, total = listing.read_page(
        _select_members(criteria), page, sorts=_SORTS, default="-joined_at", id_field=Member.id,
        rows=Member.select(Member, Customer).join(Customer),
    )  # fmt: skip
    return _to_rows(found), total


def read_source_name(code: str) -> str:
    """Return the name of an acquisition source, or the code of one that has none."""
    names = _SOURCE_NAMES | {row.code: row.name for row in customers.list_sources()}
    return names.get(code, code)


def count_members(criteria: MemberFilter) -> int:
    """Return the number of members."""
    return int(_select_members(criteria).select(Member.id).count())


def iterate_members(criteria: MemberFilter) -> Iterator[MemberRow]:
    """Yield all members, the latest card first, and read them page by page."""
    conditions, after = list(_list_conditions(criteria)), None
    while page := _read_after(conditions, after, MAX_PAGE_SIZE):
        yield from page
        after = page[-1].card_number


def _read_after(conditions: list[Any], after: str | None, limit: int) -> list[MemberRow]:
    query = Member.select(Member, Customer).join(Customer).where(*conditions)
    if after is not None:
        last = _get_position(after)
        earlier = (Member.joined_at < last.joined_at) | (Member.id < last.id)
        query = query.where((Member.joined_at <= last.joined_at) & earlier)
    ordered = query.order_by(Member.joined_at.desc(), Member.id.desc())
    return _to_rows(list(ordered.limit(min(limit, MAX_PAGE_SIZE))))


def _get_position(card_number: str) -> Member:
    """Return the member of a card, also if it was merged since its page was read."""
    found = Member.find(card_number=numbers.normalize(card_number))
    if found is None or found.joined_at is None:
        raise errors.not_found("该会员")
    return found


def _select_members(criteria: MemberFilter) -> Any:
    """Return the query of members. Customers, which few conditions need, are joined only then."""
    needs_customer = criteria.shop is not None or criteria.shop_ids is not None
    query = Member.select().join(Customer) if needs_customer else Member.select()
    return query.where(*_list_conditions(criteria))


def _list_conditions(criteria: MemberFilter) -> Iterator[Any]:
    others = list(_filter_conditions(criteria))
    yield from others
    if criteria.search.strip():
        yield _search_condition(criteria.search.strip(), others)


def _filter_conditions(criteria: MemberFilter) -> Iterator[Any]:
    yield Member.joined_at.is_null(False)
    yield Member.merged_into.is_null()
    if criteria.programme is not None:
        yield Member.programme == _get_programme_id(criteria.programme)
    if criteria.tier is not None:
        tier_ids = [tier.id for tier in Tier.select(Tier.id).where(Tier.code == criteria.tier)]
        current = TierRecord.select(TierRecord.member).where(TierRecord.tier.in_(tier_ids))
        yield Member.id.in_(current.where(TierRecord.ended_at.is_null()))
    if criteria.source is not None:
        yield Member.source == criteria.source
    if criteria.shop is not None:
        yield _shop_of_member == shops.get_by_code(criteria.shop).id
    if criteria.shop_ids is not None:
        yield _shop_of_member.in_(sorted(criteria.shop_ids))
    if criteria.status is not None:
        yield Member.status == criteria.status
    if criteria.since is not None:
        yield Member.joined_at >= business_days.start_of(criteria.since)
    if criteria.until is not None:
        yield Member.joined_at < business_days.end_of(criteria.until)


def _search_condition(text: str, others: list[Any]) -> Any:
    """Return the condition for a card number or public id, a phone, or else name, nickname, e-mail or ID number.

    A part of name or nickname is enough. The number of a plastic card names its member, also a blocked one.
    Raises DomainError(too_many_found).
    """
    found = members.find_by_number(text, include_blocked=True)
    if found is not None:
        return Member.id == found.id
    phone = phones.find_normalized(text)
    if phone is not None:
        owner = identities.find_by_phone(phone)
        return Member.customer == (owner.id if owner else None)
    owners = Customer.alias()
    matches = (
        (owners.name_index == profiles.blind_index_of("name", text))
        | (owners.nickname_index == profiles.blind_index_of("nickname", text))
        | (owners.email_index == profiles.blind_index_of("email", text))
        | (owners.id_number_index == profiles.blind_index_of("id_number", text.upper()))
    )
    whole = owners.select(owners.id).where(matches)
    by_part = name_search.find_customer_ids(text, among=others)
    if by_part is None and not whole.exists():
        raise name_search.too_many_found()
    # If too many names contain a whole name, those who have exactly this name are listed.
    return Member.customer.in_(whole) | Member.customer.in_(by_part or [])


def _get_programme_id(code: str) -> int:
    programme = programmes.find_by_code(code)
    if programme is None:
        raise errors.not_found(f"会员计划 {code}")
    return int(programme.id)


def _to_rows(found: Sequence[Member]) -> list[MemberRow]:
    """Read what belongs to a page of members, in one query for each table."""
    member_ids = [member.id for member in found]
    phones_by_customer = _read_phones([member.customer_id for member in found])
    spent, balances = _sum_purchases(member_ids), _read_balances(member_ids)
    tier_names = {record.member_id: record.tier.name for record in tiers.list_active(found)}
    codes = {programme.id: programme.code for programme in programmes.list_programmes()}
    shop_ids = {member.id: member_scope.find_shop_id(member) for member in found}
    shops_by_id = shops.find_by_ids(sorted({shop_id for shop_id in shop_ids.values() if shop_id}))
    rows = []
    for member in found:
        shop, phone = shops_by_id.get(shop_ids[member.id] or 0), phones_by_customer.get(member.customer_id)
        accumulated, available = balances.get(member.id, (0, 0))
        rows.append(
            MemberRow(
                card_number=member.card_number, name=profiles.display_name(member.customer),
                phone=masking.mask_phone(phone) if phone else None, shop=shop.name if shop else None,
                tier=tier_names.get(member.id), spent_fen=spent.get(member.id, 0), points_accumulated=accumulated,
                points_available=available, joined_at=member.joined_at, status=member.status,
                programme=codes.get(member.programme_id, ""),
            )
        )  # fmt: skip
    return rows


def _read_phones(customer_ids: list[int]) -> dict[int, str | None]:
    # Without the provider in the condition, whose index SQLite would prefer to that of the customer.
    mine = db.in_ids(Identity.customer, customer_ids) & Identity.unbound_at.is_null()
    rows = Identity.select().where(mine)
    return {row.customer_id: row.value for row in rows if row.provider == identities.PHONE}


def _sum_purchases(member_ids: list[int]) -> dict[int, int]:
    """Return what each member has paid, net of returns."""
    net = fn.SUM(Purchase.paid_fen - Purchase.returned_fen)
    query: Any = Purchase.select(Purchase.member, net).where(db.in_ids(Purchase.member, member_ids))
    return {member_id: int(total) for member_id, total in query.group_by(Purchase.member).tuples()}


def _read_balances(member_ids: list[int]) -> dict[int, tuple[int, int]]:
    """Return the accumulated and available points of the first group of each member's programme."""
    groups = [points.list_groups(programme)[:1] for programme in programmes.list_programmes()]
    first_groups = [group.id for found in groups for group in found]
    mine = db.in_ids(PointAccount.member, member_ids) & PointAccount.group.in_(first_groups)
    rows = PointAccount.select().where(mine)
    return {row.member_id: (row.accumulated, row.available) for row in rows}
