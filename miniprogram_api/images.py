"""Images of codes as data URLs, so that a code is in no address and no log."""

import base64

from store.core import bar_codes
from store.official_accounts import qr_images


def to_qr_data_url(code: str) -> str:
    """Return the QR code of a text as an SVG data URL."""
    return _to_data_url(qr_images.render_svg(code))


def to_bar_code_data_url(digits: str) -> str:
    """Return the Code 128 bar code of a number as an SVG data URL."""
    return _to_data_url(bar_codes.render_code_128_svg(digits))


def _to_data_url(svg: bytes) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}"
