"""The delivery slip (配送单) and the pick list (拣货单) of an order. Amounts are fen, times are local."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Literal

from store.tills.receipts.rows import Pair, QrCode, Row, Rule, Text, clean_row, format_money, head_rows

SlipKind = Literal["delivery", "pick"]
NO_RACK = "未设货位"


@dataclass(frozen=True)
class OrderSlipLine:
    """Goods of an order. `rack_area` and `rack_level` are empty where the shop has set no position."""

    name: str
    quantity: int
    total_fen: int
    specification: str = ""
    rack_area: str = ""
    rack_level: str = ""


@dataclass(frozen=True)
class OrderSlip:
    """An order as its slips show it. Name, phone and address are masked by the caller; `slot` is a sentence.

    `to_collect_fen` is what the courier collects, 0 where the order is paid.
    """

    kind: SlipKind
    tenant_name: str
    shop_name: str
    number: str
    placed_at: datetime
    lines: tuple[OrderSlipLine, ...]
    total_fen: int
    to_collect_fen: int = 0
    fulfilment: str = ""
    recipient: str = ""
    phone: str = ""
    address: str = ""
    slot: str = ""
    remark: str = ""
    is_reprint: bool = False


def list_slip_rows(slip: OrderSlip) -> list[Row]:
    """Return the rows of a slip, their texts as a printer can take them."""
    rows = _delivery_rows(slip) if slip.kind == "delivery" else _pick_rows(slip)
    return [clean_row(row) for row in rows]


def _delivery_rows(slip: OrderSlip) -> Iterator[Row]:
    yield from _order_rows(slip, "配送单")
    if slip.recipient:
        yield Pair("收货人", slip.recipient)
    if slip.phone:
        yield Pair("电话", slip.phone)
    if slip.address:
        yield Text(f"地址：{slip.address}")
    yield Rule()
    for line in slip.lines:
        yield Pair(f"{_name(line)} x {line.quantity}", format_money(line.total_fen))
        if position := _position(line):
            yield Text(f"  货位 {position}")
    yield Rule()
    yield Pair("合计", format_money(slip.total_fen))
    if slip.to_collect_fen:
        yield Pair("应收", format_money(slip.to_collect_fen), is_large=True)
    else:
        yield Text("已付款")
    yield from _end_rows(slip)


def _pick_rows(slip: OrderSlip) -> Iterator[Row]:
    yield from _order_rows(slip, "拣货单")
    yield Rule()
    for area, lines in groupby(sorted(slip.lines, key=_walking_order), key=lambda line: line.rack_area):
        yield Text(area or NO_RACK, "center")
        for line in lines:
            yield Pair(f"[ ] {line.rack_level} {_name(line)}".replace("]  ", "] "), f"x {line.quantity}")
    yield Rule()
    yield Pair("件数", str(sum(line.quantity for line in slip.lines)))
    yield from _end_rows(slip)


def _order_rows(slip: OrderSlip, title: str) -> Iterator[Row]:
    yield from head_rows(slip.tenant_name, slip.shop_name, title, is_reprint=slip.is_reprint)
    yield Pair("单号", slip.number)
    yield Pair("下单", f"{slip.placed_at:%Y-%m-%d %H:%M}")
    if slip.fulfilment:
        yield Pair("方式", slip.fulfilment)
    if slip.slot:
        yield Pair("时段", slip.slot)


def _end_rows(slip: OrderSlip) -> Iterator[Row]:
    if slip.remark:
        yield Rule()
        yield Text(f"备注：{slip.remark}")
    yield Rule()
    yield QrCode(slip.number)


def _name(line: OrderSlipLine) -> str:
    return f"{line.name}（{line.specification}）" if line.specification else line.name


def _position(line: OrderSlipLine) -> str:
    return "-".join(part for part in (line.rack_area, line.rack_level) if part)


def _walking_order(line: OrderSlipLine) -> tuple[bool, str, bool, str, str]:
    """Return the key of the way through the shop: goods without a position come last."""
    return not line.rack_area, line.rack_area, not line.rack_level, line.rack_level, line.name
