"""Returns of an order by staff (退款): what would go back, and the return itself with a reason.

Money of WeChat and Alipay goes back the way it came. Cash is paid by a person, so the answer says how much.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field, StringConstraints

from console.auth import StaffCaller, staff_required
from console.lists import operation_number, respond_once
from console.orders import get_seen
from store.core import errors
from store.core.errors import invalid
from store.orders import money_back, returns, staff_returns
from store.orders.requests import ReturnLine, ReturnRequest
from store.orders.returns import ReturnPrice
from store.orders.tables import Order
from store.payments import attempts, kinds
from store.tills import terminals
from web.responses import json_response
from web.schemas import OneLine, RequestModel

bp = APIBlueprint("console_order_returns", __name__, url_prefix="/console/api/orders", enable_openapi=False)

Text = Annotated[OneLine, StringConstraints(max_length=80)]


class ReturnedLineInput(RequestModel):
    """A line that comes back by units, or a part of its amount."""

    line: Annotated[str, StringConstraints(min_length=1, max_length=20)]
    units: int | None = Field(default=None, ge=1, le=1_000_000)
    amount_fen: int | None = Field(default=None, ge=1, le=10_000_000_000)


class ReturnInput(RequestModel):
    """What comes back. `terminal` is the code of the till whose drawer the cash is taken from."""

    lines: Annotated[list[ReturnedLineInput], Field(min_length=1, max_length=500)]
    money_by: Literal["original", "cash"] = "original"
    fee_fen: int = Field(default=0, ge=0, le=10_000_000_000)
    card_reference: Text = ""
    terminal: Text = ""


class ReturnOrder(ReturnInput):
    """A return with its reason and what the person was shown."""

    reason: Text
    expected_fen: int = Field(ge=0)


@bp.post("/<number>/return-previews")
@staff_required("orders.refund")
@bp.input(ReturnInput)
def preview_return(number: str, caller: StaffCaller, json_data: ReturnInput) -> Response:
    """Return what would go back now. Nothing is changed."""
    order = _get_sale(caller, number)
    price = returns.preview(_to_request(order, json_data, number="preview"))
    return json_response(to_preview(price, json_data))


@bp.post("/<number>/returns")
@staff_required("orders.refund")
@bp.input(ReturnOrder)
def give_back(number: str, caller: StaffCaller, json_data: ReturnOrder) -> Response:
    order = _get_sale(caller, number)
    request = _to_request(
        order, json_data, number=operation_number(caller, prefix="B"), reason=json_data.reason
    )

    def work() -> dict[str, Any]:
        done = staff_returns.give_back(request=request, expected_fen=json_data.expected_fen)
        return _to_amounts(done.money_by_attempt, json_data) | {
            "number": done.order.number, "refund_fen": done.refund_fen, "stored_value_fen": done.stored_value_fen,
            "points_fen": done.points_fen,
        }  # fmt: skip

    return respond_once(caller, json_data, work, status=201)


def to_preview(price: ReturnPrice, asked: ReturnInput) -> dict[str, Any]:
    """Return what would go back: money by payment, stored value, points, and what is kept."""
    return _to_amounts(price.money_by_attempt, asked) | {
        "refund_fen": price.refund_fen, "stored_value_fen": price.stored_value_fen,
        "points_fen": price.points_fen, "points_taken_back": price.points_taken_back,
        "coupons_back": list(price.coupons_back),
        "deductions": [{"sentence": one.sentence, "fen": one.fen} for one in price.deductions],
    }  # fmt: skip


def _get_sale(caller: StaffCaller, number: str) -> Order:
    order = get_seen(caller, number)
    if order.is_return:
        raise errors.DomainError("order_is_return", "退货单不能再退款", 409)
    return order


def _to_request(order: Order, asked: ReturnInput, *, number: str, reason: str = "") -> ReturnRequest:
    lines = tuple(
        ReturnLine(line=one.line, units=one.units, amount_fen=one.amount_fen) for one in asked.lines
    )
    return ReturnRequest(
        number=number, order_number=order.number, lines=lines, fee_fen=asked.fee_fen, reason=reason,
        money_by=asked.money_by, card_reference=asked.card_reference,
        terminal_id=_find_terminal_id(order, asked.terminal),
    )  # fmt: skip


def _find_terminal_id(order: Order, code: str) -> int | None:
    if not code:
        return None
    terminal = terminals.get_by_code(code)
    if terminal.shop_id != order.shop_id:
        raise invalid("terminal", "请选择该订单门店的收银台")
    return int(terminal.id)


def _to_amounts(by_attempt: Mapping[str, int], asked: ReturnInput) -> dict[str, Any]:
    """Return by payment how its money goes back, and how much of it is paid in cash."""
    parts = []
    for number, fen in by_attempt.items():
        attempt = attempts.get(number)
        way = money_back.choose_method(
            attempt, by_cash=asked.money_by == "cash", card_reference=asked.card_reference
        )
        parts.append({"payment": number, "name": kinds.get(attempt.kind).name, "fen": fen, "way": way})
    return {"money": parts, "cash_fen": sum(int(one["fen"]) for one in parts if one["way"] == "cash")}
