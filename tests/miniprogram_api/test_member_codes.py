"""The member code over HTTP, and the images of both codes as a scanner reads them."""

import base64
import re

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from store.customers import identities, member_codes, members
from tests.store.official_accounts.test_qr_images import rasterize

CODE = "/api/me/member-code"
PAYMENT_CODES = "/api/me/stored-value/payment-codes"


@pytest.fixture
def mei(xiaomei):
    xiaomei.press_phone_button()
    return xiaomei


def draw_bars(svg: str) -> Image.Image:
    """The bars of our SVG on a canvas, three pixels a module."""
    width, height = map(int, re.search(r'width="(\d+)" height="(\d+)"', svg).groups())
    picture = Image.new("L", (width * 3, height * 3), 255)
    pen = ImageDraw.Draw(picture)
    for left, bar in re.findall(r"M(\d+) 0h(\d+)v", svg):
        pen.rectangle((int(left) * 3, 0, (int(left) + int(bar)) * 3 - 1, height * 3), fill=0)
    return picture


def decode_svg(data_url: str) -> str:
    kind, _, data = data_url.partition(",")
    assert kind == "data:image/svg+xml;base64"
    return base64.b64decode(data).decode()


def assert_images_read_as(code: str, bar_code: str, qr_code: str) -> None:
    (found,) = zxingcpp.read_barcodes(draw_bars(decode_svg(bar_code)))
    assert (found.format, found.text) == (zxingcpp.BarcodeFormat.Code128, code)
    (found,) = zxingcpp.read_barcodes(rasterize(decode_svg(qr_code)))
    assert (found.format, found.text) == (zxingcpp.BarcodeFormat.QRCode, code)


def test_n17_the_member_code_is_shown_as_digits_bar_code_and_qr_code(mei):
    shown = mei.get(CODE).json["data"]
    assert re.fullmatch(r"89\d{16}", shown["code"])
    assert 1 <= shown["expires_in_s"] <= 30
    assert shown["last_used_at"] is None
    assert_images_read_as(shown["code"], shown["bar_code"], shown["qr_code"])


def test_n17_the_phone_sees_that_the_code_was_used(mei):
    first = mei.get(CODE).json["data"]
    found = member_codes.identify(code=first["code"], till="t", key="k")
    assert found == members.get_or_create(identities.find_by_phone(f"+86{mei.number}"))
    shown = mei.get(CODE).json["data"]
    assert shown["last_used_at"] is not None
    assert shown["code"] != first["code"]


def test_n17_a_follower_is_asked_to_register_first(xiaomei):
    answer = xiaomei.get(CODE)
    assert (answer.status_code, answer.json["code"]) == (409, "not_joined")


def test_n17_the_payment_code_is_a_bar_code_too(mei):
    shown = mei.post(PAYMENT_CODES).json["data"]
    assert_images_read_as(shown["code"], shown["bar_code"], shown["picture"])
