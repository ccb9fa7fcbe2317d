"""HTML: a receipt as a page that a browser prints on paper of 58 or 80 mm."""

import re
from functools import cache
from pathlib import Path

import jinja2
import zxingcpp
from markupsafe import Markup

from store.core import errors
from store.tills.receipts import rows as receipt_rows
from store.tills.receipts.contents import Receipt, ShiftReport
from store.tills.receipts.order_slips import OrderSlip, list_slip_rows
from store.tills.receipts.rows import Row

TEMPLATES = Path(__file__).resolve().parents[3] / "templates" / "till"
WIDTHS_MM = (58, 80)
_SIZE = re.compile(r'width="([0-9]+)" height="([0-9]+)"')  # without a viewBox a browser would not scale it


def render(content: Receipt | ShiftReport | OrderSlip, *, width_mm: int) -> str:
    """Render a receipt, a shift's report or an order's slip as a page of its own, without scripts."""
    if width_mm not in WIDTHS_MM:
        raise errors.invalid("width", "纸宽应为 58 或 80")
    rows = _list_rows(content)
    return _environment().get_template("receipt.html").render(rows=rows, width_mm=width_mm, qr=render_qr_svg)


def render_qr_svg(content: str) -> Markup:
    """Render a QR code as SVG, which scales with the paper."""
    code = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.QRCode)
    svg = zxingcpp.write_barcode_to_svg(code, scale=1, add_quiet_zones=True)
    scalable = _SIZE.sub(r'viewBox="0 0 \1 \2" shape-rendering="crispEdges"', svg, count=1)
    return Markup(scalable[scalable.index("<svg") :])  # noqa: S704 - written by the library, from digits


def _list_rows(content: Receipt | ShiftReport | OrderSlip) -> list[Row]:
    return list_slip_rows(content) if isinstance(content, OrderSlip) else receipt_rows.list_rows(content)


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
