"""The contents of a receipt (小票) and of the report of a shift (交班单). Amounts are fen, times are local."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class ReceiptLine:
    """Goods of a sale."""

    name: str
    quantity: int
    unit_fen: int
    total_fen: int


@dataclass(frozen=True)
class ReceiptAmount:
    """A discount, or what pays besides money: a sentence and a positive amount."""

    label: str
    fen: int


@dataclass(frozen=True)
class ReceiptPayment:
    """Money taken, or handed back where `amount_fen` is negative. Cash has what was received and the change."""

    label: str
    amount_fen: int
    received_fen: int | None = None
    change_fen: int | None = None


@dataclass(frozen=True)
class Receipt:
    """A sale or a return. `card` is masked by the caller; `None` leaves a line out."""

    tenant_name: str
    shop_name: str
    number: str
    cashier: str
    at: datetime
    lines: tuple[ReceiptLine, ...]
    total_fen: int
    title: str = "销售小票"
    terminal: str = ""
    discounts: tuple[ReceiptAmount, ...] = ()
    tenders: tuple[ReceiptAmount, ...] = ()
    payments: tuple[ReceiptPayment, ...] = ()
    card: str = ""
    points_earned: int | None = None
    coupons_won: tuple[str, ...] = ()
    points_balance: int | None = None
    stored_value_fen: int | None = None
    footer: str = ""
    is_reprint: bool = False


@dataclass(frozen=True)
class ShiftReport:
    """A shift. Of an open shift `closed_at`, `counted_fen` and `difference_fen` are None."""

    tenant_name: str
    shop_name: str
    terminal: str
    cashier: str
    opened_at: datetime
    opening_fen: int
    sales_fen: int
    top_ups_fen: int
    refunds_fen: int
    expected_fen: int
    closed_at: datetime | None = None
    counted_fen: int | None = None
    difference_fen: int | None = None
    is_reprint: bool = False
