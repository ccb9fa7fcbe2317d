"""Steps of orders of the shop by staff at the console: each is a move of `store/shop_orders/moves.py`."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field, StringConstraints

import payment_calls
from console import order_returns
from console.auth import StaffCaller, staff_required
from console.lists import operation_number, respond_once
from console.order_returns import ReturnedLineInput, ReturnInput
from console.shop_orders import NO_CODE_RIGHT, answer_after, get_seen
from store.approvals import Approval
from store.core import errors
from store.orders.requests import ReturnLine
from store.orders.tables import Order
from store.payments import attempts
from store.payments.attempts import LIVE, MAX_AMOUNT_FEN
from store.shop_orders import change_approvals, moves, refunds
from store.tenants import audit
from web.responses import json_response
from web.schemas import OneLine, RequestModel

bp = APIBlueprint(
    "console_shop_order_steps", __name__, url_prefix="/console/api/shop-orders", enable_openapi=False
)

Text = Annotated[OneLine, StringConstraints(min_length=1, max_length=60)]


class Reason(RequestModel):
    """Why; the customer reads it."""

    reason: Text


class Shipment(RequestModel):
    """A parcel. Both stay empty where the shop delivers itself."""

    company: Annotated[OneLine, StringConstraints(max_length=60)] = ""
    tracking_number: Annotated[OneLine, StringConstraints(max_length=40)] = ""


class Handover(RequestModel):
    """The customer's pickup code, and what was received in cash of an order that is paid on delivery.

    Without a code only accounts with the right may complete an order that is fetched.
    """

    pickup_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] | None = None
    received_fen: int | None = Field(default=None, ge=1, le=MAX_AMOUNT_FEN)


class LineUnits(RequestModel):
    """Units of a line that come back."""

    line: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,20}$")]
    units: int = Field(ge=1, le=10_000)


class RefundedLines(RequestModel):
    """Lines that are refunded before the goods leave."""

    lines: list[LineUnits] = Field(min_length=1, max_length=200)


class RefundInput(RefundedLines):
    """The refund with its reason and what the person was shown."""

    reason: Text
    expected_fen: int | None = Field(default=None, ge=0)


class LowerPrice(RequestModel):
    """What is taken off the order, and why."""

    amount_fen: int = Field(ge=1, le=MAX_AMOUNT_FEN)
    reason: Text


class OtherQuantities(RequestModel):
    """The new units by line of an order that waits for its payment or is paid on delivery, and why."""

    quantities: dict[
        Annotated[str, StringConstraints(pattern=r"^[0-9]{1,3}(-[0-9]{1,3})?$")],
        Annotated[int, Field(strict=True, ge=1, le=10_000)],
    ] = Field(min_length=1, max_length=200)
    reason: Text


@bp.post("/<number>/acceptance")
@staff_required("shop_orders.edit")
def accept(number: str, caller: StaffCaller) -> Response:
    return _step(caller, number, None, "shop_orders.accept", moves.accept)


@bp.post("/<number>/rejection")
@staff_required("shop_orders.edit")
@bp.input(Reason)
def reject(number: str, caller: StaffCaller, json_data: Reason) -> Response:
    return _step(
        caller, number, json_data, "shop_orders.reject", partial(moves.reject, reason=json_data.reason)
    )


@bp.post("/<number>/ready")
@staff_required("shop_orders.edit")
def mark_ready(number: str, caller: StaffCaller) -> Response:
    return _step(caller, number, None, "shop_orders.mark_ready", moves.mark_ready)


@bp.post("/<number>/shipments")
@staff_required("shop_orders.edit")
@bp.input(Shipment)
def ship(number: str, caller: StaffCaller, json_data: Shipment) -> Response:
    return _step(caller, number, json_data, "shop_orders.ship", partial(moves.ship, **json_data.model_dump()))


@bp.post("/<number>/handover")
@staff_required("shop_orders.edit")
@bp.input(Handover)
def hand_over(number: str, caller: StaffCaller, json_data: Handover) -> Response:
    if json_data.pickup_code is not None:
        moves.check_code_attempts(f"staff-{caller.account.id}")
    elif get_seen(caller, number).kind != "delivery":
        caller.ensure(NO_CODE_RIGHT)
    move = partial(moves.hand_over, received_fen=json_data.received_fen, pickup_code=json_data.pickup_code)
    return _step(caller, number, json_data, "shop_orders.hand_over", move)


@bp.post("/<number>/cancellation")
@staff_required("shop_orders.refund")
@bp.input(Reason)
def cancel(number: str, caller: StaffCaller, json_data: Reason) -> Response:
    """Cancel an order. What pends on a platform is closed there before."""
    order = get_seen(caller, number)
    for attempt in attempts.list_for("order", order.number):
        if attempt.state in LIVE:
            payment_calls.cancel(attempt)
    move = partial(change_approvals.cancel_or_submit, reason=json_data.reason)
    return _step(caller, number, json_data, "shop_orders.cancel", move)


@bp.post("/<number>/refund-previews")
@staff_required("shop_orders.refund")
@bp.input(RefundedLines)
def preview_refund(number: str, caller: StaffCaller, json_data: RefundedLines) -> Response:
    """Return what would go back now. Nothing is changed."""
    price = refunds.preview_lines(get_seen(caller, number), _to_lines(json_data))
    asked = ReturnInput(lines=[ReturnedLineInput(line=one.line, units=one.units) for one in json_data.lines])
    return json_response(order_returns.to_preview(price, asked))


@bp.post("/<number>/refunds")
@staff_required("shop_orders.refund")
@bp.input(RefundInput)
def refund(number: str, caller: StaffCaller, json_data: RefundInput) -> Response:
    move = partial(
        change_approvals.refund_or_submit, return_number=operation_number(caller, prefix="SR"),
        lines=_to_lines(json_data), reason=json_data.reason, expected_fen=json_data.expected_fen,
    )  # fmt: skip
    return _step(caller, number, json_data, "shop_orders.refund", move)


@bp.post("/<number>/price-reductions")
@staff_required("shop_orders.lower_price")
@bp.input(LowerPrice)
def lower_price(number: str, caller: StaffCaller, json_data: LowerPrice) -> Response:
    return _change(number, caller, json_data, amount_fen=json_data.amount_fen, quantities={})


@bp.post("/<number>/quantity-changes")
@staff_required("shop_orders.lower_price")
@bp.input(OtherQuantities)
def change_quantities(number: str, caller: StaffCaller, json_data: OtherQuantities) -> Response:
    """Change the units of lines before the shop has confirmed the order. Of a paid order units are refunded."""
    return _change(number, caller, json_data, amount_fen=0, quantities=json_data.quantities)


@bp.post("/<number>/hiding")
@staff_required("shop_orders.hide")
def hide(number: str, caller: StaffCaller) -> Response:
    return _step(caller, number, None, "shop_orders.hide", moves.hide_from_staff)


@bp.delete("/<number>/hiding")
@staff_required("shop_orders.hide")
def show(number: str, caller: StaffCaller) -> Response:
    return _step(caller, number, None, "shop_orders.show", partial(moves.hide_from_staff, is_hidden=False))


def _change(
    number: str, caller: StaffCaller, body: LowerPrice | OtherQuantities, *, amount_fen: int,
    quantities: dict[str, int],
) -> Response:  # fmt: skip
    order = get_seen(caller, number)
    if order.state == "placed" and any(one.state in LIVE for one in attempts.list_for("order", order.number)):
        raise errors.DomainError("payment_pending", "顾客正在付款，请稍后再改价", 409)
    change_number = operation_number(caller, prefix="SP")

    def work() -> dict[str, Any]:
        made = change_approvals.lower_or_submit(
            number=order.number, change_number=change_number, amount_fen=amount_fen, reason=body.reason,
            quantities=quantities,
        )  # fmt: skip
        return _answer(order, caller, made)

    return respond_once(caller, body, work)


def _answer(order: Order, caller: StaffCaller, made: object) -> dict[str, Any]:
    """Return the order after a change, with the approval that the change waits for."""
    waiting = {"approval_id": made.public_id} if isinstance(made, Approval) else {}
    return {**answer_after(order, caller), **waiting}


def _to_lines(asked: RefundedLines) -> list[ReturnLine]:
    return [ReturnLine(one.line, units=one.units) for one in asked.lines]


def _step(
    caller: StaffCaller, number: str, body: RequestModel | None, action: str, move: Callable[..., Any]
) -> Response:
    """Run a move of an order that the account sees, with an entry in the operation log."""
    order = get_seen(caller, number)

    def work() -> dict[str, Any]:
        made = move(number=order.number)
        if not isinstance(made, Approval):
            facts = body.model_dump(exclude={"pickup_code"}) if body else {}
            audit.record(action, f"order:{order.number}", after=facts)
        return _answer(order, caller, made)

    return respond_once(caller, body, work)
