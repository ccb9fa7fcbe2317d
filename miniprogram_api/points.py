"""Points: the accounts of the signed-in customer, what of them ends soon, and the entries of each."""

from datetime import date, datetime

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from store.core import encryption
from store.core.errors import not_found
from store.customers import members
from store.points import expiring_soon as point_expiring_soon
from store.points import lot_allocations as point_lot_allocations
from store.points import payments as point_payments
from store.points import points
from store.points.ledger import ENTRY_KINDS, PointAccount, PointEntry
from store.points.lot_allocations import AllocationLine
from web import cursors
from web.auth import Caller, login_required
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("points", __name__, tag="积分")


class ExpiringSummary(BaseModel):
    """How many points end within so many days, and which day is the first one's last."""

    points: int
    days: int
    first_day: date | None


class PointAccountSummary(BaseModel):
    """One point account."""

    group: str
    name: str
    available: int
    accumulated: int
    expired: int
    debt: int = Field(description="退货后尚欠的积分，新得的积分先抵扣")
    held: int = Field(description="未付款订单占用的积分")
    expiring: ExpiringSummary


class PointAccountsResponse(BaseModel):
    """All point accounts of the customer."""

    accounts: list[PointAccountSummary]


class GroupQuery(RequestModel):
    """`group` is the first one by default."""

    group: str | None = Field(default=None, max_length=30)


class ExpiringQuery(GroupQuery):
    """How far ahead to look."""

    days: int = Field(default=point_expiring_soon.DEFAULT_DAYS, ge=0, le=366)


class ExpiringPoints(BaseModel):
    """What can be used on a day for the last time."""

    last_day: date
    points: int


class ExpiringPointsResponse(BaseModel):
    """What ends soon, day by day."""

    group: str
    name: str
    points: int
    list: list[ExpiringPoints]


class EntriesQuery(GroupQuery):
    """`cursor` comes from the page before."""

    cursor: str | None = Field(default=None, max_length=200)
    limit: int = Field(default=20, ge=1, le=100)


class Entry(BaseModel):
    """One line of the ledger; `value` is negative where points went out."""

    id: str
    occurred_at: datetime
    kind: str
    label: str
    value: int
    reason: str
    order_number: str | None
    expires_at: datetime | None


class EntriesResponse(BaseModel):
    """A stretch of the ledger."""

    list: list[Entry]
    next_cursor: str | None
    has_more: bool


class Allocation(BaseModel):
    """Points that moved between this entry and another one: negative where they left the lot."""

    value: int
    entry: Entry


class EntryResponse(Entry):
    """An entry, where its points came from and where they went."""

    group: str
    remaining: int | None = Field(description="该批积分的剩余，不带来积分的记录为 null")
    source_lines: list[Allocation] = Field(description="取自哪几批积分，或退回到哪几批")
    lot_lines: list[Allocation] = Field(description="该批积分用到了哪里")


@bp.get("/api/me/points")
@login_required
@bp.doc(summary="我的积分", security="session")
@bp.output(PointAccountsResponse)
def list_accounts(caller: Caller) -> Response:
    held = point_payments.held_points(members.get_or_create(caller.customer))
    rows = _accounts_or_empty(caller)
    return json_response(
        PointAccountsResponse(
            accounts=[_to_account_summary(row, 0 if number else held) for number, row in enumerate(rows)]
        )
    )


@bp.get("/api/me/points/expiring")
@login_required
@bp.doc(summary="即将过期的积分", security="session", responses={404: "没有该积分组"})
@bp.input(ExpiringQuery, location="query")
@bp.output(ExpiringPointsResponse)
def list_expiring(caller: Caller, query_data: ExpiringQuery) -> Response:
    held = _get_account(caller, query_data.group)
    found = point_expiring_soon.list_expiring(held, days=query_data.days)
    return json_response(
        ExpiringPointsResponse(
            group=held.group.code,
            name=held.group.name,
            points=sum(row.points for row in found),
            list=[ExpiringPoints(last_day=row.last_day, points=row.points) for row in found],
        )
    )


@bp.get("/api/me/points/entries")
@login_required
@bp.doc(summary="积分明细", security="session", responses={404: "没有该积分组"})
@bp.input(EntriesQuery, location="query")
@bp.output(EntriesResponse)
def list_entries(caller: Caller, query_data: EntriesQuery) -> Response:
    held = _get_account(caller, query_data.group)
    before_id = cursors.decode(str(held.id), query_data.cursor) if query_data.cursor else None
    rows = points.list_entries(held, limit=query_data.limit + 1, before_id=before_id)
    shown, more = rows[: query_data.limit], len(rows) > query_data.limit
    cursor = cursors.encode(str(held.id), shown[-1].id) if more else None
    return json_response(
        EntriesResponse(list=[_to_entry(row) for row in shown], next_cursor=cursor, has_more=more)
    )


@bp.get("/api/me/points/entries/<entry_id>")
@login_required
@bp.doc(summary="积分记录详情", security="session", responses={404: "没有该积分记录"})
@bp.output(EntryResponse)
def get_entry(caller: Caller, entry_id: str) -> Response:
    member = members.get_or_create(caller.customer)
    row = points.get_entry(member, _row_id(entry_id))
    related = point_lot_allocations.get_for_entry(row)
    return json_response(
        EntryResponse(
            **_to_entry(row).model_dump(),
            group=row.account.group.code,
            remaining=related.lot.remaining if related.lot else None,
            source_lines=[_to_allocation(part) for part in related.source_lines],
            lot_lines=[_to_allocation(part) for part in related.lot_lines],
        )
    )


def _accounts_or_empty(caller: Caller) -> list[PointAccount]:
    member = members.get_or_create(caller.customer)
    return points.list_accounts(member) or [points.account_or_empty(member)]


def _get_account(caller: Caller, group: str | None) -> PointAccount:
    held = _accounts_or_empty(caller)
    found = held[0] if group is None else next((row for row in held if row.group.code == group), None)
    if found is None:
        raise not_found("该积分组")
    return found


def _to_account_summary(row: PointAccount, held_points: int) -> PointAccountSummary:
    ending = point_expiring_soon.list_expiring(row)
    return PointAccountSummary(
        group=row.group.code,
        name=row.group.name,
        available=row.available,
        accumulated=row.accumulated,
        expired=row.expired,
        debt=row.debt,
        held=held_points,
        expiring=ExpiringSummary(
            points=sum(one.points for one in ending),
            days=point_expiring_soon.DEFAULT_DAYS,
            first_day=ending[0].last_day if ending else None,
        ),
    )


def _to_entry(row: PointEntry) -> Entry:
    return Entry(
        id=_public_id(row.id),
        occurred_at=row.at,
        kind=row.kind,
        label=ENTRY_KINDS[row.kind].label,
        value=row.signed_value,
        reason=row.reason,
        order_number=row.order_number,
        expires_at=row.expires_at,
    )


def _to_allocation(allocation_line: AllocationLine) -> Allocation:
    return Allocation(value=allocation_line.value, entry=_to_entry(allocation_line.entry))


def _public_id(row_id: int) -> str:
    """Return the public id of an entry: its row id would reveal the volume of the tenant's business."""
    return encryption.encode_row_id(row_id, purpose="point-entry")


def _row_id(public_id: str) -> int:
    try:
        return encryption.decode_row_id(public_id, purpose="point-entry")
    except encryption.DecryptionError:
        raise not_found("该积分记录") from None
