"""Merges of two customers (合并客户): preview, merge, the merges of a member, and their undo."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from console.auth import StaffCaller, staff_required
from console.lists import Search, respond_once
from console.member_lookup import Line, Reason, get_member
from store.core import errors
from store.coupons import wallet
from store.customers import member_scope, members, person_search, profiles
from store.customers.customers import Customer
from store.customers.members import Member
from store.customers.merging import merges, undo
from store.customers.merging.journal import Merge
from store.membership import portraits
from store.points import points
from store.stored_value import accounts as stored_value_accounts
from store.tiers import tiers
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("console_merges", __name__, url_prefix="/console/api/members", enable_openapi=False)


class PreviewQuery(RequestModel):
    """`other` is the card number or phone of the account that would become part of this one."""

    other: Search


class MergeRequest(RequestModel):
    """`other` is the card number of the account that becomes part of this one, `proof` why both are one person."""

    other: Search
    proof: Line


@bp.get("/<card>/merge-preview")
@staff_required("members.merge")
@bp.input(PreviewQuery, location="query")
def preview_merge(card: str, caller: StaffCaller, query_data: PreviewQuery) -> Response:
    """Return both accounts side by side, as they are before the merge."""
    kept = get_member(caller, card)
    lost = _get_other(caller, kept, query_data.other)
    return json_response({"kept": _to_side(kept), "lost": _to_side(lost)})


@bp.post("/<card>/merges")
@staff_required("members.merge")
@bp.input(MergeRequest)
def merge(card: str, caller: StaffCaller, json_data: MergeRequest) -> Response:
    kept = get_member(caller, card)

    def work() -> dict[str, Any]:
        lost = _get_other(caller, kept, json_data.other)
        merges.merge_manually(survivor=kept.customer, duplicate=lost.customer, proof=json_data.proof)
        return _to_row(merges.list_for_customer(Customer.get_by_id(kept.customer_id))[0])

    return respond_once(caller, json_data, work, status=201)


@bp.get("/<card>/merges")
@staff_required("members.read")
def list_merges(card: str, caller: StaffCaller) -> Response:
    found = merges.list_for_customer(get_member(caller, card).customer)
    return json_response({"list": [_to_row(row) for row in found]})


@bp.get("/<card>/merges/<int:number>/undo")
@staff_required("members.merge")
def preview_undo(card: str, number: int, caller: StaffCaller) -> Response:
    """Return how many rows would go back, or what prevents it."""
    plan = undo.plan(_get_merge(caller, card, number))
    return json_response({
        "restored": sum(plan.restored_counts.values()), "blockers": [blocker.message for blocker in plan.blockers],
    })  # fmt: skip


@bp.post("/<card>/merges/<int:number>/undo")
@staff_required("members.merge")
@bp.input(Reason)
def undo_merge(card: str, number: int, caller: StaffCaller, json_data: Reason) -> Response:
    found = _get_merge(caller, card, number)
    return respond_once(
        caller, json_data, lambda: _to_row(undo.unmerge(merge=found, reason=json_data.reason))
    )


def _get_other(caller: StaffCaller, kept: Member, text: str) -> Member:
    """Return the other person's account in the same programme. Raises DomainError(not_found, invalid)."""
    customer = person_search.find_customer(text)
    own = members.list_for_customer(customer) if customer else []
    found = next((row for row in own if row.programme_id == kept.programme_id), own[0] if own else None)
    if found is None:
        raise errors.not_found("该会员")
    caller.ensure_shop(member_scope.find_shop_id(found), subject="该会员")
    if found.customer_id == kept.customer_id:
        raise errors.invalid("other", "这是同一个客户")
    return found


def _get_merge(caller: StaffCaller, card: str, number: int) -> Merge:
    """Return a merge of the member's customer. Raises DomainError(not_found)."""
    mine = merges.list_for_customer(get_member(caller, card).customer)
    found = next((row for row in mine if row.id == number), None)
    if found is None:
        raise errors.not_found("该合并记录")
    return found


def _to_side(member: Member) -> dict[str, Any]:
    customer, tier = member.customer, tiers.find_active(member)
    numbers, value = portraits.read(member), stored_value_accounts.find_by_member(member)
    return {
        "card_number": member.card_number, "name": profiles.display_name(customer),
        "phone": profiles.to_masked(customer)["phone"], "status": member.status, "tier": tier and tier.tier.name,
        "joined_at": member.joined_at and member.joined_at.isoformat(), "spent_fen": numbers.spent_fen,
        "orders": numbers.orders, "coupons": wallet.count_by_tab(member)["available"],
        "points": [{"name": row.group.name, "available": row.available} for row in points.list_accounts(member)],
        "stored_value_fen": value.available_fen if value else 0,
    }  # fmt: skip


def _to_row(row: Merge) -> dict[str, Any]:
    cards = [member.card_number for member in members.list_ever_of(row.duplicate)]
    return {
        "id": str(row.id), "merged_at": row.merged_at.isoformat(), "duplicate": "、".join(cards), "proof": row.proof,
        "moved": sum(row.moved_counts.values()), "undone_at": row.undone_at and row.undone_at.isoformat(),
        "undone_by": row.undone_by, "undo_reason": row.undo_reason,
    }  # fmt: skip
