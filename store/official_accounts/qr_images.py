"""Images of QR codes: PNG or SVG in a chosen size, with a logo in the centre."""

import base64
import io
from itertools import groupby

import qrcode
from PIL import Image
from qrcode.exceptions import DataOverflowError

from store.core import errors

SIZE_RANGE = (120, 2000)
LOGO_SHARE = 0.22  # of the width: correction level H restores up to 30 % of the area
MAX_LOGO_BYTES = 1024 * 1024
MAX_LOGO_PIXELS = 20_000_000  # a small file may hold a huge picture
Image.MAX_IMAGE_PIXELS = MAX_LOGO_PIXELS


def render_png(content: str, *, size: int = 430, logo: bytes | None = None) -> bytes:
    """Render a PNG of `size` × `size` pixels."""
    _validate_size(size)
    picture = (
        _build_code(content)
        .make_image()
        .get_image()
        .convert("RGB")
        .resize((size, size), Image.Resampling.NEAREST)
    )
    if logo:
        _add_logo(picture, _load_logo(logo, int(size * LOGO_SHARE)))
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def render_svg(content: str, *, size: int = 430, logo: bytes | None = None) -> bytes:
    """Render an SVG of width `size`."""
    _validate_size(size)
    rows = _build_code(content).get_matrix()
    side = len(rows)
    inside = f'<rect width="{side}" height="{side}" fill="#fff"/><path d="{_svg_path(rows)}" fill="#000"/>'
    if logo:
        inside += _svg_logo(_load_logo(logo, 400), side)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 {side} {side}">'
    )
    return f"{head}{inside}</svg>".encode()


def _svg_path(rows: list[list[bool]]) -> str:
    """Return the dark modules as one path, a rectangle per run in a row, one unit per module."""
    path = []
    for y, row in enumerate(rows):
        x = 0
        for dark, run in groupby(row):
            width = len(list(run))
            path += [f"M{x} {y}h{width}v1h-{width}z"] if dark else []
            x += width
    return "".join(path)


def _build_code(content: str) -> qrcode.QRCode:
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_H, box_size=10, border=4)
    code.add_data(content)
    try:
        code.make(fit=True)
    except (DataOverflowError, ValueError):  # qrcode raises the one or the other, depending on by how much
        raise errors.invalid("content", "内容过长，二维码放不下") from None
    return code


def _load_logo(data: bytes, side: int) -> Image.Image:
    """Return the logo, checked by its content, squared on white."""
    if len(data) > MAX_LOGO_BYTES:
        raise errors.invalid("logo", "图片不能超过 1 MB")
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as opened:
            if opened.width * opened.height > MAX_LOGO_PIXELS:
                raise errors.invalid("logo", "图片尺寸过大")
            opened.thumbnail((side, side))
            picture = opened.convert("RGBA")
    except errors.DomainError:
        raise
    except Exception:  # a decoder raises all kinds of errors for invalid bytes
        raise errors.invalid("logo", "请上传 PNG 或 JPG 图片") from None
    square = Image.new("RGBA", (side, side), "white")
    square.alpha_composite(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    return square


def _add_logo(picture: Image.Image, logo: Image.Image) -> None:
    margin = max(2, logo.width // 16)
    frame = Image.new("RGB", (logo.width + 2 * margin, logo.height + 2 * margin), "white")
    frame.paste(logo.convert("RGB"), (margin, margin))
    place = (picture.width - frame.width) // 2
    picture.paste(frame, (place, place))


def _svg_logo(logo: Image.Image, side: int) -> str:
    out = io.BytesIO()
    logo.save(out, "PNG")
    width = side * LOGO_SHARE
    at, margin = (side - width) / 2, width / 16
    data = base64.b64encode(out.getvalue()).decode()
    frame = f'<rect x="{at - margin:.2f}" y="{at - margin:.2f}" width="{width + 2 * margin:.2f}" '
    frame += f'height="{width + 2 * margin:.2f}" fill="#fff"/>'
    return frame + (
        f'<image x="{at:.2f}" y="{at:.2f}" width="{width:.2f}" height="{width:.2f}" '
        f'href="data:image/png;base64,{data}"/>'
    )


def _validate_size(size: int) -> None:
    if not SIZE_RANGE[0] <= size <= SIZE_RANGE[1]:
        raise errors.invalid("size", f"尺寸应为 {SIZE_RANGE[0]}–{SIZE_RANGE[1]} 像素")
