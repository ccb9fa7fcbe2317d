"""Stored value (储值): the accounts of members, their entries, and freezing."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import StringConstraints

from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from store.core.errors import not_found
from store.core.validation import IsoDate
from store.customers import member_scope, members
from store.customers.members import Member
from store.stored_value import account_list, accounts, entry_list, payment_records
from store.stored_value.account_list import AccountCriteria
from store.stored_value.entry_list import EntryCriteria
from store.stored_value.ledger import ENTRY_KINDS, StoredValueAccount, StoredValueEntry
from web.responses import json_response
from web.schemas import OneLine, RequestModel

bp = APIBlueprint("console_stored_value", __name__, url_prefix="/console/api", enable_openapi=False)

Reason = Annotated[OneLine, StringConstraints(max_length=200)]


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


class ReasonInput(RequestModel):
    """Why an account is frozen or unfrozen."""

    reason: Reason


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
@staff_required("stored_value_entries.read")
@bp.input(EntryQuery, location="query")
def list_entries(caller: StaffCaller, query_data: EntryQuery) -> Response:
    asked = query_data.model_dump(exclude={"page", "page_size", "sort", "shop"})
    criteria = EntryCriteria(
        **asked, shop_id=shop_scope.find_shop_id(caller, query_data.shop), shop_ids=caller.shop_ids
    )
    rows, total = entry_list.list_page(criteria, query_data.to_page())
    names = shop_scope.read_names(row.shop_id for row in rows)
    return list_response((_to_entry(row, names) for row in rows), total, query_data)


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
