"""Invoices of orders (开票): staff issue them outside and record the number here."""

from store.core import clock, errors, input_limits
from store.core.database import db
from store.orders import fulfilments, locks
from store.orders.fulfilments import Fulfilment
from store.shop_orders import refunds
from store.shop_orders.states import INVOICED_ORDER_STATES, NOT_INVOICED_STATES
from store.tenants import audit

KIND_LABELS = {"personal": "个人", "company": "企业"}


def state_of(row: Fulfilment) -> str:
    """Return `issued`, `wanted` if an invoice can be issued now, else `closed`: it is unpaid or refunded."""
    if row.invoice_number:
        return "issued"
    return "wanted" if _can_issue(row) else "closed"


@db.transactional
def issue(*, number: str, invoice_number: str) -> Fulfilment:
    """Record the number of the invoice that was issued for an order, or mend it. Idempotent.

    Raises DomainError(invalid, not_found, invoice_not_wanted, order_state).
    """
    invoice_number = input_limits.check_line(invoice_number.strip(), field="invoice_number", max_length=40)
    if not invoice_number:
        raise errors.invalid("invoice_number", "请填写发票号码")
    row = refunds.get_row(locks.lock(number))
    if not row.invoice:
        raise errors.DomainError("invoice_not_wanted", "顾客没有申请开票", 409)
    if row.invoice_number == invoice_number:
        return row
    if not _can_issue(row):
        raise errors.DomainError("order_state", "未付款或已全部退款的订单不能开票", 409, state=row.state)
    before = row.invoice_number
    row.update_fields(invoice_number=invoice_number, invoiced_at=clock.now())
    fulfilments.note(row, "invoice", f"发票号码 {invoice_number}")
    audit.record(
        "shop_orders.issue_invoice", f"order:{number}", before={"invoice_number": before},
        after={"invoice_number": invoice_number},
    )  # fmt: skip
    return row


def _can_issue(row: Fulfilment) -> bool:
    return row.order.state in INVOICED_ORDER_STATES and row.state not in NOT_INVOICED_STATES
