"""Stored value (储值): accounts with their entries, freezing, top-ups and their refunds."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field, StringConstraints

from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, operation_number, respond_once
from store.core.errors import not_found
from store.core.validation import IsoDate
from store.customers import member_scope, members
from store.customers.members import Member
from store.payments import kinds
from store.stored_value import account_list, accounts, entry_list, payment_records, top_up_list
from store.stored_value import top_up_refunds, top_ups
from store.stored_value.account_list import AccountCriteria
from store.stored_value.entry_list import EntryCriteria
from store.stored_value.ledger import ENTRY_KINDS, StoredValueAccount, StoredValueEntry
from store.stored_value.top_up_list import TopUpCriteria
from store.stored_value.top_ups import TopUp
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("console_stored_value", __name__, url_prefix="/console/api", enable_openapi=False)

Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
]


class AccountQuery(ListQuery):
    """Which accounts are listed. `search` is a whole card number or phone, `shop` the code of the member's shop."""

    search: Search = ""
    state: Literal["active", "frozen"] | None = None
    shop: Search | None = None


class EntryQuery(ListQuery):
    """Which entries are listed. `search` is a whole card number or phone, or the number of an order."""

    search: Search = ""
    kind: Search | None = None
    shop: Search | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


class TopUpQuery(EntryQuery):
    """Which top-ups are listed. `search` is a number, or a whole card number or phone."""

    state: Literal["requested", "paid", "closed"] | None = None


class ReasonInput(RequestModel):
    """Why an account is frozen or unfrozen."""

    reason: Reason


class TopUpRefundInput(RequestModel):
    """How much principal of a top-up goes back."""

    amount_fen: int = Field(ge=1, le=10_000_000_000)
    reason: Annotated[Reason, StringConstraints(max_length=60)]


@bp.get("/stored-value")
@staff_required("stored_value.read")
@bp.input(AccountQuery, location="query")
def list_accounts(caller: StaffCaller, query_data: AccountQuery) -> Response:
    criteria = AccountCriteria(
        search=query_data.search, state=query_data.state, shop_ids=caller.shop_ids,
        shop_id=shop_scope.find_shop_id(caller, query_data.shop),
    )  # fmt: skip
    rows, total = account_list.list_page(criteria, query_data.to_page())
    names = shop_scope.read_names(member_scope.find_shop_id(row.member) for row in rows)
    return list_response((_to_account(row, names) for row in rows), total, query_data)


@bp.get("/stored-value/<card>")
@staff_required("stored_value.read")
def get_account(card: str, caller: StaffCaller) -> Response:
    member, account = _get_seen(caller, card)
    spent = payment_records.spent_today(member)
    return json_response(_to_own_account(account) | {"spent_today_fen": spent})


@bp.post("/stored-value/<card>/freezes")
@staff_required("stored_value.edit")
@bp.input(ReasonInput)
def freeze(card: str, caller: StaffCaller, json_data: ReasonInput) -> Response:
    member, _ = _get_seen(caller, card)
    return respond_once(
        caller, json_data, lambda: _to_own_account(accounts.freeze(member=member, reason=json_data.reason))
    )


@bp.delete("/stored-value/<card>/freezes")
@staff_required("stored_value.edit")
@bp.input(ReasonInput)
def unfreeze(card: str, caller: StaffCaller, json_data: ReasonInput) -> Response:
    member, _ = _get_seen(caller, card)
    return respond_once(
        caller, json_data, lambda: _to_own_account(accounts.unfreeze(member=member, reason=json_data.reason))
    )


@bp.get("/stored-value-entries")
@staff_required("stored_value.read")
@bp.input(EntryQuery, location="query")
def list_entries(caller: StaffCaller, query_data: EntryQuery) -> Response:
    asked = query_data.model_dump(exclude={"page", "page_size", "sort", "shop"})
    criteria = EntryCriteria(
        **asked, shop_id=shop_scope.find_shop_id(caller, query_data.shop), shop_ids=caller.shop_ids
    )
    rows, total = entry_list.list_page(criteria, query_data.to_page())
    names = shop_scope.read_names(row.shop_id for row in rows)
    return list_response((_to_entry(row, names) for row in rows), total, query_data)


@bp.get("/top-ups")
@staff_required("top_ups.read")
@bp.input(TopUpQuery, location="query")
def list_top_ups(caller: StaffCaller, query_data: TopUpQuery) -> Response:
    asked = query_data.model_dump(exclude={"page", "page_size", "sort", "shop"})
    criteria = TopUpCriteria(
        **asked, shop_id=shop_scope.find_shop_id(caller, query_data.shop), shop_ids=caller.shop_ids
    )
    rows, total = top_up_list.list_page(criteria, query_data.to_page())
    names = shop_scope.read_names(row.shop_id for row in rows)
    return list_response((_to_top_up(row, names) for row in rows), total, query_data)


@bp.post("/top-ups/<number>/refunds")
@staff_required("top_ups.refund")
@bp.input(TopUpRefundInput)
def refund_top_up(number: str, caller: StaffCaller, json_data: TopUpRefundInput) -> Response:
    """Refund principal with its share of the bonus, the way the money came. Cash is handed over by a person."""
    top_up = top_ups.get_by_number(number)
    if not top_up_list.is_within(top_up, caller.shop_ids):
        raise not_found("该充值单")
    key = operation_number(caller, prefix="console-")

    def work() -> dict[str, Any]:
        row = top_up_refunds.request(number=number, key=key, **json_data.model_dump())
        cash_fen = row.paid_fen if top_up.kind == "cash" else 0
        return {
            "number": row.number, "state": row.state, "paid_fen": row.paid_fen, "bonus_fen": row.bonus_fen,
            "cash_fen": cash_fen,
        }  # fmt: skip

    return respond_once(caller, json_data, work, status=201)


def _get_seen(caller: StaffCaller, card: str) -> tuple[Member, StoredValueAccount]:
    """Return a member of a shop that the account sees, with the account. Raises DomainError(not_found)."""
    member = members.get_by_card(card)
    caller.ensure_shop(member_scope.find_shop_id(member), subject="该储值账户")
    account = accounts.find_by_member(member)
    if account is None:
        raise not_found("该储值账户")
    return member, account


def _to_own_account(account: StoredValueAccount) -> dict[str, Any]:
    member = Member.get_by_id(account.member_id)
    return _to_account(account, shop_scope.read_names([member_scope.find_shop_id(member)]))


def _to_account(account: StoredValueAccount, names: dict[int | None, str]) -> dict[str, Any]:
    return {
        "card_number": account.member.card_number, "shop": names.get(member_scope.find_shop_id(account.member)),
        "principal_fen": account.principal_fen, "bonus_fen": account.bonus_fen, "held_fen": account.held_fen,
        "available_fen": account.available_fen, "limit_fen": account.limit_fen,
        "state": "frozen" if account.frozen_at else "active", "frozen_reason": account.frozen_reason,
        "opened_at": account.opened_at.isoformat(),
        "frozen_at": account.frozen_at.isoformat() if account.frozen_at else None,
    }  # fmt: skip


def _to_entry(row: StoredValueEntry, names: dict[int | None, str]) -> dict[str, Any]:
    return {
        "id": str(row.id), "booked_at": row.booked_at.isoformat(), "card_number": row.account.member.card_number,
        "kind": row.kind, "label": ENTRY_KINDS[row.kind], "principal_fen": row.principal_fen,
        "bonus_fen": row.bonus_fen, "held_fen": row.held_fen, "order_number": row.order_number,
        "shop": names.get(row.shop_id), "operator": row.operator, "reason": row.reason,
    }  # fmt: skip


def _to_top_up(row: TopUp, names: dict[int | None, str]) -> dict[str, Any]:
    return {
        "number": row.number, "card_number": row.member.card_number, "state": row.state,
        "kind": kinds.get(row.kind).name if row.kind else None, "payment": row.attempt_number,
        "principal_fen": row.principal_fen, "bonus_fen": row.bonus_fen, "refunded_fen": row.refunded_fen,
        "shop": names.get(row.shop_id), "operator": row.operator, "requested_at": row.requested_at.isoformat(),
        "paid_at": row.paid_at.isoformat() if row.paid_at else None,
    }  # fmt: skip
