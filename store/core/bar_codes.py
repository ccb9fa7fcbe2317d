"""Images of bar codes: Code 128 as SVG, for the scanners of tills that read lines only."""

import zxingcpp


def render_code_128_svg(digits: str) -> bytes:
    """Render an SVG of a number as Code 128, two digits a symbol, with quiet zones at both sides."""
    code = zxingcpp.create_barcode(digits, zxingcpp.BarcodeFormat.Code128)
    text: str = zxingcpp.write_barcode_to_svg(code, scale=1, add_hrt=False, add_quiet_zones=True)
    return text.encode()
