"""Previews and submission of orders."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from apiflask import APIBlueprint
from flask import Response

import flash_gate
from miniprogram_api.orders.order_responses import read_public_ids, to_new_detail
from miniprogram_api.orders.preview_schemas import (
    CouponOption,
    OrderPointsMost,
    PreviewResponse,
    ProblemResponse,
    ProgressResponse,
)
from miniprogram_api.orders.schemas import (
    OrderChoice,
    OrderDetail,
    OrderLineResponse,
    OrderPart,
    OrderRequest,
)
from store.addresses import addresses
from store.carts import carts
from store.catalog import skus
from store.core import errors, ids
from store.coupons import coupons
from store.customers import members
from store.customers.members import Member
from store.flash_sales import items as flash_items
from store.orders import orders
from store.orders.goods_lines import WantedSku
from store.pricing.price import Discount, Price, Tender
from store.shop_orders import submission
from store.shop_orders.submission import Choice, Preview
from store.shops import shops
from store.stored_value import accounts
from store.stored_value import authorization as stored_value_authorization
from web import idempotency
from web.auth import Caller, login_required
from web.responses import json_response

bp = APIBlueprint("order_submission", __name__, tag="订单")

_ERRORS = {
    404: "没有该门店、商品或地址",
    409: "价格、库存、起送金额或时段已变化",
    422: "填写有误",
}


@bp.post("/api/me/orders/previews")
@login_required
@bp.doc(
    summary="订单试算",
    description="只计算，不占用。`problems` 列出提交时会被拒绝的原因。",
    security="session",
    responses=_ERRORS,
)
@bp.input(OrderChoice)
@bp.output(PreviewResponse)
def preview_order(caller: Caller, json_data: OrderChoice) -> Response:
    choice = _to_choice(caller, json_data)
    return json_response(_to_response(submission.preview(choice), members.get_or_create(caller.customer)))


@bp.post("/api/me/orders")
@login_required
@bp.doc(
    summary="提交订单",
    description="一次占用库存、券、积分和储值。总价与 `expected_total_fen` 不同时拒绝，并返回新的试算结果。",
    security="session",
    responses=_ERRORS,
)
@bp.input(OrderRequest)
@bp.output(OrderDetail, status_code=201)
def submit_order(caller: Caller, json_data: OrderRequest) -> Response:
    authorization = None
    if json_data.stored_value_fen:
        authorization = stored_value_authorization.authorize_by_session(session=caller.session)
    key, flash_units = ids.public_id("shop_"), _sum_flash_units(json_data)
    stored = idempotency.find_stored(caller.scope, json_data)
    if stored is not None:  # a repeat takes nothing at the gate
        return json_response(stored, 201)

    def work() -> OrderDetail:
        choice = replace(
            _to_choice(caller, json_data), payment_terms=json_data.payment_terms, remark=json_data.remark,
            invoice=json_data.invoice.model_dump() if json_data.invoice else {}, people=json_data.people,
            table_name=json_data.table, expected_total_fen=json_data.expected_total_fen,
        )  # fmt: skip
        row = submission.submit(choice, key=key, authorization=authorization)
        ordered: Counter[int] = Counter()
        for line in choice.lines:
            if line.flash_item_id is None:
                ordered[line.sku_id] += line.quantity
        if ordered:  # goods of a flash sale come from no cart
            carts.take_out(customer=caller.customer, shop=choice.shop, quantities=ordered)
        passage.is_placed = True
        return to_new_detail(row)

    try:
        with flash_gate.open_passage(flash_units) as passage:
            answer = idempotency.run_new(caller.scope, json_data, work)
        return json_response(answer, 201)
    except errors.DomainError as error:
        if error.code in ("price_changed", "promotion_gone"):
            error.details["preview"] = _preview_again(caller, json_data)
        raise


def _preview_again(caller: Caller, body: OrderRequest) -> dict[str, Any]:
    found = submission.preview(_to_choice(caller, body))
    return _to_response(found, members.get_or_create(caller.customer)).model_dump(mode="json")


def _to_choice(caller: Caller, body: OrderChoice) -> Choice:
    return Choice(
        shop=shops.get_by_public_id(body.store_id), customer=caller.customer, lines=_to_wanted(body),
        kind=body.fulfilment, recipient=_read_recipient(caller, body), slot_starts_at=body.slot,
        coupon_codes="best" if body.coupon_codes == "best" else frozenset(body.coupon_codes),
        points=body.points, stored_value_fen=body.stored_value_fen,
    )  # fmt: skip


def _to_wanted(body: OrderChoice) -> tuple[WantedSku, ...]:
    known = skus.find_ids({line.sku_id for line in body.lines})
    named = {line.flash_item_id for line in body.lines if line.flash_item_id is not None}
    found: dict[str | None, int] = {one: flash_items.get_by_public_id(one).id for one in named}
    return tuple(
        WantedSku(known[line.sku_id], line.quantity, found.get(line.flash_item_id)) for line in body.lines
    )


def _sum_flash_units(body: OrderChoice) -> Counter[str]:
    units: Counter[str] = Counter()
    for line in body.lines:
        if line.flash_item_id is not None:
            units[line.flash_item_id] += line.quantity
    return units


def _read_recipient(caller: Caller, body: OrderChoice) -> Mapping[str, Any]:
    if body.address_id is None:
        return {}
    return addresses.get_own(caller.customer, body.address_id).snapshot()


def _to_response(found: Preview, member: Member) -> PreviewResponse:
    price = found.price
    shares = _shares_by_line(price)
    account = accounts.find_by_member(member)
    return PreviewResponse(
        lines=_to_lines(found, shares),
        discounts=[_to_part(one) for one in price.discounts],
        tenders=[_to_part(one) for one in price.tenders],
        list_fen=price.list_fen, goods_fen=price.goods_fen, freight_fen=price.freight_fen,
        discount_fen=price.discount_fen, total_fen=price.total_fen, due_fen=price.due_fen,
        cuts=[cut.sentence for cut in price.cuts], points_most=_most_points(found),
        stored_value_available_fen=account.available_fen if account else 0,
        coupons=_list_coupons(price, member),
        problems=[
            ProblemResponse(code=one.code, field=one.field, message=one.message) for one in found.problems
        ],
        progress=[
            ProgressResponse(
                promotion=one.promotion, sentence=one.sentence, missing_fen=one.missing_fen,
                missing_units=one.missing_units,
            )
            for one in price.progress
        ],
        notices=[one.sentence for one in price.notices],
    )  # fmt: skip


def _to_lines(found: Preview, shares: Mapping[str, dict[str, int]]) -> list[OrderLineResponse]:
    """Return the lines of goods, each paired with the line of the request that it came from, and the gifts."""
    rows = submission.list_lines(found)
    ids = read_public_ids([row.sku_id for row in rows])
    return [
        OrderLineResponse(
            line=row.priced.line, goods_id=ids[row.sku_id][0], sku_id=ids[row.sku_id][1], name=row.name,
            specification=row.specification, picture=row.picture, quantity=row.priced.quantity,
            unit_fen=row.priced.unit_fen, list_fen=row.priced.list_fen, goods_fen=row.priced.goods_fen,
            shares=shares.get(row.priced.line, {}), gift=row.priced.gift is not None,
            promotion=row.priced.gift.sentence if row.priced.gift else "",
        )
        for row in rows
    ]  # fmt: skip


def _shares_by_line(price: Price) -> dict[str, dict[str, int]]:
    """Return by line what each discount and tender takes there; several of a kind have their reference with them."""
    found: dict[str, dict[str, int]] = {}
    for part in (*price.discounts, *price.tenders):
        name = f"{part.kind}:{part.reference}" if part.reference else part.kind
        for line, fen in part.shares.items():
            found.setdefault(line, {})[name] = fen
    return found


def _to_part(part: Discount | Tender) -> OrderPart:
    return OrderPart(
        kind=part.kind, reference=part.reference, sentence=part.sentence, fen=part.fen,
        points=getattr(part, "points", 0),
    )  # fmt: skip


def _most_points(found: Preview) -> OrderPointsMost:
    price = orders.preview(replace(found.request, points="most", stored_value_fen=0, expected_total_fen=None))
    tender = next((one for one in price.tenders if one.kind == "points"), None)
    return OrderPointsMost(points=tender.points if tender else 0, fen=tender.fen if tender else 0)


def _list_coupons(price: Price, member: Member) -> list[CouponOption]:
    """Return the coupons of the customer: those that this price uses, then the others with the reason."""
    used = {one.reference: one.sentence for one in price.discounts if one.kind == "coupon"}
    used |= {one.reference: one.sentence for one in price.tenders if one.kind == "voucher"}
    names = coupons.read_names(member, price.unused)
    found = [CouponOption(code=code, name=name, is_used=True, reason="") for code, name in used.items()]
    return found + [
        CouponOption(code=code, name=names[code], is_used=False, reason=price.unused[code].message)
        for code in sorted(names)
        if code not in used
    ]
