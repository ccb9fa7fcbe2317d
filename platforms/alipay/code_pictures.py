"""Pictures of QR codes at Alipay, which returns the address of a picture and not its content."""

import io
from urllib.parse import urljoin, urlsplit

import requests
import zxingcpp
from PIL import Image

from platforms.alipay.transport import PLATFORM
from platforms.errors import OutcomeUnknownError
from platforms.http import PlatformSession, unknown_outcome

HOSTS = (".alipay.com", ".alipayobjects.com")
MAX_REDIRECTS = 2
MAX_PIXELS = 4_000_000  # a small file may hold a huge picture
MAX_CONTENT_LENGTH = 300
QR_CODE = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])


def read_content(http: PlatformSession, address: str) -> str:
    """Return the content of the QR code at an address of Alipay. Raises OutcomeUnknownError."""
    picture = _download(http, address)
    try:
        with Image.open(io.BytesIO(picture)) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise _unreadable()
            found = zxingcpp.read_barcodes(opened.convert("L"), formats=QR_CODE)
    except (
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
    ):  # what Pillow raises for broken files
        raise _unreadable() from None
    if len(found) != 1 or not 1 <= len(found[0].text) <= MAX_CONTENT_LENGTH:
        raise _unreadable()
    return str(found[0].text)


def _download(http: PlatformSession, address: str) -> bytes:
    """Return the picture at an address, which may redirect to a host of Alipay."""
    for _ in range(MAX_REDIRECTS + 1):
        if not _is_of_alipay(address):
            raise _unreadable()
        try:
            response = http.request("GET", address)
        except requests.RequestException as error:
            failure = unknown_outcome(PLATFORM, error)
            break
        if response.status_code == 200:
            return response.content
        if response.status_code not in (301, 302, 303, 307, 308):
            raise OutcomeUnknownError(PLATFORM, f"http-{response.status_code}", "支付宝的二维码图片没有取到")
        address = urljoin(address, response.headers.get("Location", ""))
    else:
        raise _unreadable()
    raise failure


def _is_of_alipay(address: str) -> bool:
    """Return whether an address is one of Alipay, so that an answer can make us read no other host."""
    parts = urlsplit(address)
    return parts.scheme in ("http", "https") and f".{parts.hostname}".endswith(HOSTS)


def _unreadable() -> OutcomeUnknownError:
    return OutcomeUnknownError(PLATFORM, "unreadable", "支付宝的二维码图片无法识别")
