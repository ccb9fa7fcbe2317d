"""The rows of a receipt, the same on paper and on a page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from store.tills.receipts import columns
from store.tills.receipts.contents import Receipt, ReceiptPayment, ShiftReport

REPRINT_MARK = "** 重印 **"


@dataclass(frozen=True)
class Text:
    """A text, which wraps; large is twice as wide and high."""

    text: str
    align: Literal["left", "center"] = "left"
    is_large: bool = False
    kind: Literal["text"] = "text"


@dataclass(frozen=True)
class Pair:
    """Two texts at the edges of the paper."""

    left: str
    right: str
    is_large: bool = False
    kind: Literal["pair"] = "pair"


@dataclass(frozen=True)
class Rule:
    """A line across the paper."""

    kind: Literal["rule"] = "rule"


@dataclass(frozen=True)
class QrCode:
    """A QR code in the middle."""

    content: str
    kind: Literal["qr"] = "qr"


Row = Text | Pair | Rule | QrCode


def list_rows(content: Receipt | ShiftReport) -> list[Row]:
    """Return the rows of a receipt or of a shift's report, their texts as a printer can take them."""
    rows = _receipt_rows(content) if isinstance(content, Receipt) else _shift_rows(content)
    return [clean_row(row) for row in rows]


def format_money(fen: int) -> str:
    """Format an amount: `199000` → `￥1,990.00`."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{columns.FULLWIDTH_YEN}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def clean_row(row: Row) -> Row:
    """Return a row with its texts as a printer can take them."""
    if isinstance(row, Text):
        return Text(columns.clean(row.text), row.align, row.is_large)
    if isinstance(row, Pair):
        return Pair(columns.clean(row.left), columns.clean(row.right), row.is_large)
    return row


def head_rows(tenant_name: str, shop_name: str, title: str, *, is_reprint: bool) -> Iterator[Row]:
    """Yield the first rows of a receipt or slip: who prints it and what it is."""
    yield Text(tenant_name, "center", is_large=True)
    if shop_name != tenant_name:
        yield Text(shop_name, "center")
    yield Text(title, "center")
    if is_reprint:
        yield Text(REPRINT_MARK, "center")
    yield Rule()


def _receipt_rows(receipt: Receipt) -> Iterator[Row]:
    yield from head_rows(receipt.tenant_name, receipt.shop_name, receipt.title, is_reprint=receipt.is_reprint)
    yield Pair("单号", receipt.number)
    yield Pair("时间", f"{receipt.at:%Y-%m-%d %H:%M:%S}")
    yield Pair("收银员", receipt.cashier)
    if receipt.terminal:
        yield Pair("终端", receipt.terminal)
    yield Rule()
    for line in receipt.lines:
        yield Pair(line.name, format_money(line.total_fen))
        if line.quantity != 1:
            yield Text(f"  {line.quantity} x {format_money(line.unit_fen)}")
    yield Rule()
    for discount in receipt.discounts:
        yield Pair(discount.label, format_money(-discount.fen))
    yield Pair("合计", format_money(receipt.total_fen), is_large=True)
    for tender in receipt.tenders:
        yield Pair(tender.label, format_money(tender.fen))
    for payment in receipt.payments:
        yield from _payment_rows(payment)
    yield from _member_rows(receipt)
    yield Rule()
    yield QrCode(receipt.number)
    for sentence in receipt.footer.splitlines():
        yield Text(sentence, "center")


def _payment_rows(payment: ReceiptPayment) -> Iterator[Row]:
    yield Pair(payment.label, format_money(payment.amount_fen))
    if payment.received_fen is not None:
        yield Pair("  实收", format_money(payment.received_fen))
    if payment.change_fen:
        yield Pair("  找零", format_money(payment.change_fen))


def _member_rows(receipt: Receipt) -> Iterator[Row]:
    rows: list[Row] = []
    if receipt.card:
        rows.append(Pair("会员卡", receipt.card))
    if receipt.points_earned is not None:
        rows.append(Pair("本次得积分", str(receipt.points_earned)))
    rows += [Pair("获得优惠券", coupon) for coupon in receipt.coupons_won]
    if receipt.points_balance is not None:
        rows.append(Pair("积分余额", str(receipt.points_balance)))
    if receipt.stored_value_fen is not None:
        rows.append(Pair("储值余额", format_money(receipt.stored_value_fen)))
    if rows:
        yield Rule()
        yield from rows


def _shift_rows(report: ShiftReport) -> Iterator[Row]:
    yield from head_rows(report.tenant_name, report.shop_name, "交班单", is_reprint=report.is_reprint)
    yield Pair("终端", report.terminal)
    yield Pair("收银员", report.cashier)
    yield Pair("开班", f"{report.opened_at:%Y-%m-%d %H:%M:%S}")
    yield Pair("交班", f"{report.closed_at:%Y-%m-%d %H:%M:%S}" if report.closed_at else "未交班")
    yield Rule()
    yield Pair("备用金", format_money(report.opening_fen))
    yield Pair("现金销售", format_money(report.sales_fen))
    yield Pair("现金充值", format_money(report.top_ups_fen))
    yield Pair("现金退款", format_money(-report.refunds_fen))
    yield Pair("应有现金", format_money(report.expected_fen))
    if report.counted_fen is not None and report.difference_fen is not None:
        yield Pair("实点现金", format_money(report.counted_fen))
        yield Pair("长短款", format_money(report.difference_fen), is_large=True)
    yield Rule()
    yield Text("签字：")
