"""ESC/POS: a receipt as the bytes that a thermal printer takes.

Commands after the ESC/POS reference of Epson, which printers for China follow: `FS &` selects the double-byte
characters of GB 18030 or GBK, `FS ( C` selects UTF-8.
"""

from collections.abc import Iterator
from typing import Literal

from store.core import errors
from store.tills.receipts import columns as paper
from store.tills.receipts import rows as receipt_rows
from store.tills.receipts.contents import Receipt, ShiftReport
from store.tills.receipts.order_slips import OrderSlip, list_slip_rows
from store.tills.receipts.rows import Pair, QrCode, Row, Text

Encoding = Literal["gb18030", "gbk", "utf-8"]
ENCODINGS: tuple[Encoding, ...] = ("gb18030", "gbk", "utf-8")
COLUMNS_BY_MM = {58: 32, 80: 48}

INITIALIZE = b"\x1b@"  # ESC @
DOUBLE_BYTE_CHARACTERS = b"\x1c&"  # FS &
UTF_8_CHARACTERS = b"\x1c.\x1c(C\x02\x000\x02"  # FS . and FS ( C, function 48: encoding 2
LEFT, CENTER = b"\x1ba\x00", b"\x1ba\x01"  # ESC a
NORMAL_SIZE, DOUBLE_SIZE = b"\x1d!\x00", b"\x1d!\x11"  # GS !
CUT = b"\x1dVB\x00"  # GS V 66: feed to the cutter and cut
OPEN_DRAWER = b"\x1bp\x00\x19\xfa"  # ESC p: 50 ms on, 500 ms off
_QR_MODULE_DOTS = {32: 5, 48: 7}


def encode(
    content: Receipt | ShiftReport | OrderSlip,
    *,
    columns: int,
    encoding: str,
    cut: bool = True,
    open_drawer: bool = False,
) -> bytes:
    """Encode a receipt, a shift's report or an order's slip for paper of so many columns.

    `open_drawer` comes first, for the change.
    """
    if columns not in _QR_MODULE_DOTS:
        raise errors.invalid("columns", "纸宽应为 32 列（58 毫米）或 48 列（80 毫米）")
    parts = [start(encoding), OPEN_DRAWER if open_drawer else b""]
    parts += [_encode_row(row, columns, encoding) for row in _list_rows(content)]
    return b"".join(parts) + (CUT if cut else b"\n\n\n")


def start(encoding: str) -> bytes:
    """Return what a printer needs before the first line, which otherwise it would print in another encoding."""
    if encoding not in ENCODINGS:
        raise errors.invalid("encoding", f"编码应为 {'、'.join(ENCODINGS)} 之一")
    return INITIALIZE + (UTF_8_CHARACTERS if encoding == "utf-8" else DOUBLE_BYTE_CHARACTERS)


def encode_text(text: str, encoding: str) -> bytes:
    """Encode a text. What the encoding does not have is a question mark."""
    return paper.clean(text).encode(encoding, errors="replace")


def _list_rows(content: Receipt | ShiftReport | OrderSlip) -> list[Row]:
    return list_slip_rows(content) if isinstance(content, OrderSlip) else receipt_rows.list_rows(content)


def _encode_row(row: Row, columns: int, encoding: str) -> bytes:
    if isinstance(row, QrCode):
        return CENTER + _encode_qr_code(row.content, _QR_MODULE_DOTS[columns]) + b"\n" + LEFT
    is_large = isinstance(row, Text | Pair) and row.is_large
    printed = b"".join(
        encode_text(line, encoding) + b"\n" for line in _lines(row, columns // (2 if is_large else 1))
    )
    return DOUBLE_SIZE + printed + NORMAL_SIZE if is_large else printed


def _lines(row: Row, columns: int) -> Iterator[str]:
    """Yield the lines of a row. They are centred by spaces, so that every printer sets them alike."""
    if isinstance(row, Pair):
        yield from paper.justify(row.left, row.right, columns)
    elif isinstance(row, Text):
        yield from paper.center(row.text, columns) if row.align == "center" else _wrap_indented(row, columns)
    else:
        yield "-" * columns


def _wrap_indented(row: Text, columns: int) -> list[str]:
    indent = row.text[: len(row.text) - len(row.text.lstrip())]
    return [indent + line for line in paper.wrap(row.text.lstrip(), columns - len(indent))]


def _encode_qr_code(content: str, dots: int) -> bytes:
    """Encode a QR code, model 2, with the printer's own command `GS ( k` and correction level M."""
    data = content.encode("ascii")
    return b"".join(
        (
            _qr_function(65, b"2\x00"),
            _qr_function(67, bytes([dots])),
            _qr_function(69, b"1"),
            _qr_function(80, b"0" + data),
            _qr_function(81, b"0"),
        )
    )


def _qr_function(number: int, parameters: bytes) -> bytes:
    length = len(parameters) + 2
    return b"\x1d(k" + length.to_bytes(2, "little") + b"1" + bytes([number]) + parameters
