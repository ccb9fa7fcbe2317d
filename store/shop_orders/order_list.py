"""Lists of orders (订单列表): a customer's own with the tabs of the page, and those of shops for staff."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Any, Literal

import peewee

from store.core import keyset, listing
from store.core.keyset import Position
from store.customers import member_search
from store.customers.customers import Customer
from store.customers.members import Member
from store.orders.fulfilments import KINDS, STATE_LABELS, Fulfilment
from store.orders.tables import Order, OrderLine
from store.shop_orders.states import GROUPS, INVOICED_ORDER_STATES, NOT_INVOICED_STATES
from store.shops.shops import Shop
from store.tenants import business_days

_NEWEST_FIRST: keyset.Keys = ((Order.id, True),)
_TILL_STATES = {"unpaid": ("placed",), "done": ("paid", "completed")}


@dataclass(frozen=True)
class StaffFilter:
    """`keyword` is a number, a pickup code, a phone or card of the customer, or the beginning of a name of goods.

    `hidden` are those that staff have hidden, which no other list shows unless `keyword` names their number.
    `overdue` are goods that were not fetched after the last reminder. `invoice` are orders with a wanted invoice:
    any, those that can be issued now, and those that were. `shop_ids` are the shops that the caller sees,
    None for all.
    """

    states: Collection[str] = ()
    shop_id: int | None = None
    kind: str | None = None
    payment_terms: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    keyword: str = ""
    overdue: bool = False
    invoice: Literal["any", "wanted", "issued"] | None = None
    hidden: bool = False
    shop_ids: frozenset[int] | None = None


def list_of_customer(
    customer: Customer, *, group: str | None = None, page: int = 1, page_size: int = 20, after: Position | None = None
) -> tuple[list[Order], int]:  # fmt: skip
    """Return one page of a customer's sales in a group, or all `paid`, the newest first, and the total."""
    query = _select_own(customer)
    if group is not None:
        query = query.where(_is_in_group(group))
    return keyset.select_page(
        query, _NEWEST_FIRST, page=page, page_size=page_size, after=after
    ), query.count()


def count_groups(customer: Customer) -> dict[str, int]:
    """Return how many orders a customer has in each group."""
    columns = (Fulfilment.state, Order.state, peewee.fn.COUNT(Order.id))
    rows = _select_own(customer).select(*columns).group_by(Fulfilment.state, Order.state).tuples()
    found = dict.fromkeys(GROUPS, 0)
    for state, order_state, number in rows:
        for group, states in GROUPS.items():
            is_mine = state in states if state else order_state in _TILL_STATES.get(group, ())
            found[group] += number if is_mine else 0
    return found


def list_for_staff(
    wanted: StaffFilter, *, page: int = 1, page_size: int = 20, after: Position | None = None
) -> tuple[list[Order], int]:
    """Return one page of the orders of the shop, the newest first, and the total."""
    query = _select_for_staff(wanted)
    return keyset.select_page(
        query, _NEWEST_FIRST, page=page, page_size=page_size, after=after
    ), query.count()


def count_states(wanted: StaffFilter) -> dict[str, int]:
    """Return how many orders of the filter are in each state, whatever states it names."""
    query = _select_for_staff(wanted, any_state=True)
    rows = query.select(Fulfilment.state, peewee.fn.COUNT(Fulfilment.id)).group_by(Fulfilment.state).tuples()
    return {**dict.fromkeys(STATE_LABELS, 0), **dict(rows)}


def count_for_staff(wanted: StaffFilter) -> int:
    """Return the number of orders of a filter."""
    return int(_select_for_staff(wanted).count())


def iterate_for_staff(wanted: StaffFilter) -> Iterator[tuple[Order, Fulfilment, list[OrderLine]]]:
    """Yield all orders of a filter with fulfilment and lines, the newest first, read in batches."""
    query = _select_for_staff(wanted).select(Order, Shop, Member)
    query = query.switch(Order).join(Shop).switch(Order).join(Member, peewee.JOIN.LEFT_OUTER)
    rows = listing.iterate_rows(query, id_field=Order.id)
    while batch := list(islice(rows, listing.BATCH_SIZE)):
        found, lines = read_fulfilments(batch), read_lines(batch)
        yield from ((order, found[order.id], lines[order.id]) for order in batch)


def read_fulfilments(orders: Iterable[Order]) -> dict[int, Fulfilment]:
    """Return the fulfilments of orders by the row id of the order. Those of a till have none."""
    by_id = {order.id: order for order in orders if order.kind in KINDS}
    rows = Fulfilment.select().where(Fulfilment.order << sorted(by_id)) if by_id else []
    found = {}
    for row in rows:
        row.order = by_id[row.order_id]
        found[row.order_id] = row
    return found


def read_lines(orders: Iterable[Order]) -> dict[int, list[OrderLine]]:
    """Return the lines of orders in their order, by the row id of the order."""
    ids = sorted(order.id for order in orders)
    found: dict[int, list[OrderLine]] = {order_id: [] for order_id in ids}
    rows = OrderLine.select().where(OrderLine.order << ids).order_by(OrderLine.id) if ids else []
    for line in rows:
        found[line.order_id].append(line)
    return found


def _select_own(customer: Customer) -> Any:
    query = Order.select().join(Fulfilment, peewee.JOIN.LEFT_OUTER, on=(Fulfilment.order == Order.id))
    shown = Fulfilment.id.is_null() | ~Fulfilment.is_hidden
    return query.where((Order.customer == customer.id) & (Order.direction == "sale") & shown)


def _is_in_group(group: str) -> Any:
    if group == "paid":
        return Order.state << ("paid", "completed")
    found = Fulfilment.state << GROUPS[group]
    if group in _TILL_STATES:
        found |= Fulfilment.id.is_null() & (Order.state << _TILL_STATES[group])
    return found


def _select_for_staff(wanted: StaffFilter, *, any_state: bool = False) -> Any:
    query = Order.select().join(Fulfilment, on=(Fulfilment.order == Order.id))
    for condition in _list_conditions(replace(wanted, states=()) if any_state else wanted):
        query = query.where(condition)
    return query


def _list_conditions(wanted: StaffFilter) -> Iterator[Any]:
    yield from _list_shop_conditions(wanted)
    if wanted.invoice is None:
        shown = Fulfilment.is_hidden_from_staff == wanted.hidden
        yield (shown | (Order.number == wanted.keyword.strip())) if wanted.keyword.strip() else shown
    if wanted.states:
        yield Fulfilment.state << sorted(wanted.states)
    for column, value in (
        (Order.kind, wanted.kind), (Fulfilment.payment_terms, wanted.payment_terms),
    ):  # fmt: skip
        if value is not None:
            yield column == value
    if wanted.overdue:
        yield (Fulfilment.state == "ready") & (Fulfilment.reminders > 0) & Fulfilment.due_at.is_null()
    if wanted.invoice is not None:
        yield _has_invoice(wanted.invoice)
    if wanted.first_day is not None:
        yield Order.placed_at >= business_days.start_of(wanted.first_day)
    if wanted.last_day is not None:
        yield Order.placed_at < business_days.end_of(wanted.last_day)
    if wanted.keyword.strip():
        yield _matches(wanted.keyword.strip())


def _list_shop_conditions(wanted: StaffFilter) -> Iterator[Any]:
    if wanted.shop_id is not None:
        yield Fulfilment.shop == wanted.shop_id
    if wanted.shop_ids is not None:
        yield Fulfilment.shop << sorted(wanted.shop_ids)
    elif wanted.shop_id is None and (wanted.states or wanted.overdue or wanted.invoice):
        yield Fulfilment.shop << Shop.select(Shop.id)  # the indices begin with the shop


def _has_invoice(asked: str) -> Any:
    if asked == "issued":
        return Fulfilment.invoice_number.is_null(False)
    found = Fulfilment.invoice.is_null(False)
    if asked == "wanted":
        found &= Fulfilment.invoice_number.is_null() & (Order.state << INVOICED_ORDER_STATES)
        found &= Fulfilment.state.not_in(NOT_INVOICED_STATES)
    return found


def _matches(keyword: str) -> Any:
    goods = OrderLine.select(OrderLine.order).where(OrderLine.name.startswith(keyword))
    found = (Order.number == keyword) | (Fulfilment.pickup_code == keyword) | (Order.id << goods)
    return found | (Order.member << member_search.select_member_ids(keyword))
