"""Pictures that staff upload."""

import hashlib
from typing import Any

from apiflask import APIBlueprint
from flask import Response, request

import config
import platform_clients
from console.auth import OWN_CHECK, StaffCaller, staff_required
from console.lists import respond_once
from store.core import rate_limits
from store.core.database import db
from store.core.errors import DomainError, invalid
from store.tenants import pictures

bp = APIBlueprint("console_pictures", __name__, url_prefix="/console/api/pictures", enable_openapi=False)

# A person who edits one of these may upload a picture for it.
PICTURE_RIGHTS = (
    "shops.create", "shops.edit", "keyword_replies.edit", "keyword_replies.create", "menus.edit", "qr_codes.edit",
    "qr_codes.create", "coupon_rules.edit", "coupon_rules.create", "goods.edit", "goods.create", "settings.edit",
    "tiers.edit", "tiers.create",
    "card_templates.edit", "card_templates.create",
)  # fmt: skip
MAX_AN_HOUR = 300  # of one account


@bp.post("")
@staff_required(OWN_CHECK)
def upload_picture(caller: StaffCaller) -> Response:
    """Keep a picture and return its URL."""
    if not any(caller.can(right) for right in PICTURE_RIGHTS):
        raise DomainError("forbidden", "没有权限", 403)
    given = request.files.get("file")
    if given is None:
        raise invalid("file", "请选择文件")
    data = given.read()
    rate_limits.consume(
        name=f"pictures:{caller.account.id}",
        limit=MAX_AN_HOUR,
        window_s=3600,
        message="上传过于频繁，请稍后再试",
    )
    content, suffix = pictures.encode(data)

    def work() -> dict[str, Any]:
        name = pictures.save(content, suffix, var=config.current().var)
        path = pictures.url_path(db.current_tenant(), name)
        return {"url": platform_clients.to_absolute_url(path)}

    return respond_once(caller, {"sha256": hashlib.sha256(data).hexdigest()}, work, status=201)
