"""Receipts: columns, encodings, commands, and the page."""

from datetime import UTC, datetime

import pytest

from store.core.errors import DomainError
from store.tills.receipts import columns, escpos, html, rows
from store.tills.receipts.contents import Receipt, ReceiptAmount, ReceiptLine, ReceiptPayment, ShiftReport

NUMBER = "90000000000000000017"
RECEIPT = Receipt(
    tenant_name="小二便利", shop_name="小二便利 西站店", number=NUMBER, cashier="小李",
    at=datetime(2026, 11, 28, 12, 30, tzinfo=UTC), terminal="T1",
    lines=(
        ReceiptLine("木耳鸡蛋盖饭套餐", 1, 199_000, 199_000),
        ReceiptLine("现磨拿铁咖啡大杯加双份浓缩燕麦奶少冰少糖 Oat Latte", 2, 1_500, 3_000),
    ),
    discounts=(ReceiptAmount("满30减5元券", 500),), total_fen=201_500,
    tenders=(ReceiptAmount("积分抵现 100 积分", 100),),
    payments=(ReceiptPayment("现金", 201_400, received_fen=202_000, change_fen=600),),
    card="8212****3456", points_earned=20, coupons_won=("生日券",), points_balance=120, stored_value_fen=5_000,
    footer="谢谢惠顾\n欢迎再来",
)  # fmt: skip
REPORT = ShiftReport(
    tenant_name="小二便利", shop_name="西站店", terminal="T1", cashier="小李",
    opened_at=datetime(2026, 11, 28, 8, tzinfo=UTC),
    closed_at=datetime(2026, 11, 28, 20, tzinfo=UTC), opening_fen=20_000, sales_fen=50_000, top_ups_fen=10_000,
    refunds_fen=1_000, expected_fen=79_000, counted_fen=78_900, difference_fen=-100,
)  # fmt: skip


def printed_lines(content, width=32, encoding="gb18030"):
    """The lines of a receipt without the commands."""
    data = escpos.encode(content, columns=width, encoding=encoding)
    before, _, rest = data.partition(b"\x1d(k")
    after = rest.rpartition(b"\x1d(k")[2]
    text = (before + b"\n" + after[6:] if rest else data).decode(encoding)
    for command in ("\x1b@", "\x1c&", "\x1ba\x00", "\x1ba\x01", "\x1d!\x00", "\x1d!\x11", "\x1dVB\x00"):
        text = text.replace(command, "")
    return text.split("\n")


@pytest.mark.parametrize("encoding", ["gbk", "gb18030"])
def test_prn_1_the_money_sign_has_two_columns_in_gbk(encoding):
    printed = escpos.encode_text("你好 ¥12.80", encoding)
    assert printed == bytes.fromhex("C4E3BAC3") + b" " + bytes.fromhex("A3A4") + b"12.80"
    assert columns.width(columns.clean("你好 ¥12.80")) == len(printed) == 12


def test_prn_1_the_encoding_is_selected_before_the_first_line():
    for encoding, command in (("gbk", b"\x1c&"), ("gb18030", b"\x1c&"), ("utf-8", b"\x1c(C\x02\x000\x02")):
        data = escpos.encode(RECEIPT, columns=32, encoding=encoding)
        assert data.startswith(b"\x1b@")
        assert data.index(command) < data.index("小二便利".encode(encoding))


def test_prn_2_each_printer_gets_its_own_bytes():
    assert escpos.encode_text("你好㐀", "gb18030") == "你好㐀".encode("gb18030")
    assert escpos.encode_text("你好㐀", "gbk") == bytes.fromhex("C4E3BAC3") + b"?"
    assert escpos.encode_text("你好¥", "utf-8") == "你好￥".encode()
    for encoding in escpos.ENCODINGS:
        assert "木耳鸡蛋盖饭套餐".encode(encoding) in escpos.encode(RECEIPT, columns=48, encoding=encoding)


def test_prn_4_a_name_and_its_price_fill_one_line():
    name, price = "木耳鸡蛋盖饭套餐", "￥1,990.00"
    assert (columns.width(name), columns.width(price)) == (16, 10)
    assert columns.justify(name, price, 32) == [name + " " * 6 + price]
    assert name + " " * 6 + price in printed_lines(RECEIPT)


@pytest.mark.parametrize("width", [32, 48])
@pytest.mark.parametrize("content", [RECEIPT, REPORT], ids=["receipt", "shift"])
def test_no_line_is_wider_than_the_paper(content, width):
    lines = printed_lines(content, width)
    assert max(map(columns.width, lines)) == width
    assert len(lines) > 12


def test_a_long_name_wraps_and_keeps_its_price():
    name = RECEIPT.lines[1].name
    *names, last = columns.justify(name, "￥30.00", 32)
    assert all(columns.width(line) <= 32 for line in (*names, last))
    assert last.endswith("￥30.00")
    assert columns.width(last) == 32
    assert "".join((*names, last.removesuffix("￥30.00"))).replace(" ", "") == name.replace(" ", "")


def test_a_word_longer_than_the_paper_is_cut():
    assert columns.wrap("x" * 70, 32) == ["x" * 32, "x" * 32, "x" * 6]
    assert columns.wrap("", 32) == [""]


def test_what_is_on_a_receipt():
    text = "\n".join(printed_lines(RECEIPT))
    for part in (
        "合计", "实收", "找零", "满30减5元券", "积分抵现", "本次得积分", "生日券", "储值余额", "欢迎再来",
        "2 x ￥15.00",
    ):  # fmt: skip
        assert part in text
    assert rows.REPRINT_MARK not in text


def test_a_reprint_is_marked():
    reprint = Receipt(**{**vars(RECEIPT), "is_reprint": True})
    assert rows.REPRINT_MARK in "\n".join(printed_lines(reprint))
    assert rows.REPRINT_MARK in html.render(reprint, width_mm=58)


def test_the_order_number_is_a_qr_code_and_the_paper_is_cut():
    data = escpos.encode(RECEIPT, columns=32, encoding="gbk")
    assert b"\x1d(k\x17\x00\x31\x50\x30" + NUMBER.encode() in data
    assert data.endswith(b"\x1dV\x42\x00")
    assert not escpos.encode(RECEIPT, columns=32, encoding="gbk", cut=False).endswith(b"\x1dV\x42\x00")


def test_the_drawer_opens_only_on_request():
    assert b"\x1bp\x00" not in escpos.encode(RECEIPT, columns=32, encoding="gbk")
    assert b"\x1bp\x00" in escpos.encode(RECEIPT, columns=32, encoding="gbk", open_drawer=True)


def test_a_name_is_never_a_command_of_the_printer():
    hostile = Receipt(**{**vars(RECEIPT), "shop_name": "店\x1bp\x00\x19\xfa\x1dV\x00"})
    data = escpos.encode(hostile, columns=32, encoding="gb18030", cut=False)
    assert b"\x1bp" not in data
    assert b"\x1dV" not in data


def test_unknown_paper_and_encoding_are_rejected():
    for options in ({"columns": 40, "encoding": "gbk"}, {"columns": 32, "encoding": "big5"}):
        with pytest.raises(DomainError, check=lambda no: no.status == 422):
            escpos.encode(RECEIPT, **options)
    with pytest.raises(DomainError):
        html.render(RECEIPT, width_mm=57)


@pytest.mark.parametrize("width_mm", [58, 80])
def test_the_page_has_the_width_of_the_paper_and_escapes_names(width_mm):
    hostile = Receipt(**{**vars(RECEIPT), "shop_name": "<script>alert(1)</script>"})
    page = html.render(hostile, width_mm=width_mm)
    assert f"size: {width_mm}mm auto" in page
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "viewBox" in page
    assert "￥1,990.00" in page


def test_a_shift_report_shows_the_difference():
    lines = printed_lines(REPORT)
    assert any(line.startswith("长短款") and line.endswith("-￥1.00") for line in lines)
    assert "-￥1.00" in html.render(REPORT, width_mm=80)
