"""The pictures are read back by an independent reader."""

import io
import re

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from store.core.errors import DomainError
from store.official_accounts import qr_images

CONTENT = "http://weixin.qq.com/q/02abcDEF"


@pytest.fixture
def logo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (200, 120), "green").save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("size", [120, 430, 2000])
def test_a_png_is_read_back_also_with_a_logo(size, logo):
    for mark in (None, logo):
        with Image.open(io.BytesIO(qr_images.render_png(CONTENT, size=size, logo=mark))) as picture:
            assert picture.size == (size, size)
            assert zxingcpp.read_barcode(picture).text == CONTENT


def test_an_svg_is_read_back():
    assert zxingcpp.read_barcode(rasterize(qr_images.render_svg(CONTENT).decode())).text == CONTENT


def test_an_svg_carries_its_logo_in_the_middle(logo):
    assert "data:image/png;base64," in qr_images.render_svg(CONTENT, logo=logo).decode()


@pytest.mark.parametrize("size", [119, 2001])
def test_a_size_out_of_bounds_is_refused(size):
    with pytest.raises(DomainError):
        qr_images.render_png(CONTENT, size=size)


def test_a_logo_that_is_no_picture_is_refused():
    with pytest.raises(DomainError):
        qr_images.render_svg(CONTENT, logo=b"<svg onload=alert(1)>")


def rasterize(svg: str) -> Image.Image:
    """The path of our SVG on a canvas, ten pixels a module."""
    side = int(re.search(r'viewBox="0 0 (\d+) ', svg)[1])
    picture = Image.new("L", (side * 10, side * 10), 255)
    pen = ImageDraw.Draw(picture)
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1", svg):
        left, top = int(x) * 10, int(y) * 10
        pen.rectangle((left, top, left + int(width) * 10 - 1, top + 9), fill=0)
    return picture
