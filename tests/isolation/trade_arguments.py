"""Arguments of the lists of trade for staff: what would be the rival's is searched for."""

from types import SimpleNamespace
from typing import Any

from store.insight.sales_orders import SalesCriteria
from store.insight.stock_flows import FlowCriteria
from store.orders.line_list import LineCriteria
from store.orders.order_list import OrderCriteria
from store.payments.refund_list import RefundCriteria
from store.stored_value.account_list import AccountCriteria
from store.stored_value.entry_list import EntryCriteria
from store.stored_value.refund_request_list import RefundRequestCriteria
from store.stored_value.top_up_list import TopUpCriteria
from store.tills.cashier_list import CashierCriteria
from store.tills.collection_code_list import CollectionCodeCriteria
from store.tills.shift_list import ShiftCriteria
from store.tills.terminal_list import TerminalCriteria


def lists_of_other_tenant(rival: SimpleNamespace) -> dict[str, dict[str, Any]]:
    """Return the arguments by operation."""
    criteria: dict[str, tuple[Any, tuple[str, ...]]] = {
        "orders.order_list": (
            OrderCriteria(search=rival.sale.number), ("list_page", "count_orders", "iterate_orders"),
        ),
        "orders.line_list": (LineCriteria(search=rival.sale.number), ("list_page", "count_lines", "iterate_lines")),
        "insight.sales_lines": (SalesCriteria(search=rival.sale.number), ("list_page", "count_lines", "iterate_lines")),
        "insight.sales_report": (SalesCriteria(search=rival.sale.number), ("summarize", "read_periods")),
        "insight.rankings": (SalesCriteria(search=rival.sale.number), ("rank_goods", "rank_members")),
        "insight.stock_flows": (
            FlowCriteria(search=rival.sale.number),
            ("list_page", "count_flows", "iterate_flows", "summarize", "iterate_sums", "count_sums"),
        ),
        "payments.refund_list": (
            RefundCriteria(search=rival.refund.number), ("list_page", "count_refunds", "iterate_refunds"),
        ),
        "stored_value.account_list": (
            AccountCriteria(search=rival.phone), ("list_page", "count_accounts", "iterate_accounts"),
        ),
        "stored_value.entry_list": (
            EntryCriteria(search=rival.phone), ("list_page", "count_entries", "iterate_entries"),
        ),
        "stored_value.top_up_list": (
            TopUpCriteria(search=rival.top_up.number), ("list_page", "count_top_ups", "iterate_top_ups"),
        ),
        "stored_value.refund_request_list": (RefundRequestCriteria(search=rival.phone), ("list_page",)),
        "tills.cashier_list": (CashierCriteria(search=rival.cashier.number), ("list_page",)),
        "tills.terminal_list": (TerminalCriteria(search=rival.terminal.code), ("list_page",)),
        "tills.collection_code_list": (CollectionCodeCriteria(search=rival.shop.code), ("list_page",)),
        "tills.shift_list": (
            ShiftCriteria(search=rival.terminal.code), ("list_page", "count_shifts", "iterate_shifts"),
        ),
    }  # fmt: skip
    return {
        f"{module}.{verb}": {"criteria": given}
        for module, (given, verbs) in criteria.items() for verb in verbs
    } | {
        **{
            f"orders.staff_changes.{verb}": {"number": rival.sale.number} for verb in ("attach_member", "close")
        },
        "orders.order_list.count_units": {"orders": [rival.sale]},
        "orders.order_list.sum_returned": {"orders": [rival.sale]},
        "stored_value.top_up_list.is_within": {"shop_ids": frozenset({rival.shop.id})},
        "tills.cashiers.read_names": {"cashier_ids": [rival.cashier.id]},
        "payments.notices.list_for_numbers": {"numbers": [rival.attempt.number, rival.refund.number]},
    }  # fmt: skip
