"""Tabs of the member's page: orders, coupons, gifts and stored value, each by the right of its own list."""

from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response

from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, list_response
from console.member_lookup import get_member
from console.shop_scope import read_names
from store.coupons import display, gift_records, wallet
from store.coupons import gifts as coupon_gifts
from store.coupons.coupons import Coupon
from store.coupons.gift_records import GiftRecord
from store.customers.members import Member
from store.orders import search as order_search
from store.orders.search import OrderFilter
from store.orders.tables import Order
from store.stored_value import statements
from store.stored_value.statements import StatementLine

bp = APIBlueprint("console_member_assets", __name__, url_prefix="/console/api/members", enable_openapi=False)


class CouponQuery(ListQuery):
    """Which coupons are listed, all without a state."""

    state: Literal["available", "gifting", "used", "expired"] | None = None


@bp.get("/<card>/orders")
@staff_required("orders.read")
@bp.input(ListQuery, location="query")
def list_orders(card: str, caller: StaffCaller, query_data: ListQuery) -> Response:
    """Return the sales of a member in the shops that the account sees, the newest first."""
    wanted = OrderFilter(member=get_member(caller, card), shop_ids=caller.shop_ids)
    rows, total = order_search.list_page(wanted, page=query_data.page, page_size=query_data.page_size)
    names = read_names(row.shop_id for row in rows)
    return list_response([_to_order(row, names) for row in rows], total, query_data)


@bp.get("/<card>/coupons")
@staff_required("coupons.read")
@bp.input(CouponQuery, location="query")
def list_coupons(card: str, caller: StaffCaller, query_data: CouponQuery) -> Response:
    member = get_member(caller, card)
    rows, total = wallet.list_page(
        member, tab=query_data.state, page=query_data.page, page_size=query_data.page_size
    )
    return list_response(map(_to_coupon, rows), total, query_data)


@bp.get("/<card>/coupon-gifts")
@staff_required("coupon_gifts.read")
@bp.input(ListQuery, location="query")
def list_gifts(card: str, caller: StaffCaller, query_data: ListQuery) -> Response:
    member = get_member(caller, card)
    rows, total = gift_records.list_for_member(member, query_data.to_page())
    return list_response([_to_gift(row, member) for row in rows], total, query_data)


@bp.get("/<card>/stored-value")
@staff_required("stored_value.read")
@bp.input(ListQuery, location="query")
def list_stored_value(card: str, caller: StaffCaller, query_data: ListQuery) -> Response:
    rows, total = statements.list_page(get_member(caller, card), query_data.to_page())
    names = read_names(row.shop_id for row in rows)
    return list_response([_to_entry(row, names) for row in rows], total, query_data)


def _to_order(row: Order, names: dict[int | None, str]) -> dict[str, Any]:
    return {
        "number": row.number, "kind": row.kind, "state": row.state, "shop": names.get(row.shop_id),
        "list_fen": row.list_fen, "discount_fen": row.discount_fen, "total_fen": row.total_fen,
        "spend_fen": row.spend_fen, "placed_at": row.placed_at.isoformat(),
        "paid_at": row.paid_at and row.paid_at.isoformat(),
    }  # fmt: skip


def _to_coupon(row: Coupon) -> dict[str, Any]:
    terms, use = row.rule.terms, row.redemption
    state = wallet.display_state(row)
    return {
        "code": row.code, "name": terms.name, "benefit": display.describe(terms).headline,
        "kind": display.KIND_LABELS[terms.benefit.kind], "state": state, "label": wallet.LABELS[state],
        "received_at": row.received_at.isoformat(), "starts_at": row.starts_at.isoformat(),
        "ends_at": row.ends_at.isoformat(), "order_number": use and use.order_number,
        "used_at": use and use.used_at and use.used_at.isoformat(),
    }  # fmt: skip


def _to_gift(row: GiftRecord, member: Member) -> dict[str, Any]:
    given = row.giver.card_number == member.card_number
    other = row.receiver if given else row.giver
    return {
        "id": str(row.number), "direction": "given" if given else "received", "coupon_code": row.coupon_code,
        "other": other and f"{other.card_number} {other.name}".strip(), "offered_at": row.offered_at.isoformat(),
        "accepted_at": row.accepted_at and row.accepted_at.isoformat(), "state": row.state,
        "label": coupon_gifts.LABELS[row.state],
    }  # fmt: skip


def _to_entry(row: StatementLine, names: dict[int | None, str]) -> dict[str, Any]:
    return {
        "id": str(row.id), "booked_at": row.booked_at.isoformat(), "label": row.label,
        "principal_fen": row.principal_fen, "bonus_fen": row.bonus_fen, "balance_fen": row.balance_fen,
        "order_number": row.order_number, "shop": names.get(row.shop_id), "reason": row.reason,
    }  # fmt: skip
