"""Points: the accounts of the signed-in customer, what of them ends soon, and the entries of each."""

from datetime import date, datetime

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from doors import answered
from miniprogram_api import cursors
from miniprogram_api.caller import Caller, signed_in
from miniprogram_api.shapes import Asked
from store.kernel import secrets
from store.kernel.refusals import not_found
from store.loyalty import point_endings, point_payments, point_relations, points
from store.loyalty.point_accounts import KINDS, PointAccount, PointEntry
from store.loyalty.point_relations import Part
from store.people import members

door = APIBlueprint("points", __name__, tag="积分")


class Expiring(BaseModel):
    """How many points end within so many days, and which day is the first one's last."""

    points: int
    days: int
    first_day: date | None


class Account(BaseModel):
    """One point account."""

    group: str
    name: str
    available: int
    accumulated: int
    expired: int
    owed: int = Field(description="退货后尚欠的积分，新得的积分先抵扣")
    held: int = Field(description="未付款订单占用的积分")
    expiring: Expiring


class Accounts(BaseModel):
    """All point accounts of the customer."""

    accounts: list[Account]


class AskedGroup(Asked):
    """`group` is the first one by default."""

    group: str | None = Field(default=None, max_length=30)


class AskedEnding(AskedGroup):
    """How far ahead to look."""

    days: int = Field(default=point_endings.AHEAD_DAYS, ge=0, le=366)


class Ending(BaseModel):
    """What can be used on a day for the last time."""

    last_day: date
    points: int


class Endings(BaseModel):
    """What ends soon, day by day."""

    group: str
    name: str
    points: int
    list: list[Ending]


class AskedEntries(AskedGroup):
    """`cursor` comes from the page before."""

    cursor: str | None = Field(default=None, max_length=200)
    limit: int = Field(default=20, ge=1, le=100)


class Entry(BaseModel):
    """One line of the ledger; `value` is negative where points went out."""

    id: str
    at: datetime
    kind: str
    word: str
    value: int
    reason: str
    order_number: str | None
    expires_at: datetime | None


class Entries(BaseModel):
    """A stretch of the ledger."""

    list: list[Entry]
    next_cursor: str | None
    has_more: bool


class Moved(BaseModel):
    """Points that moved between this entry and another one: negative where they left the lot."""

    value: int
    entry: Entry


class EntryPage(Entry):
    """An entry, where its points came from and where they went."""

    group: str
    left: int | None = Field(description="该批积分的剩余，不带来积分的记录为 null")
    taken_from: list[Moved] = Field(description="取自哪几批积分，或退回到哪几批")
    given_to: list[Moved] = Field(description="该批积分用到了哪里")


@door.get("/api/me/points")
@signed_in
@door.doc(summary="我的积分", security="session")
@door.output(Accounts)
def show(caller: Caller) -> Response:
    held = point_payments.held(members.of_customer(caller.customer))
    rows = _accounts(caller)
    return answered(
        Accounts(accounts=[_account(row, 0 if number else held) for number, row in enumerate(rows)])
    )


@door.get("/api/me/points/expiring")
@signed_in
@door.doc(summary="即将过期的积分", security="session", responses={404: "没有该积分组"})
@door.input(AskedEnding, location="query")
@door.output(Endings)
def expiring(caller: Caller, query_data: AskedEnding) -> Response:
    held = _chosen(caller, query_data.group)
    found = point_endings.ahead(held, days=query_data.days)
    return answered(
        Endings(
            group=held.group.code,
            name=held.group.name,
            points=sum(row.points for row in found),
            list=[Ending(last_day=row.last_day, points=row.points) for row in found],
        )
    )


@door.get("/api/me/points/entries")
@signed_in
@door.doc(summary="积分明细", security="session", responses={404: "没有该积分组"})
@door.input(AskedEntries, location="query")
@door.output(Entries)
def entries(caller: Caller, query_data: AskedEntries) -> Response:
    held = _chosen(caller, query_data.group)
    before_id = cursors.opened(str(held.id), query_data.cursor) if query_data.cursor else None
    rows = points.entries(held, limit=query_data.limit + 1, before_id=before_id)
    shown, more = rows[: query_data.limit], len(rows) > query_data.limit
    cursor = cursors.sealed(str(held.id), shown[-1].id) if more else None
    return answered(Entries(list=[_entry(row) for row in shown], next_cursor=cursor, has_more=more))


@door.get("/api/me/points/entries/<entry_id>")
@signed_in
@door.doc(summary="积分记录详情", security="session", responses={404: "没有该积分记录"})
@door.output(EntryPage)
def entry(caller: Caller, entry_id: str) -> Response:
    member = members.of_customer(caller.customer)
    row = points.entry_of(member, lambda row_id: _name(row_id) == entry_id)
    related = point_relations.of(row)
    return answered(
        EntryPage(
            **_entry(row).model_dump(),
            group=row.account.group.code,
            left=related.lot.left if related.lot else None,
            taken_from=[_moved(part) for part in related.taken_from],
            given_to=[_moved(part) for part in related.given_to],
        )
    )


def _accounts(caller: Caller) -> list[PointAccount]:
    member = members.of_customer(caller.customer)
    return points.accounts(member) or [points.standing(member)]


def _chosen(caller: Caller, group: str | None) -> PointAccount:
    held = _accounts(caller)
    found = held[0] if group is None else next((row for row in held if row.group.code == group), None)
    if found is None:
        raise not_found("该积分组")
    return found


def _account(row: PointAccount, held: int) -> Account:
    ending = point_endings.ahead(row)
    return Account(
        group=row.group.code,
        name=row.group.name,
        available=row.available,
        accumulated=row.accumulated,
        expired=row.expired,
        owed=row.owed,
        held=held,
        expiring=Expiring(
            points=sum(one.points for one in ending),
            days=point_endings.AHEAD_DAYS,
            first_day=ending[0].last_day if ending else None,
        ),
    )


def _entry(row: PointEntry) -> Entry:
    return Entry(
        id=_name(row.id),
        at=row.at,
        kind=row.kind,
        word=KINDS[row.kind].word,
        value=row.signed,
        reason=row.reason,
        order_number=row.order_number,
        expires_at=row.expires_at,
    )


def _moved(part: Part) -> Moved:
    return Moved(value=part.value, entry=_entry(part.entry))


def _name(row_id: int) -> str:
    """What an entry is called outside: its row number would count the whole company's business."""
    return secrets.blind(str(row_id), purpose="point-entry")[:24]
