"""Points: the accounts of the signed-in customer and the entries of each, the latest first."""

from datetime import datetime

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from doors import answered
from miniprogram_api.caller import Caller, signed_in
from miniprogram_api.shapes import Asked
from store.kernel import secrets
from store.kernel.refusals import invalid, not_found
from store.loyalty import points
from store.loyalty.point_accounts import KINDS, PointAccount, PointEntry
from store.people import members

door = APIBlueprint("points", __name__, tag="积分")


class Account(BaseModel):
    """One point account."""

    group: str
    name: str
    available: int
    accumulated: int
    expired: int


class Accounts(BaseModel):
    """All point accounts of the customer."""

    accounts: list[Account]


class AskedEntries(Asked):
    """`group` is the first one by default; `cursor` comes from the page before."""

    group: str | None = Field(default=None, max_length=30)
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
    expires_at: datetime | None


class Entries(BaseModel):
    """A stretch of the ledger."""

    list: list[Entry]
    next_cursor: str | None
    has_more: bool


@door.get("/api/me/points")
@signed_in
@door.doc(summary="我的积分", security="session")
@door.output(Accounts)
def show(caller: Caller) -> Response:
    return answered(Accounts(accounts=[_account(row) for row in _accounts(caller)]))


@door.get("/api/me/points/entries")
@signed_in
@door.doc(summary="积分明细", security="session", responses={404: "没有该积分组"})
@door.input(AskedEntries, location="query")
@door.output(Entries)
def entries(caller: Caller, query_data: AskedEntries) -> Response:
    held = _chosen(caller, query_data.group)
    before_id = _opened(held, query_data.cursor) if query_data.cursor else None
    rows = points.entries(held, limit=query_data.limit + 1, before_id=before_id)
    shown, more = rows[: query_data.limit], len(rows) > query_data.limit
    cursor = _sealed(held, shown[-1].id) if more else None
    return answered(Entries(list=[_entry(row) for row in shown], next_cursor=cursor, has_more=more))


def _accounts(caller: Caller) -> list[PointAccount]:
    member = members.of_customer(caller.customer)
    return points.accounts(member) or [points.account(member)]


def _chosen(caller: Caller, group: str | None) -> PointAccount:
    held = _accounts(caller)
    found = held[0] if group is None else next((row for row in held if row.group.code == group), None)
    if found is None:
        raise not_found("该积分组")
    return found


def _account(row: PointAccount) -> Account:
    return Account(
        group=row.group.code,
        name=row.group.name,
        available=row.available,
        accumulated=row.accumulated,
        expired=row.expired,
    )


def _entry(row: PointEntry) -> Entry:
    return Entry(
        id=secrets.blind(str(row.id), purpose="point-entry")[:24],
        at=row.at,
        kind=row.kind,
        word=KINDS[row.kind].word,
        value=row.signed,
        reason=row.reason,
        expires_at=row.expires_at,
    )


# Row numbers count the whole company's business, so a cursor carries its own sealed.
def _sealed(held: PointAccount, entry_id: int) -> str:
    return secrets.encrypt(str(entry_id), context=f"cursor.{held.id}").translate(_TO_URL)


def _opened(held: PointAccount, cursor: str) -> int:
    try:
        return int(secrets.decrypt(cursor.translate(_FROM_URL), context=f"cursor.{held.id}"))
    except secrets.UnreadableSecret:
        raise invalid("cursor", "请从第一页重新翻起") from None


_TO_URL, _FROM_URL = str.maketrans("+/", "-_"), str.maketrans("-_", "+/")
