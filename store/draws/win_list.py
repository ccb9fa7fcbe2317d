"""Lists of wins (中奖名单): for staff with their states, for customers with masked names."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import fn

from store.activities.activities import Activity, Prize
from store.core import errors, listing, masking
from store.core.listing import Page
from store.customers import member_scope, member_search
from store.customers.customers import Customer
from store.customers.members import Member
from store.draws.wins import Win

MAX_WINNERS = 50


@dataclass(frozen=True)
class WinFilter:
    """Which wins are listed. `search` is a card number, a phone, or the code that is shown at the shop.

    `shop_ids` are the shops that the caller sees, None for all: wins of their members, and what they gave out.
    """

    activity: str | None = None
    kind: str | None = None
    state: str | None = None
    search: str = ""
    shop_ids: frozenset[int] | None = None


@dataclass(frozen=True)
class Winner:
    """One line of the winners' list, with a masked name."""

    name: str
    prize: str
    won_at: datetime


def list_page(criteria: WinFilter, page: Page) -> tuple[list[Win], int]:
    """Return a page of wins with their members and activities, and the number of all."""
    return listing.read_page(
        _select(criteria), page, sorts={"won_at": Win.id}, default="-won_at", id_field=Win.id, rows=_rows()
    )


def count_wins(criteria: WinFilter) -> int:
    """Return the number of wins."""
    return int(_select(criteria).count())


def iterate_wins(criteria: WinFilter) -> Iterator[Win]:
    """Yield all wins with their members and activities, the latest first, and read them in batches."""
    rows = _rows().where(Win.id.in_(_select(criteria).select(Win.id)))
    yield from listing.iterate_rows(rows, id_field=Win.id)


def list_of_member(member: Member, *, page: int = 1, page_size: int = 20) -> tuple[list[Win], int]:
    """Return a page of the prizes of a member, the latest first, and their number."""
    mine = Win.select().where(Win.member == member.id)
    rows = _rows().where(Win.member == member.id).order_by(Win.id.desc())
    return list(rows.limit(page_size).offset((page - 1) * page_size)), int(mine.count())


def list_winners(activity: Activity) -> Sequence[Winner]:
    """Return the latest winners of an activity, with masked names."""
    query = Win.select(Win, Member, Customer).join(Member).join(Customer)
    rows = query.where(Win.activity == activity.id).order_by(Win.id.desc()).limit(MAX_WINNERS)
    return [Winner(name=_mask(row.member), prize=row.name, won_at=row.won_at) for row in rows]


def count_by_activity(activity_ids: Sequence[int]) -> dict[int, int]:
    """Return by activity id how many members have won something."""
    query = Win.select(Win.activity, fn.COUNT(fn.DISTINCT(Win.member))).where(
        Win.activity.in_(list(activity_ids))
    )
    rows: Any = query.group_by(Win.activity)
    return dict(rows.tuples())


def get_seen(public_id: str, shop_ids: frozenset[int] | None) -> Win:
    """Return the win of a public id that an account of these shops sees. Raises DomainError(not_found)."""
    found = _select(WinFilter(shop_ids=shop_ids)).where(Win.public_id == public_id).get_or_none()
    if found is None:
        raise errors.not_found("该奖品")
    return found


def _is_seen(shop_ids: frozenset[int]) -> Any:
    return Win.shop.in_(sorted(shop_ids)) | Win.member.in_(member_scope.select_member_ids(shop_ids))


def _mask(member: Member) -> str:
    """Return what others see of a winner: the first letter of the name, else the end of the card number."""
    name = member.customer.nickname or member.customer.name
    return (
        masking.mask_name(name) if name and len(name) > 1 else f"会员{masking.mask_card(member.card_number)}"
    )


def _rows() -> Any:
    return (
        Win.select(Win, Activity, Prize, Member)
        .join(Activity)
        .switch(Win)
        .join(Prize)
        .switch(Win)
        .join(Member)
    )


def _select(criteria: WinFilter) -> Any:
    query = Win.select()
    if criteria.activity is not None:
        query = query.where(
            Win.activity.in_(Activity.select(Activity.id).where(Activity.public_id == criteria.activity))
        )
    if criteria.kind is not None:
        query = query.where(Win.kind == criteria.kind)
    if criteria.state is not None:
        query = query.where(Win.state == criteria.state)
    if criteria.shop_ids is not None:
        query = query.where(_is_seen(criteria.shop_ids))
    text = criteria.search.strip()
    if text:
        found = member_search.select_member_ids(text)
        query = query.where((Win.code == text) | Win.member.in_(found))
    return query
