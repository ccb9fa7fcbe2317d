"""Returns at a till: lines of a paid sale come back, each share the way it was paid."""

from apiflask import APIBlueprint
from flask import Response

from store.orders import returns
from store.orders.requests import ReturnLine, ReturnRequest
from till.auth import TillCaller, till_session_required
from till.sale_responses import to_sale
from till.sale_schemas import RefundRequest, RefundResponse
from till.sales import SALE_ERRORS, find_sale
from web import idempotency
from web.responses import json_response

bp = APIBlueprint("till_sale_returns", __name__, tag="收银台", url_prefix="/till")


@bp.post("/sales/<number>/refunds")
@till_session_required
@bp.doc(
    summary="退货退款",
    description="按商品件数或金额退；钱、储值、积分和券各按原路退回。",
    security="till",
    responses=SALE_ERRORS,
)
@bp.input(RefundRequest)
@bp.output(RefundResponse, status_code=201)
def refund(caller: TillCaller, number: str, json_data: RefundRequest) -> Response:
    sale, key = find_sale(caller, number), caller.operation_key("refund")

    def work() -> RefundResponse:
        done = returns.give_back(
            request=ReturnRequest(
                number=key[-64:],
                order_number=sale.order.number,
                lines=tuple(
                    ReturnLine(line=one.line, units=one.units, amount_fen=one.amount_fen)
                    for one in json_data.lines
                ),
                reason=json_data.reason[:80],
                money_by=json_data.money_by,
                card_reference=json_data.card_reference,
                cashier_id=caller.cashier.id,
                terminal_id=caller.terminal.id,
            )
        )
        return RefundResponse(
            number=done.number, refund_fen=done.refund_fen, by_payment=dict(done.money_by_attempt),
            stored_value_fen=done.stored_value_fen, points_fen=done.points_fen, sale=to_sale(sale),
        )  # fmt: skip

    done = idempotency.run_idempotent_with_proof(
        caller.scope,
        json_data,
        prove=lambda: caller.authorize("refund", json_data.manager_pin),
        work=lambda _: work(),
    )
    return json_response(done, 201)
