"""Sales of a till (收银单): open orders that a cashier changes until they are paid. Several may be open at a terminal.

The order holds price, holds and money. The row here keeps what the cashier asked for, so that a change names only
what is different.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import peewee
from pydantic import TypeAdapter

from store.core import clock, errors
from store.core.database import db
from store.core.database.fields import JsonField, UtcDateTimeField
from store.core.database.models import Model
from store.orders import orders
from store.orders.requests import Place, PlaceLine
from store.orders.tables import Order, OrderLine
from store.pricing.request import StaffDiscount
from store.promotions import active
from store.stored_value.authorization import PaymentAuthorization
from store.tenants import settings
from store.tills.cashiers import Cashier
from store.tills.terminals import Terminal
from store.tills.till_settings import TillSettings

AMOUNT_PRODUCT, AMOUNT_NAME = "amount", "商品"  # the line of a sale that has an amount and no goods
MAX_OPEN = 50  # sales of a terminal
MAX_LIST = 100
SOURCE = "till"


@dataclass(frozen=True)
class SaleParameters:
    """What a cashier asks for. `discount` lowers the whole sale."""

    lines: tuple[PlaceLine, ...]
    member_id: int | None = None
    coupon_codes: Literal["best"] | tuple[str, ...] = ()
    points: Literal["most"] | int = 0
    stored_value_fen: int = 0
    discount: StaffDiscount | None = None
    round_down: bool = False


_adapter = TypeAdapter(SaleParameters)


class TillSale(Model):
    """A sale of a terminal; `parameters` is a `SaleParameters`. A parked sale (挂单) waits behind the one in front."""

    order = peewee.ForeignKeyField(Order, unique=True)
    terminal = peewee.ForeignKeyField(Terminal, index=False)
    parameters = JsonField()
    parked = peewee.BooleanField(default=False)
    created_at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("terminal", "id"), False),)

    def read_parameters(self) -> SaleParameters:
        """Return what was asked for last."""
        return _adapter.validate_python(self.parameters)


def amount_line(amount_fen: int) -> PlaceLine:
    """Return the line of a sale that has an amount and no goods."""
    return PlaceLine(product=AMOUNT_PRODUCT, name=AMOUNT_NAME, unit_price_fen=amount_fen)


def is_amount_only(lines: Sequence[OrderLine]) -> bool:
    """Return whether the lines of an order are those of an amount without goods, gifts left aside."""
    goods = [line for line in lines if not line.gift_for]
    return [(line.product, line.name) for line in goods] == [(AMOUNT_PRODUCT, AMOUNT_NAME)]


def product_code(line: OrderLine) -> str | None:
    """Return the product code of a line, None for an amount without goods."""
    return None if (line.product, line.name) == (AMOUNT_PRODUCT, AMOUNT_NAME) else line.product


@db.transactional
def open_sale(
    *, terminal: Terminal, cashier: Cashier, parameters: SaleParameters, key: str,
    authorization: PaymentAuthorization | None = None,
) -> TillSale:  # fmt: skip
    """Open a sale with its holds. Idempotent by `key`. Raises DomainError(too_many_sales) and those of orders."""
    request = _to_place(terminal, cashier.id, parameters)
    if Order.find(key=key) is None and len(_find_open(terminal)) >= MAX_OPEN:
        raise errors.DomainError("too_many_sales", "未完成的单太多，请先结清或取消", 409)
    order = orders.place(request=request, key=key, authorization=authorization)
    return TillSale.find(order=order.id) or TillSale.create(
        order=order, terminal=terminal.id, parameters=_dump(parameters)
    )


@db.transactional
def change_sale(
    *, number: str, cashier: Cashier, changes: Mapping[str, Any],
    authorization: PaymentAuthorization | None = None,
) -> TillSale:  # fmt: skip
    """Change what a sale asks for, except what `changes` does not name. Idempotent.

    Raises DomainError(not_found) and those of `orders.change`.
    """
    sale = _lock(number)
    parameters = replace(sale.read_parameters(), **changes)
    if sale.order.money_fen and replace(parameters, stored_value_fen=0) == replace(
        sale.read_parameters(), stored_value_fen=0
    ):
        return _change_stored_value(sale, parameters, authorization)
    terminal = Terminal.get_by_id(sale.terminal_id)
    orders.change(
        number=number, request=_to_place(terminal, cashier.id, parameters), authorization=authorization
    )
    sale.update_fields(parameters=_dump(parameters))
    return sale


@db.transactional
def set_parked(*, number: str, parked: bool) -> TillSale:
    """Set whether a sale is parked. Idempotent."""
    sale = _lock(number)
    if sale.parked != parked:
        sale.update_fields(parked=parked)
    return sale


@db.transactional
def record_stored_value(*, number: str, amount_fen: int, authorization: PaymentAuthorization) -> TillSale:
    """Let stored value pay a part of a sale, also after other payments. Idempotent by amount."""
    sale = _lock(number)
    parameters = replace(sale.read_parameters(), stored_value_fen=amount_fen)
    return _change_stored_value(sale, parameters, authorization)


def get_sale(number: str, *, shop_id: int) -> TillSale:
    """Return the sale of a number in a shop. Raises DomainError(not_found)."""
    order = Order.find(number=number, shop=shop_id)
    row = TillSale.find(order=order.id) if order else None
    if row is None:
        raise errors.not_found("该单")
    return row


def list_open(terminal: Terminal) -> list[TillSale]:
    """Return the unpaid sales of a terminal, the oldest first."""
    return sorted(_find_open(terminal), key=lambda sale: sale.id)


def list_recent(*, shop_id: int, states: Iterable[str], limit: int = 50) -> list[TillSale]:
    """Return the sales of a shop in these states of orders, the latest first."""
    mine = (Order.shop == shop_id) & Order.state.in_(list(states))
    rows = TillSale.select().join(Order).where(mine).order_by(TillSale.id.desc())
    return list(rows.limit(min(limit, MAX_LIST)))


def read_hints(sale: TillSale) -> tuple[list[str], list[str]]:
    """Return what is missing for more promotions of an open sale, and what the customer is to know before paying."""
    order = Order.get_by_id(sale.order_id)  # what the row has loaded may be from before a change
    if order.state != "placed" or not active.list_rows(order.shop, "till", clock.now()):
        return [], []
    terminal = Terminal.get_by_id(sale.terminal_id)
    parameters = replace(sale.read_parameters(), coupon_codes=(), points=0, stored_value_fen=0)
    request = _to_place(terminal, order.cashier_id, replace(parameters, member_id=order.member_id))
    try:
        price = orders.preview_open(order, request)
    except errors.DomainError:  # a member who has left meanwhile: the sale says so when it is changed
        return [], []
    return [one.sentence for one in price.progress], [one.sentence for one in price.notices]


def _find_open(terminal: Terminal) -> list[TillSale]:
    unpaid = "order_id IN (SELECT id FROM \"order\" WHERE state = 'placed')"  # by the index of unpaid orders
    return TillSale.find_where(f"{unpaid} AND terminal_id = ?", terminal.id)


def _change_stored_value(
    sale: TillSale, parameters: SaleParameters, authorization: PaymentAuthorization | None
) -> TillSale:
    """Change only the stored value of a sale, which is possible after money was taken."""
    orders.hold_stored_value(
        number=sale.order.number, amount_fen=parameters.stored_value_fen, authorization=authorization
    )
    sale.update_fields(parameters=_dump(parameters))
    return sale


def _lock(number: str) -> TillSale:
    order = orders.get(number)
    sale = TillSale.find(order=order.id, lock=True)
    if sale is None:
        raise errors.not_found("该单")
    return sale


def _to_place(terminal: Terminal, cashier_id: int | None, parameters: SaleParameters) -> Place:
    rules = settings.read(TillSettings)
    codes = parameters.coupon_codes
    return Place(
        kind="till", source=SOURCE, shop_id=terminal.shop_id, lines=parameters.lines, member_id=parameters.member_id,
        coupon_codes=codes if codes == "best" else frozenset(codes), points=parameters.points,
        stored_value_fen=parameters.stored_value_fen, lowered=(parameters.discount,) if parameters.discount else (),
        round_down_to_fen=rules.round_down_to_fen if parameters.round_down else 1, cashier_id=cashier_id,
        terminal_id=terminal.id,
    )  # fmt: skip


def _dump(parameters: SaleParameters) -> dict[str, Any]:
    dumped: dict[str, Any] = _adapter.dump_python(parameters, mode="json")
    return dumped
