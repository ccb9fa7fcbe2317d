"""Purchases and returns entered by hand at the service desk (补录消费、退换货), and their list."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import AwareDatetime, StrictInt, StringConstraints

from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from console.member_lookup import get_member
from store.core.validation import IsoDate
from store.customers import member_scope
from store.points import points
from store.service_desk import purchases, returns
from store.service_desk.purchases import KINDS, DeskPurchase, PurchaseFilter
from store.service_desk.returns import DeskReturn
from web.schemas import OneLine, RequestModel

bp = APIBlueprint("console_desk_purchases", __name__, url_prefix="/console/api", enable_openapi=False)

Slip = Annotated[OneLine, StringConstraints(min_length=1, max_length=40)]
Kind = Literal["ordinary", "double", "birthday", "fixed"]


class PurchaseQuery(ListQuery):
    """Which purchases are listed. `search` is a slip number, or a member's card number, phone or whole name."""

    search: Search = ""
    kind: Kind | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


class PurchaseEntry(RequestModel):
    """A purchase of a slip. `bonus_points` are those of the kind `fixed`, `shop` is a code."""

    slip_number: Slip
    amount_fen: StrictInt
    paid_at: AwareDatetime
    kind: Kind = "ordinary"
    bonus_points: StrictInt | None = None
    shop: Search | None = None


class ReturnEntry(RequestModel):
    """A return of a slip against the refund slip of the finance department."""

    slip_number: Slip
    refund_slip_number: Slip
    refunded_fen: StrictInt


@bp.get("/desk-purchases")
@staff_required("desk_purchases.read")
@bp.input(PurchaseQuery, location="query")
def list_purchases(caller: StaffCaller, query_data: PurchaseQuery) -> Response:
    criteria = PurchaseFilter(
        **query_data.model_dump(exclude={"page", "page_size", "sort"}), shop_ids=caller.shop_ids
    )
    rows, total = purchases.list_page(criteria, query_data.to_page())
    back = returns.list_of_purchases([row.id for row in rows])
    names = shop_scope.read_names(row.shop_id for row in rows)
    return list_response((_to_row(row, back[row.id], names) for row in rows), total, query_data)


@bp.post("/service-desk/<card>/purchases")
@staff_required("service_desk.purchases")
@bp.input(PurchaseEntry)
def enter_purchase(card: str, caller: StaffCaller, json_data: PurchaseEntry) -> Response:
    member = get_member(caller, card)
    shop_id = shop_scope.find_shop_id(caller, json_data.shop) or member_scope.find_shop_id(member)

    def work() -> dict[str, Any]:
        values = json_data.model_dump(exclude={"shop"}) | {"bonus_points": json_data.bonus_points or 0}
        row = purchases.enter(member=member, values=values, shop_id=shop_id)
        return {"order_number": row.order_number, "rule_points": row.rule_points, "bonus_points": row.bonus_points,
                "available": points.balance(member)}  # fmt: skip

    return respond_once(caller, json_data, work, status=201)


@bp.post("/service-desk/<card>/returns")
@staff_required("service_desk.purchases")
@bp.input(ReturnEntry)
def enter_return(card: str, caller: StaffCaller, json_data: ReturnEntry) -> Response:
    member = get_member(caller, card)

    def work() -> dict[str, Any]:
        row = returns.enter(member=member, values=json_data.model_dump())
        return {"points": row.points, "available": points.balance(member)}

    return respond_once(caller, json_data, work, status=201)


def _to_row(row: DeskPurchase, back: list[DeskReturn], names: dict[int | None, str]) -> dict[str, Any]:
    return {
        "slip_number": row.slip_number, "order_number": row.order_number, "card_number": row.member.card_number,
        "shop": names.get(row.shop_id), "amount_fen": row.amount_fen, "kind": row.kind, "kind_label": KINDS[row.kind],
        "rule_points": row.rule_points, "bonus_points": row.bonus_points, "paid_at": row.paid_at.isoformat(),
        "returned_fen": sum(one.refunded_fen for one in back), "returned_points": sum(one.points for one in back),
        "refund_slips": "、".join(one.refund_slip_number for one in back), "operator": row.operator,
        "entered_at": row.entered_at.isoformat(),
    }  # fmt: skip
