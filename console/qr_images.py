"""The images of QR codes for staff: with the uploaded logo, singly or as one file."""

import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

import config
import platform_clients
from store.core.database import db
from store.core.errors import DomainError, invalid
from store.official_accounts import qr_images
from store.official_accounts.qr_codes import QrCode
from store.tenants import pictures

MAX_IMAGES = 100
_RENDERERS = {"png": qr_images.render_png, "svg": qr_images.render_svg}
_UNSAFE_IN_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f]')


def render(code: QrCode, *, form: str, size: int) -> bytes:
    """Return the image of a code. Raises DomainError(no_ticket) before the platform has answered."""
    if not code.url:
        raise DomainError("no_ticket", f"二维码“{code.name}”还没有生成，请稍后再试", 409)
    return _RENDERERS[form](code.url, size=size, logo=_read_logo(code))


def pack(codes: Sequence[QrCode], *, form: str, size: int) -> bytes:
    """Return the images of several codes as a ZIP file, named by the codes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for code in codes:
            name = _UNSAFE_IN_NAMES.sub("_", code.name)
            archive.writestr(f"{name}-{code.id}.{form}", render(code, form=form, size=size))
    return out.getvalue()


def logo_url(code: QrCode) -> str:
    """Return the URL of the logo of a code, or nothing."""
    if not code.logo:
        return ""
    return platform_clients.to_absolute_url(pictures.url_path(db.current_tenant(), code.logo))


def find_logo_name(url: str) -> str:
    """Return the name of an uploaded picture by its URL. Raises DomainError(invalid) for one that is not ours."""
    if not url:
        return ""
    name = url.rpartition("/")[2]
    is_ours = url.endswith(pictures.url_path(db.current_tenant(), name))
    if not (is_ours and pictures.NAME_PATTERN.fullmatch(name) and _path_of(name).is_file()):
        raise invalid("logo_url", "请用“上传”选择标志图片")
    return name


def _path_of(name: str) -> Path:
    return pictures.path_of(db.current_tenant(), name, var=config.current().var)


def _read_logo(code: QrCode) -> bytes | None:
    """Return the logo of a code, or None if it has none or its file is gone."""
    if not code.logo:
        return None
    path = _path_of(code.logo)
    return path.read_bytes() if path.is_file() else None
