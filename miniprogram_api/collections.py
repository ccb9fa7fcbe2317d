"""Collection codes: a customer scans the fixed code of a shop, enters an amount and pays it."""

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from miniprogram_api import page_payments
from store.core import ids
from store.payments.attempts import PaymentAttempt
from store.tills import collection_codes, collections
from web import idempotency, request_context
from web.auth import Caller, login_required
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("collections", __name__, tag="收款码")

_ERRORS = {404: "收款码已失效", 409: "门店已关店，或不能用该方式付款"}


class CollectionPaymentRequest(RequestModel):
    """What the customer has entered."""

    amount_fen: int = Field(
        ge=collections.MIN_AMOUNT_FEN,
        le=collections.MAX_AMOUNT_FEN,
        strict=True,
        description="0.01 到 50,000 元",
    )


class CollectionShop(BaseModel):
    """Whose code it is, and how the caller pays there."""

    store_name: str
    method: page_payments.Method
    max_amount_fen: int


class CollectionPayment(BaseModel):
    """A new order; `payment` goes to the platform's page functions as it is.

    `order_number` is that of `GET /api/me/orders/{number}`.
    """

    order_number: str
    amount_fen: int
    method: page_payments.Method
    payment_number: str
    payment: dict[str, str]


@bp.get("/api/collection-codes/<collection_code>")
@login_required
@bp.doc(summary="收款码", security="session", responses=_ERRORS)
@bp.output(CollectionShop)
def get_collection_code(caller: Caller, collection_code: str) -> Response:
    shop = collection_codes.get_by_code(collection_code).shop
    collection_codes.ensure_not_closed(shop)
    return json_response(
        CollectionShop(
            store_name=shop.name, method=page_payments.method_of(caller),
            max_amount_fen=collections.MAX_AMOUNT_FEN,
        )
    )  # fmt: skip


@bp.post("/api/collection-codes/<collection_code>/payments")
@login_required
@bp.doc(
    summary="扫收款码付款",
    description="付款结果以 `GET /api/me/orders/{number}` 为准。",
    security="session",
    responses=_ERRORS | {429: "过于频繁", 503: "支付平台暂不可用"},
)
@bp.input(CollectionPaymentRequest)
@bp.output(CollectionPayment, status_code=201)
def create_collection_payment(
    caller: Caller, collection_code: str, json_data: CollectionPaymentRequest
) -> Response:
    shop, method = collection_codes.get_by_code(collection_code).shop, page_payments.method_of(caller)
    payer_id = page_payments.get_payer_id(caller, method)

    def begin() -> tuple[PaymentAttempt, dict[str, str]]:
        collections.check_rate_limit(shop=shop, address=request_context.client_ip())
        key = ids.public_id("collection_")
        order = collections.place(
            code=collection_code, customer=caller.customer, amount_fen=json_data.amount_fen, key=key
        )
        attempt = page_payments.start(
            caller, method, payable_kind="order", payable_number=order.number, shop_id=shop.id, key=key,
            payer_id=payer_id,
        )  # fmt: skip
        return attempt, page_payments.prepare(attempt, payer_id)

    def answer(begun: tuple[PaymentAttempt, dict[str, str]]) -> CollectionPayment:
        attempt, payment = begun
        return CollectionPayment(
            order_number=attempt.payable_number, amount_fen=attempt.amount_fen, method=method,
            payment_number=attempt.number, payment=payment,
        )  # fmt: skip

    made = idempotency.run_idempotent_with_proof(caller.scope, json_data, prove=begin, work=answer)
    return json_response(made, 201)
