"""Pictures (图片) that staff upload: checked by content, encoded again and kept under a random name.

Encoding again drops what a file may hold beside its pixels: places and names of cameras, or a script.
"""

import io
import re
from pathlib import Path

from PIL import Image, ImageOps

from store.core import errors, ids
from store.core.database import db
from store.tenants import audit

MAX_BYTES = 1024 * 1024
MAX_PIXELS = 20_000_000  # a small file may hold a huge picture
MAX_SIDE_PX = 2000
MIME_TYPES = {"jpg": "image/jpeg", "png": "image/png"}
NAME_PATTERN = re.compile(r"[a-z2-7]{24}\.(jpg|png)")
_JPEG_QUALITY = 88
_FORMATS = ("PNG", "JPEG", "WEBP")


def save(content: bytes, suffix: str, *, var: Path) -> str:
    """Keep an encoded picture of the current tenant and return its name. `var` holds the installation's state."""
    name = f"{ids.public_id()}.{suffix}"
    path = path_of(db.current_tenant(), name, var=var)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_bytes(content)
    draft.replace(path)
    _record(name, len(content))
    return name


def encode(data: bytes) -> tuple[bytes, str]:
    """Return a picture encoded again, with its suffix. One with transparent parts stays a PNG.

    Raises DomainError(invalid) for anything but a PNG, JPEG or WebP picture of at most 1 MB.
    """
    if len(data) > MAX_BYTES:
        raise errors.invalid("file", "图片不能超过 1 MB")
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise errors.invalid("file", "图片尺寸过大，最多 2000 万像素")
            keeps_png = opened.format != "JPEG" and _is_transparent(opened)
            opened.draft("RGB", (MAX_SIDE_PX, MAX_SIDE_PX))  # a JPEG is decoded in a smaller size
            upright = ImageOps.exif_transpose(opened)
            upright.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX))
            return _encode(upright.convert("RGBA" if keeps_png else "RGB"), "png" if keeps_png else "jpg")
    except errors.DomainError:
        raise
    except Exception:  # a decoder raises all kinds of errors for invalid bytes
        raise errors.invalid("file", "请上传 JPG、PNG 或 WebP 图片") from None


def path_of(tenant: str, name: str, *, var: Path) -> Path:
    """Return the path of a picture. Raises DomainError(not_found) for a name that no picture has."""
    if not NAME_PATTERN.fullmatch(name):
        raise errors.not_found("该图片")
    return var / "pictures" / tenant / name


def url_path(tenant: str, name: str) -> str:
    """Return the path under which everybody gets a picture."""
    return f"/pictures/{tenant}/{name}"


@db.transactional
def _record(name: str, size: int) -> None:
    audit.record("pictures.upload", f"picture:{name}", after={"bytes": size})


def _is_transparent(picture: Image.Image) -> bool:
    return picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info


def _encode(picture: Image.Image, suffix: str) -> tuple[bytes, str]:
    """Return the pixels of a picture as a file, made smaller until it has at most 1 MB."""
    pixels = Image.new(
        picture.mode, picture.size
    )  # without comments and profiles, which `save` would write too
    pixels.paste(picture)
    while True:
        out = io.BytesIO()
        if suffix == "png":
            pixels.save(out, "PNG", optimize=True)
        else:
            pixels.save(out, "JPEG", quality=_JPEG_QUALITY, progressive=True)
        if out.tell() <= MAX_BYTES:
            return out.getvalue(), suffix
        pixels = pixels.reduce(2)
