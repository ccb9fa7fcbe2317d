"""Arguments of the lists of trade for staff: what would be the rival's is searched for."""

from types import SimpleNamespace
from typing import Any

from store.core import clock
from store.insight.sales_orders import SalesCriteria
from store.insight.stock_flows import FlowCriteria
from store.orders.line_list import LineCriteria
from store.orders.order_list import OrderCriteria
from store.orders.requests import ReturnLine
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
        "shops.shop_list.find_by_public_ids": {"public_ids": [rival.shop.public_id]},
        "catalog.skus.find_by_public_ids": {"public_ids": ["sku_rival"]},
        "carts.cart_list.read_visitor": {"wanted": [(rival.shop, rival.sku, 1)]},
        **{f"mall.home.{verb}": {"shop": rival.shop} for verb in ("list_hot", "list_newest", "list_recommended")},
        **_changes_of_orders(rival),
        "payments.notices.list_for_numbers": {"numbers": [rival.attempt.number, rival.refund.number]},
    }  # fmt: skip


def _changes_of_orders(rival: SimpleNamespace) -> dict[str, dict[str, Any]]:
    number, lines = rival.sale.number, [ReturnLine("1", units=1)]
    reported = {"channel": rival.official, "merchant_number": "1", "payment_number": rival.attempt.number}
    times = dict.fromkeys(("shipped_at", "expected_at", "received_at", "settled_at"), clock.now())
    decision = {"approval": rival.approval, "version": rival.approval.version, "opinion": "对门"}
    return {
        "shop_orders.moves.hide_from_staff": {"number": number},
        "shop_orders.shipping_uploads.prepare": {"order": rival.sale},
        "shop_orders.shipping_uploads.list_of_order": {"order": rival.sale},
        "shop_orders.shipping_uploads.remind": {**reported, "at": clock.now()},
        "shop_orders.shipping_uploads.remind_account": {"channel": rival.official, "at": clock.now()},
        "shop_orders.shipping_uploads.settle": {**reported, **times},
        "shop_orders.change_approvals.lower_or_submit": {
            "number": number, "change_number": "C1", "amount_fen": 1, "reason": "对门",
        },
        "shop_orders.change_approvals.refund_or_submit": {
            "number": number, "return_number": "R1", "lines": lines, "reason": "对门",
        },
        "shop_orders.change_approvals.cancel_or_submit": {"number": number, "reason": "对门"},
        **{f"shop_orders.change_approvals.{verb}": decision for verb in ("approve", "reject")},
        "shop_orders.change_approvals.describe": {"approval": SimpleNamespace(subject=number, content={})},
        "shop_orders.change_approvals.select_seen": {"shop_ids": [rival.shop.id]},
    }  # fmt: skip
