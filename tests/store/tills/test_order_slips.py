"""Slips of an order: what is on them, in which order, on paper of both widths and as a page."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from store.tills.receipts import columns, escpos, html
from store.tills.receipts.order_slips import OrderSlip, OrderSlipLine, list_slip_rows
from store.tills.receipts.rows import Pair, QrCode, Text

SLIP = OrderSlip(
    kind="delivery",
    tenant_name="茶与杂货",
    shop_name="人民路店",
    number="202611290001",
    placed_at=datetime(2026, 11, 29, 9, 5, tzinfo=UTC),
    lines=(
        OrderSlipLine("铁观音", 1, 6800),
        OrderSlipLine("龙井茶", 2, 19800, "250 克", "B", "02"),
        OrderSlipLine("茶杯", 1, 2500, rack_area="A", rack_level="11"),
        OrderSlipLine("茶壶", 1, 9900, rack_area="A", rack_level="03"),
    ),
    total_fen=39000,
    fulfilment="商家配送",
    recipient="王*",
    phone="138****0000",
    address="人民路 1 号 2 单元 301",
    slot="11-29 10:00–11:00",
    remark="放门口",
)


def _texts(slip: OrderSlip) -> list[str]:
    return [
        f"{row.left}|{row.right}" if isinstance(row, Pair) else row.text
        for row in list_slip_rows(slip)
        if isinstance(row, Pair | Text)
    ]


def test_delivery_slip_shows_where_what_and_that_it_is_paid():
    texts = _texts(SLIP)
    assert "配送单" in texts
    assert {"收货人|王*", "电话|138****0000", "时段|11-29 10:00–11:00", "已付款", "备注：放门口"} <= set(
        texts
    )
    assert "地址：人民路 1 号 2 单元 301" in texts
    assert texts[texts.index("龙井茶（250 克） x 2|￥198.00") + 1] == "  货位 B-02"
    assert list_slip_rows(SLIP)[-1] == QrCode("202611290001")


def test_delivery_slip_of_cash_on_delivery_says_what_to_collect():
    texts = _texts(replace(SLIP, to_collect_fen=39000))
    assert "应收|￥390.00" in texts
    assert "已付款" not in texts


def test_pick_list_follows_the_racks_and_shows_no_person():
    texts = _texts(replace(SLIP, kind="pick"))
    assert [text for text in texts if text in ("A", "B", "未设货位") or text.startswith("[ ]")] == [
        "A", "[ ] 03 茶壶|x 1", "[ ] 11 茶杯|x 1", "B", "[ ] 02 龙井茶（250 克）|x 2", "未设货位", "[ ] 铁观音|x 1",
    ]  # fmt: skip
    assert "件数|5" in texts
    assert not any("王" in text or "138" in text or "人民路 1 号" in text for text in texts)


@pytest.mark.parametrize("kind", ["delivery", "pick"])
@pytest.mark.parametrize(("mm", "width"), [(58, 32), (80, 48)])
def test_slips_fit_the_paper_and_the_page(kind, mm, width):
    slip = replace(SLIP, kind=kind, remark="<b>\x1bp\x00 加急", is_reprint=True)
    printed = escpos.encode(slip, columns=width, encoding="gb18030")
    assert "加急".encode("gb18030") in printed
    assert escpos.OPEN_DRAWER[:3] not in printed  # a remark commands no printer
    rows = [
        line
        for row in list_slip_rows(slip)
        for line in escpos._lines(row, width)
        if not isinstance(row, QrCode)
    ]
    assert max(map(columns.width, rows)) <= width
    page = html.render(slip, width_mm=mm)
    assert "&lt;b&gt;" in page
    assert "** 重印 **" in page
