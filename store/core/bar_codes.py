"""Images of bar codes: Code 128 as SVG, for the scanners of tills that read lines only."""

import re

import zxingcpp

_SIZE = re.compile(r'width="([0-9]+)" height="([0-9]+)"')
# Without a viewBox a browser would cut the bars off instead of scaling them.
_SCALABLE_SIZE = (
    r'width="\1" height="\2" viewBox="0 0 \1 \2" preserveAspectRatio="none" shape-rendering="crispEdges"'
)


def render_code_128_svg(digits: str) -> bytes:
    """Render an SVG of a number as Code 128, two digits a symbol, with quiet zones at both sides."""
    code = zxingcpp.create_barcode(digits, zxingcpp.BarcodeFormat.Code128)
    text: str = zxingcpp.write_barcode_to_svg(code, scale=1, add_hrt=False, add_quiet_zones=True)
    return _SIZE.sub(_SCALABLE_SIZE, text, count=1).encode()
