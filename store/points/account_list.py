"""The list of point accounts (积分账户) for staff: by member and group."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from store.core import listing
from store.core.listing import Page
from store.customers import member_search
from store.customers.customers import Customer
from store.customers.members import Member
from store.points.ledger import PointAccount, PointGroup

_SORTS = {
    "accumulated": PointAccount.accumulated, "available": PointAccount.available, "expired": PointAccount.expired,
    "opened": PointAccount.id,
}  # fmt: skip


@dataclass(frozen=True)
class AccountFilter:
    """Which accounts are listed. `search` is a card number, phone or whole name, `group` the code of a group.

    `shop_ids` are the shops that the caller sees, None for all.
    """

    search: str = ""
    group: str | None = None
    shop_ids: frozenset[int] | None = None


def list_page(criteria: AccountFilter, page: Page) -> tuple[list[PointAccount], int]:
    """Return a page of accounts with group, member and customer, and how many there are.

    Raises DomainError(invalid) for another sort.
    """
    return listing.read_page(
        _filter(PointAccount.select(), criteria), page, sorts=_SORTS, default="-opened",
        id_field=PointAccount.id, rows=_with_owner(),
    )  # fmt: skip


def count_accounts(criteria: AccountFilter) -> int:
    """Return the number of accounts."""
    return int(_filter(PointAccount.select(), criteria).count())


def iterate_accounts(criteria: AccountFilter) -> Iterator[PointAccount]:
    """Yield all accounts, the latest first, and read them in batches."""
    yield from listing.iterate_rows(_filter(_with_owner(), criteria), id_field=PointAccount.id)


def list_group_names() -> list[tuple[str, str]]:
    """Return code and name of the groups of all programmes."""
    rows = PointGroup.select().order_by(PointGroup.id)
    return list({row.code: row.name for row in rows}.items())


def _with_owner() -> Any:
    query = PointAccount.select(PointAccount, PointGroup, Member, Customer)
    return query.join(PointGroup).switch(PointAccount).join(Member).join(Customer)


def _filter(query: Any, criteria: AccountFilter) -> Any:
    query = query.where(
        ~PointAccount.member.in_(Member.select(Member.id).where(Member.merged_into.is_null(False)))
    )
    if criteria.group is not None:
        groups = PointGroup.select(PointGroup.id).where(PointGroup.code == criteria.group)
        query = query.where(PointAccount.group.in_(groups))
    mine = member_search.list_conditions(
        PointAccount.member, search=criteria.search, shop_ids=criteria.shop_ids
    )
    for condition in mine:
        query = query.where(condition)
    return query
