"""The receipt of a sale or of a return, made from the order's rows."""

from store.core import masking
from store.customers.members import Member
from store.orders import snapshots
from store.orders.tables import Order
from store.payments import attempts, kinds
from store.payments.attempts import PaymentAttempt
from store.points import order_events as point_order_events
from store.points import points
from store.shops.shops import Shop
from store.stored_value import accounts as stored_value_accounts
from store.tenants import branding, business_days, settings
from store.tills.cashiers import Cashier
from store.tills.receipts.contents import Receipt, ReceiptAmount, ReceiptLine, ReceiptPayment
from store.tills.terminals import Terminal
from store.tills.till_settings import TillSettings


def build(order: Order, *, is_reprint: bool = False) -> Receipt:
    """Return the receipt of a paid sale."""
    tenders = snapshots.list_tenders(order)
    member = Member.get_by_id(order.member_id) if order.member_id else None
    account = stored_value_accounts.find_by_member(member) if member else None
    return Receipt(
        tenant_name=branding.read_name(),
        shop_name=Shop.get_by_id(order.shop_id).name,
        number=order.number,
        cashier=_name_of(Cashier, order.cashier_id),
        terminal=_code_of(order.terminal_id),
        at=business_days.to_local(order.paid_at or order.placed_at),
        lines=tuple(
            ReceiptLine(
                f"赠品 {line.name}" if line.gift_for else line.name,
                line.quantity,
                line.list_fen // max(line.quantity, 1),
                line.list_fen,
            )
            for line in snapshots.list_lines(order)
        ),
        discounts=tuple(ReceiptAmount(one.sentence, one.fen) for one in snapshots.list_discounts(order)),
        total_fen=order.total_fen,
        tenders=tuple(ReceiptAmount(one.sentence, one.fen) for one in tenders if one.attempt_id is None),
        payments=tuple(_to_payment(row) for row in list_payments(order)),
        card=masking.mask_card(member.card_number) if member else "",
        points_earned=point_order_events.earned_points(order.number) if member else None,
        points_balance=_balance(member, order) if member else None,
        stored_value_fen=account.available_fen if account else None,
        footer=settings.read(TillSettings).receipt_footer,
        is_reprint=is_reprint,
    )


def list_payments(order: Order) -> list[PaymentAttempt]:
    """Return the attempts that paid an order, as they were begun."""
    rows = attempts.list_for("order", order.number)
    return [row for row in rows if row.state == "succeeded" and row.taken_fen]


def _balance(member: Member, order: Order) -> int:
    """Return the points of a member with those of the order, which may be posted a moment later."""
    return points.balance(member) + point_order_events.unposted_points(order.number)


def _to_payment(row: PaymentAttempt) -> ReceiptPayment:
    is_cash = row.kind == "cash"
    return ReceiptPayment(
        kinds.get(row.kind).name, row.taken_fen, row.received_fen if is_cash else None,
        row.change_fen if is_cash else None,
    )  # fmt: skip


def _name_of(table: type[Cashier], row_id: int | None) -> str:
    row = table.find(id=row_id) if row_id else None
    return str(row.name) if row else ""


def _code_of(terminal_id: int | None) -> str:
    row = Terminal.find(id=terminal_id) if terminal_id else None
    return str(row.code) if row else ""
