"""The report of a shift (交班单), made from its row."""

from store.shops.shops import Shop
from store.tenants import branding, business_days
from store.tills import shifts
from store.tills.cashiers import Cashier
from store.tills.receipts.contents import ShiftReport
from store.tills.shifts import Shift
from store.tills.terminals import Terminal


def build(shift: Shift, *, is_reprint: bool = False) -> ShiftReport:
    """Return the report of a shift. Of an open one it has the sums of this moment, without a count."""
    terminal = Terminal.get_by_id(shift.terminal_id)
    shop = Shop.get_by_id(terminal.shop_id)
    sums = shifts.sum_cash(shift)
    return ShiftReport(
        tenant_name=branding.read_name(), shop_name=shop.name, terminal=terminal.code,
        cashier=Cashier.get_by_id(shift.closed_by_id or shift.cashier_id).name,
        opened_at=business_days.to_local(shift.opened_at),
        closed_at=business_days.to_local(shift.closed_at) if shift.closed_at else None,
        opening_fen=shift.opening_fen, sales_fen=sums.sales_fen, top_ups_fen=sums.top_ups_fen,
        refunds_fen=sums.refunds_fen, expected_fen=shift.opening_fen + sums.total_fen,
        counted_fen=shift.counted_fen, difference_fen=shift.difference_fen, is_reprint=is_reprint,
    )  # fmt: skip
