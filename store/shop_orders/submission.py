"""Submission of orders (提交订单): a customer's choice of goods, way and time becomes a price, then an order."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pydantic import TypeAdapter

from store.core import errors, input_limits
from store.core.database import db
from store.customers import members
from store.customers.customers import Customer
from store.customers.members import Member
from store.delivery import quotes as delivery_quotes
from store.delivery import rules as delivery_rules
from store.delivery import slots
from store.delivery.quotes import DeliveryQuote
from store.delivery.slots import Slot
from store.flash_sales import holds as flash_holds
from store.flash_sales import items as flash_items
from store.orders import fulfilments, goods_lines, orders, placement, pricing_requests
from store.orders.fulfilments import Fulfilment, NewFulfilment
from store.orders.goods_lines import WantedSku
from store.orders.requests import Place
from store.orders.tables import Order
from store.pricing.price import Price, PricedLine
from store.pricing.request import Freight
from store.shops.shops import Shop
from store.stock import levels, reservations
from store.stock.stock_lines import StockLine
from store.stored_value.authorization import PaymentAuthorization

MAX_LINES = 200
Kind = Literal["pickup", "delivery", "dine_in", "takeaway"]
place_adapter = TypeAdapter(Place)


@dataclass(frozen=True)
class Choice:
    """What a customer chose. `recipient` is the snapshot of an address, required for a delivery."""

    shop: Shop
    customer: Customer
    lines: tuple[WantedSku, ...]
    kind: Kind
    recipient: Mapping[str, Any] = field(default_factory=dict)
    slot_starts_at: datetime | None = None
    coupon_codes: Literal["best"] | frozenset[str] = "best"
    points: Literal["most"] | int = 0
    stored_value_fen: int = 0
    payment_terms: Literal["online", "cash_on_delivery"] = "online"
    remark: str = ""
    invoice: Mapping[str, Any] = field(default_factory=dict)
    people: int | None = None
    table_name: str = ""
    source: str = "miniprogram"
    expected_total_fen: int | None = None


@dataclass(frozen=True)
class Problem:
    """Why an order would be refused now; `field` is what the customer has to change."""

    code: str
    field: str
    message: str


@dataclass(frozen=True)
class Preview:
    """What an order would cost, the request behind it, and what is still missing."""

    request: Place
    price: Price
    problems: tuple[Problem, ...]
    delivery: DeliveryQuote | None = None


@dataclass(frozen=True)
class PreviewLine:
    """A line of a price with the words and the SKU of its goods, or of a gift."""

    priced: PricedLine
    sku_id: int
    name: str
    specification: str
    picture: str


def list_lines(found: Preview) -> list[PreviewLine]:
    """Return the lines of a preview: of one request's line there are several if a special price has a limit."""
    wanted = {str(number): line for number, line in enumerate(found.request.lines, start=1)}
    rows = []
    for priced in found.price.lines:
        gift = priced.gift
        if gift is not None:
            assert gift.sku_id is not None, "gifts of promotions are goods of the catalog"
            rows.append(PreviewLine(priced, gift.sku_id, gift.name, "", gift.picture))
        else:
            line = wanted[priced.source]
            assert line.sku_id is not None, "lines of the catalog have a SKU"
            rows.append(PreviewLine(priced, line.sku_id, line.name, line.specification, line.picture))
    return rows


def preview(choice: Choice) -> Preview:
    """Return what an order would cost now. Nothing is held. Raises DomainError(invalid, goods_unavailable)."""
    problems: list[Problem] = []
    quote = None
    try:
        quote = _quote_delivery(choice)
    except errors.DomainError as error:
        problems.append(Problem(error.code, "address_id", error.message))
    member = members.get_or_create(choice.customer)
    request = _build(choice, quote, member)
    price = orders.preview(request)
    problems += _list_problems(choice, request, price, quote, member)
    return Preview(request, price, tuple(problems), quote)


@db.transactional
def submit(choice: Choice, *, key: str, authorization: PaymentAuthorization | None = None) -> Fulfilment:
    """Place an order with all its holds, its time and its fulfilment, all or none. Idempotent by `key`.

    Raises DomainError: price_changed, stock_short, goods_unavailable, below_minimum, out_of_range, slot_full,
    and those of `orders.place`.
    """
    input_limits.check_key(key)
    member = members.lock_for(choice.customer)
    found = _find_existing(key, choice, member)
    if found is not None:
        return found
    members.ensure_open(member)
    pricing_requests.ensure_not_closed(choice.shop)
    _ensure_available(choice, member)
    quote = _quote_delivery(choice)
    request = _build(choice, quote, member)
    order = placement.place_new(
        request, key=key, shop=choice.shop, member=member, authorization=authorization
    )
    delivery_quotes.ensure_minimum(order.total_fen - order.freight_fen, quote)
    slot = None
    if choice.slot_starts_at is not None:
        slot = slots.hold(
            shop=choice.shop, kind=choice.kind, starts_at=choice.slot_starts_at, order_number=order.number
        )
    return fulfilments.create(order, _to_fulfilment(choice, request, slot))


def _build(choice: Choice, quote: DeliveryQuote | None, member: Member) -> Place:
    if not 1 <= len(choice.lines) <= MAX_LINES:
        raise errors.invalid("lines", f"每单应有 1–{MAX_LINES} 种商品")
    return Place(
        kind=choice.kind, source=choice.source, shop_id=choice.shop.id,
        lines=goods_lines.build(shop=choice.shop, wanted=choice.lines),
        member_id=member.id, coupon_codes=choice.coupon_codes,
        points=choice.points, stored_value_fen=choice.stored_value_fen,
        freight=Freight(quote.fee_fen, quote.free_from_fen) if quote is not None else None,
        remark=choice.remark, expected_total_fen=choice.expected_total_fen,
    )  # fmt: skip


def _ensure_available(choice: Choice, member: Member) -> None:
    """Look without locks, so that a customer who comes too late is rejected before the order is priced.

    The limit of a flash sale is counted when the units are held. Here it only names the better reason.
    """
    flash_units = _sum_flash_units(choice)
    for row in flash_items.list_by_ids(flash_units):
        units = flash_units[row.id]
        problem = flash_holds.find_problem(member if row.left < units else None, row, units)
        if problem is not None:
            raise problem
    usual = [line for line in choice.lines if line.flash_item_id is None]
    if usual:
        lines = [StockLine(sku_id=line.sku_id, quantity=line.quantity) for line in usual]
        reservations.ensure_available(shop=choice.shop, lines=lines)


def _quote_delivery(choice: Choice) -> DeliveryQuote | None:
    """Return fee and minimum of a delivery, None for other ways.

    Raises DomainError(way_not_offered, address_required, position_required, out_of_range).
    """
    rule = delivery_rules.ensure_offered(choice.shop, choice.kind)
    if choice.payment_terms == "cash_on_delivery" and not rule.cash_on_delivery_on:
        raise errors.DomainError("way_not_offered", "该门店暂不支持货到付款", 409)
    if choice.kind != "delivery":
        return None
    if not choice.recipient:
        raise errors.DomainError("address_required", "请选择收货地址", 409)
    return delivery_quotes.quote(
        choice.shop, latitude=choice.recipient["latitude"], longitude=choice.recipient["longitude"]
    )


def _list_problems(
    choice: Choice, request: Place, price: Price, quote: DeliveryQuote | None, member: Member
) -> list[Problem]:
    wanted: dict[int, int] = {}
    for line in choice.lines:
        if line.flash_item_id is None:
            wanted[line.sku_id] = wanted.get(line.sku_id, 0) + line.quantity
    left = levels.read_available(shop=choice.shop, sku_ids=wanted)
    names = {line.sku_id: line.name for line in request.lines}
    found = [
        Problem("stock_short", "lines", f"“{names[sku_id]}”仅剩 {left[sku_id]} 件")
        for sku_id, quantity in wanted.items()
        if left[sku_id] < quantity
    ]
    found += _list_flash_problems(choice, member)
    try:
        delivery_quotes.ensure_minimum(price.goods_fen, quote)
    except errors.DomainError as error:
        found.append(Problem(error.code, "lines", error.message))
    return found


def _list_flash_problems(choice: Choice, member: Member) -> list[Problem]:
    units = _sum_flash_units(choice)
    problems = [
        flash_holds.find_problem(member, row, units[row.id]) for row in flash_items.list_by_ids(units)
    ]
    return [Problem(one.code, "lines", one.message) for one in problems if one is not None]


def _sum_flash_units(choice: Choice) -> Counter[int]:
    units: Counter[int] = Counter()
    for line in choice.lines:
        if line.flash_item_id is not None:
            units[line.flash_item_id] += line.quantity
    return units


def _find_existing(key: str, choice: Choice, member: Member) -> Fulfilment | None:
    """Return the order of an earlier call. Raises DomainError(key_reused) if it was another one's."""
    order = Order.find(key=key)
    row = fulfilments.find(order) if order is not None else None
    if order is not None and (row is None or order.shop_id != choice.shop.id or order.member_id != member.id):
        raise errors.DomainError("key_reused", "该业务编号已用于另一个订单", 422, key=key)
    return row


def _to_fulfilment(choice: Choice, request: Place, slot: Slot | None) -> NewFulfilment:
    return NewFulfilment(
        payment_terms=choice.payment_terms, recipient=choice.recipient, invoice=choice.invoice,
        parameters=place_adapter.dump_python(request, mode="json"),
        slot_starts_at=slot.starts_at if slot else None, slot_ends_at=slot.ends_at if slot else None,
        people=choice.people, table_name=choice.table_name,
    )  # fmt: skip
