"""Types of queues (排队类型): the list, their values, and the QR code of a shop for print."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

import platform_clients
from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.business_keys import read_business_key
from console.lists import ListQuery, Search, list_response, respond_once
from store.official_accounts import qr_images
from store.queues import queue_type_list, queue_types, tickets
from store.queues.queue_type_list import QueueTypeFilter
from store.queues.queue_types import QueueType, QueueTypeFields
from store.tenants import business_days, channels
from web.responses import file_response

bp = APIBlueprint(
    "console_queue_types", __name__, url_prefix="/console/api/queue-types", enable_openapi=False
)


class QueueTypeQuery(ListQuery):
    """Which types are listed. `shop` is a code."""

    shop: Search | None = None


class QueueTypeInput(QueueTypeFields):
    """A new type of a shop."""

    shop: Search


class QueueTypeChange(QueueTypeFields):
    """All values of a type; its shop stays."""


@bp.get("")
@staff_required("queue_types.read")
@bp.input(QueueTypeQuery, location="query")
def list_types(caller: StaffCaller, query_data: QueueTypeQuery) -> Response:
    criteria = QueueTypeFilter(
        shop_id=shop_scope.find_shop_id(caller, query_data.shop), shop_ids=caller.shop_ids
    )
    rows, total = queue_type_list.list_page(criteria, query_data.to_page())
    return list_response(map(_to_row, rows), total, query_data)


@bp.post("")
@staff_required("queue_types.create")
@bp.input(QueueTypeInput)
def create_type(caller: StaffCaller, json_data: QueueTypeInput) -> Response:
    shop, key = shop_scope.get_shop(caller, json_data.shop), read_business_key(caller)[-36:]

    def work() -> dict[str, Any]:
        return _to_row(queue_types.create(shop=shop, values=json_data.model_dump(exclude={"shop"}), key=key))

    return respond_once(caller, json_data, work, status=201)


@bp.put("/<type_id>")
@staff_required("queue_types.edit")
@bp.input(QueueTypeChange)
def change_type(type_id: str, caller: StaffCaller, json_data: QueueTypeChange) -> Response:
    row = _get_seen(caller, type_id)
    return respond_once(caller, json_data, lambda: _to_row(queue_types.change(row, json_data.model_dump())))


@bp.get("/<type_id>/image")
@staff_required("queue_types.read")
def get_image(type_id: str, caller: StaffCaller) -> Response:
    """Return the QR code of the shop's queue as a PNG."""
    row = _get_seen(caller, type_id)
    picture = qr_images.render_png(platform_clients.to_absolute_url(_path(row, "queue")), size=1000)
    return file_response(picture, mimetype="image/png", filename=f"取号二维码-{row.shop.code}.png")


def _get_seen(caller: StaffCaller, type_id: str) -> QueueType:
    row = queue_types.get_by_public_id(type_id)
    caller.ensure_shop(row.shop_id, subject="该排队类型")
    return row


def _path(row: QueueType, page: str) -> str:
    channel = channels.find_first("wechat_official")
    account = f"?a={channel.key}" if channel is not None else ""
    return f"/m/stores/{row.shop.public_id}/{page}{account}"


def _to_row(row: QueueType) -> dict[str, Any]:
    return {
        "id": row.public_id, "shop": row.shop.name, "shop_code": row.shop.code,
        **{name: getattr(row, name) for name in QueueTypeFields.model_fields},
        "waiting": tickets.count_waiting(row, business_days.today()),
        "screen_path": _path(row, "queue-screen"), "queue_path": _path(row, "queue"),
        "created_at": row.created_at.isoformat(),
    }  # fmt: skip
