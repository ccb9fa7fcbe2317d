"""Invoice requests (开票申请): orders whose customers want an invoice, and the number of what was issued."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import StringConstraints

from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from console.shop_orders import get_seen
from store.core import masking
from store.core.validation import IsoDate
from store.orders import order_list as all_orders
from store.orders.fulfilments import Fulfilment
from store.orders.tables import Order
from store.shop_orders import invoices, order_list, states
from store.shop_orders.order_list import StaffFilter
from web.schemas import OneLine, RequestModel

bp = APIBlueprint(
    "console_invoice_requests", __name__, url_prefix="/console/api/invoice-requests", enable_openapi=False
)


class InvoiceQuery(ListQuery):
    """Which requests are listed. `search` is the number, phone or card of an order. `shop` is a code."""

    search: Search = ""
    shop: Search | None = None
    state: Literal["wanted", "issued"] | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


class Issue(RequestModel):
    """The number of the invoice."""

    invoice_number: Annotated[OneLine, StringConstraints(min_length=1, max_length=40)]


@bp.get("")
@staff_required("invoice_requests.read")
@bp.input(InvoiceQuery, location="query")
def list_requests(caller: StaffCaller, query_data: InvoiceQuery) -> Response:
    wanted = StaffFilter(
        invoice=query_data.state or "any", shop_id=shop_scope.find_shop_id(caller, query_data.shop),
        first_day=query_data.since, last_day=query_data.until, keyword=query_data.search, shop_ids=caller.shop_ids,
    )  # fmt: skip
    rows, total = order_list.list_for_staff(wanted, page=query_data.page, page_size=query_data.page_size)
    return list_response(_to_rows(rows, caller), total, query_data)


@bp.post("/<number>/issues")
@staff_required("invoice_requests.edit")
@bp.input(Issue)
def issue(number: str, caller: StaffCaller, json_data: Issue) -> Response:
    order = get_seen(caller, number)

    def work() -> dict[str, Any]:
        invoices.issue(number=order.number, invoice_number=json_data.invoice_number)
        return _to_rows([Order.get_by_id(order.id)], caller)[0]

    return respond_once(caller, json_data, work)


def _to_rows(orders: list[Order], caller: StaffCaller) -> list[dict[str, Any]]:
    found, back = order_list.read_fulfilments(orders), all_orders.sum_returned(orders)
    shows_person = caller.can("invoice_requests.personal_data")
    return [
        _to_row(order, found[order.id], back.get(order.id, 0), shows_person=shows_person) for order in orders
    ]


def _to_row(order: Order, row: Fulfilment, returned_fen: int, *, shows_person: bool) -> dict[str, Any]:
    wanted = row.read_invoice()
    title, email = wanted["title"], wanted.get("email", "")
    if not shows_person:
        title = masking.mask_name(title) if wanted["kind"] == "personal" else title
        email = masking.mask_email(email) if email else ""
    return {
        "number": order.number, "shop": order.shop.name,
        "paid_at": order.paid_at.isoformat() if order.paid_at else None,
        "kind": wanted["kind"], "title": title, "tax_number": wanted.get("tax_number", ""), "email": email,
        "total_fen": order.total_fen, "returned_fen": returned_fen, "amount_fen": order.total_fen - returned_fen,
        "order_state": row.state, "order_state_label": states.label_of(order, row),
        "state": invoices.state_of(row),
        "invoice_number": row.invoice_number,
        "invoiced_at": row.invoiced_at.isoformat() if row.invoiced_at else None,
    }  # fmt: skip
