"""Images of pay codes as data URLs, so that a code is in no address and no log."""

import base64
import re

import zxingcpp

_SIZE = re.compile(r'width="([0-9]+)" height="([0-9]+)"')
# With a viewBox a browser scales the image. The bars of a bar code may be stretched in one direction.
_SCALABLE_SIZE = (
    r'width="\1" height="\2" viewBox="0 0 \1 \2" shape-rendering="crispEdges" preserveAspectRatio="{}"'
)


def draw_bar_code(digits: str) -> str:
    """Return the Code 128 bar code of a number."""
    return _draw(digits, zxingcpp.BarcodeFormat.Code128, aspect="none")


def draw_qr_code(text: str) -> str:
    """Return the QR code of a text."""
    return _draw(text, zxingcpp.BarcodeFormat.QRCode, aspect="xMidYMid")


def _draw(text: str, code_format: zxingcpp.BarcodeFormat, *, aspect: str) -> str:
    code = zxingcpp.create_barcode(text, code_format)
    svg: str = zxingcpp.write_barcode_to_svg(code, scale=1, add_hrt=False, add_quiet_zones=True)
    scalable = _SIZE.sub(_SCALABLE_SIZE.format(aspect), svg, count=1)
    return f"data:image/svg+xml;base64,{base64.b64encode(scalable.encode()).decode()}"
