"""Top-ups of stored value (充值记录): the list, and refunds of their principal."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field, StringConstraints

from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, operation_number, respond_once
from store.core.errors import not_found
from store.core.validation import IsoDate
from store.payments import kinds
from store.stored_value import top_up_list, top_up_refunds, top_ups
from store.stored_value.top_up_list import TopUpCriteria
from store.stored_value.top_ups import TopUp
from web.schemas import OneLine, RequestModel

bp = APIBlueprint("console_top_ups", __name__, url_prefix="/console/api/top-ups", enable_openapi=False)


class TopUpQuery(ListQuery):
    """Which top-ups are listed. `search` is a number, or a whole card number or phone."""

    search: Search = ""
    state: Literal["requested", "paid", "closed"] | None = None
    kind: Search | None = None
    shop: Search | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


class TopUpRefundInput(RequestModel):
    """How much principal of a top-up goes back."""

    amount_fen: int = Field(ge=1, le=10_000_000_000)
    reason: Annotated[OneLine, StringConstraints(max_length=60)]


@bp.get("")
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


@bp.post("/<number>/refunds")
@staff_required("top_ups.refund")
@bp.input(TopUpRefundInput)
def refund_top_up(number: str, caller: StaffCaller, json_data: TopUpRefundInput) -> Response:
    """Refund principal with its share of the bonus, the way the money came. Cash is paid by a person."""
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


def _to_top_up(row: TopUp, names: dict[int | None, str]) -> dict[str, Any]:
    return {
        "number": row.number, "card_number": row.member.card_number, "state": row.state,
        "kind": kinds.get(row.kind).name if row.kind else None, "payment": row.attempt_number,
        "principal_fen": row.principal_fen, "bonus_fen": row.bonus_fen, "refunded_fen": row.refunded_fen,
        "shop": names.get(row.shop_id), "operator": row.operator, "requested_at": row.requested_at.isoformat(),
        "paid_at": row.paid_at.isoformat() if row.paid_at else None,
    }  # fmt: skip
