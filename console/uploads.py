"""Files that the browser sends: pictures, and lists to import."""

import hashlib
from typing import Any

from apiflask import APIBlueprint
from flask import Response, request

import config
import platform_clients
from console.auth import OWN_CHECK, StaffCaller, staff_required
from console.lists import respond_once
from store.core.database import db
from store.core.errors import DomainError, invalid
from store.tenants import pictures

bp = APIBlueprint("console_uploads", __name__, url_prefix="/console/api/pictures", enable_openapi=False)

# A person who edits one of these may upload a picture for it.
PICTURE_RIGHTS = (
    "shops.create", "shops.edit", "keyword_replies.edit", "keyword_replies.create", "menus.edit", "qr_codes.edit",
    "qr_codes.create", "coupon_rules.edit", "coupon_rules.create", "goods.edit", "goods.create", "settings.edit",
    "tiers.edit", "tiers.create",
)  # fmt: skip


@bp.post("")
@staff_required(OWN_CHECK)
def upload_picture(caller: StaffCaller) -> Response:
    """Keep a picture and return its URL."""
    if not any(caller.can(right) for right in PICTURE_RIGHTS):
        raise DomainError("forbidden", "没有权限", 403)
    data = read_file()
    content, suffix = pictures.encode(data)

    def work() -> dict[str, Any]:
        name = pictures.save(content, suffix, var=config.current().var)
        path = pictures.url_path(db.current_tenant(), name)
        return {"url": platform_clients.to_absolute_url(path)}

    return respond_once(caller, {"sha256": hashlib.sha256(data).hexdigest()}, work, status=201)


def read_file(field: str = "file") -> bytes:
    """Return the content of a file of the form. Raises DomainError(invalid) without one."""
    given = request.files.get(field)
    if given is None:
        raise invalid(field, "请选择文件")
    with given.stream as stream:  # a large one is a temporary file
        return stream.read()


def read_text(field: str = "file") -> str:
    """Return a file as text, in UTF-8 or in the encoding in which spreadsheets save CSV in China.

    Raises DomainError(invalid) for a file that is no text.
    """
    data = read_file(field)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise invalid(field, "不是 CSV 文件；Excel 文件请另存为 CSV")
