"""Flash sales (限时抢购): list with effect, drafts, detail with items, submission, stop, records."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field, StringConstraints

import platform_clients
from console import approvals as approval_routes
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from store import approvals
from store.catalog.skus import Sku
from store.customers.members import Member
from store.flash_sales import entries, flash_sales, items, publication, sale_list, submissions
from store.flash_sales.entries import KIND_LABELS, FlashSaleEntry
from store.flash_sales.flash_sales import LABELS, MAX_REASON_LENGTH, FlashSale
from store.flash_sales.items import FlashSaleItem
from store.flash_sales.sale_list import Effect, FlashSaleFilter
from store.shops import shops
from store.staff import accounts
from store.tenants import channels, cost_centres
from web.responses import json_response
from web.schemas import OneLine, RequestModel

bp = APIBlueprint(
    "console_flash_sales", __name__, url_prefix="/console/api/flash-sales", enable_openapi=False
)


class FlashSaleQuery(ListQuery):
    """Which sales are listed. `search` is a part of the name."""

    search: Search = ""
    state: Literal["draft", "submitted", "published", "stopped", "ended"] | None = None


class FlashSaleDraft(RequestModel):
    """The content of a draft, of which an edit may name only some. The store checks it."""

    content: dict[str, Any] = Field(max_length=30)


class Submission(RequestModel):
    """Who is to approve: the login of a colleague."""

    approver: Search = Field(min_length=1)


class Stop(RequestModel):
    """Why a sale is stopped."""

    reason: Annotated[OneLine, StringConstraints(min_length=1, max_length=MAX_REASON_LENGTH)]


@bp.get("")
@staff_required("flash_sales.read")
@bp.input(FlashSaleQuery, location="query")
def list_flash_sales(caller: StaffCaller, query_data: FlashSaleQuery) -> Response:
    criteria = FlashSaleFilter(search=query_data.search, state=query_data.state)
    rows, total = sale_list.list_page(criteria, query_data.to_page())
    return list_response(_to_rows(rows, caller), total, query_data)


@bp.get("/options")
@staff_required("flash_sales.read")
def get_options(caller: StaffCaller) -> Response:
    """Return what the forms offer: colleagues who may approve, and cost centres."""
    colleagues = [
        {"value": row.login, "label": row.nickname or row.login}
        for row in accounts.list_all()
        if row.state == "active" and row.id != caller.account.id
        and "flash_sales.approve" in accounts.read_rights(row)
    ]  # fmt: skip
    centres = [row for row in cost_centres.list_cost_centres() if not row.closed_at]
    return json_response(
        {"approvers": colleagues, "cost_centres": [{"value": row.code, "label": row.name} for row in centres]}
    )


@bp.get("/<sale_id>")
@staff_required("flash_sales.read")
def get_flash_sale(sale_id: str, caller: StaffCaller) -> Response:
    sale = flash_sales.get_by_public_id(sale_id)
    approval = approvals.find_latest(submissions.APPROVAL_KIND, [sale.public_id]).get(sale.public_id)
    task = None
    if approval is not None:
        task = approval_routes.to_task(approval, caller)
    shown = [
        row for row in items.list_of_sale(sale) if caller.shop_ids is None or row.shop_id in caller.shop_ids
    ]
    detail = {
        "content": sale.content.model_dump(mode="json"), "approval": task, "items": _to_items(shown),
        "stop_reason": sale.stop_reason, "published_at": _moment(sale.published_at),
        "ended_at": _moment(sale.ended_at), "link": _link_of(sale),
    }  # fmt: skip
    return json_response(_to_row(sale, caller) | detail)


@bp.get("/<sale_id>/records")
@staff_required("flash_sales.read")
@bp.input(ListQuery, location="query")
def list_records(sale_id: str, caller: StaffCaller, query_data: ListQuery) -> Response:
    """Return what orders took, paid and gave back."""
    sale = flash_sales.get_by_public_id(sale_id)
    rows, total = entries.list_page(sale, query_data.to_page(), shop_ids=caller.shop_ids)
    return list_response(_to_records(rows), total, query_data)


@bp.post("")
@staff_required("flash_sales.create")
@bp.input(FlashSaleDraft)
def create_draft(caller: StaffCaller, json_data: FlashSaleDraft) -> Response:
    caller.ensure_all_shops()

    def work() -> dict[str, Any]:
        return _to_row(flash_sales.create_draft(values=json_data.content), caller)

    return respond_once(caller, json_data, work, status=201)


@bp.patch("/<sale_id>")
@staff_required("flash_sales.edit")
@bp.input(FlashSaleDraft)
def edit_draft(sale_id: str, caller: StaffCaller, json_data: FlashSaleDraft) -> Response:
    sale = _get_changeable(sale_id, caller)

    def work() -> dict[str, Any]:
        return _to_row(flash_sales.edit_draft(sale, values=json_data.content), caller)

    return respond_once(caller, json_data, work)


@bp.post("/<sale_id>/copies")
@staff_required("flash_sales.create")
def copy_flash_sale(sale_id: str, caller: StaffCaller) -> Response:
    sale = _get_changeable(sale_id, caller)
    return respond_once(caller, None, lambda: _to_row(flash_sales.copy_as_draft(sale), caller), status=201)


@bp.delete("/<sale_id>")
@staff_required("flash_sales.delete")
def delete_draft(sale_id: str, caller: StaffCaller) -> Response:
    caller.ensure_all_shops()

    def work() -> dict[str, Any]:
        flash_sales.delete_draft(flash_sales.get_by_public_id(sale_id))
        return {"id": sale_id, "deleted": True}

    return respond_once(caller, None, work)


@bp.post("/<sale_id>/submission")
@staff_required("flash_sales.edit")
@bp.input(Submission)
def submit(sale_id: str, caller: StaffCaller, json_data: Submission) -> Response:
    sale = _get_changeable(sale_id, caller)

    def work() -> dict[str, Any]:
        submissions.submit(sale, approver=json_data.approver)
        return _to_row(flash_sales.get_by_public_id(sale_id), caller)

    return respond_once(caller, json_data, work)


@bp.post("/<sale_id>/stop")
@staff_required("flash_sales.stop")
@bp.input(Stop)
def stop(sale_id: str, caller: StaffCaller, json_data: Stop) -> Response:
    sale = _get_changeable(sale_id, caller)

    def work() -> dict[str, Any]:
        return _to_row(publication.stop(sale, reason=json_data.reason), caller)

    return respond_once(caller, json_data, work)


def _get_changeable(sale_id: str, caller: StaffCaller) -> FlashSale:
    sale = flash_sales.get_by_public_id(sale_id)
    caller.ensure_all_shops()
    return sale


def _to_row(sale: FlashSale, caller: StaffCaller) -> dict[str, Any]:
    return _to_rows([sale], caller)[0]


def _to_rows(rows: Sequence[FlashSale], caller: StaffCaller) -> list[dict[str, Any]]:
    effects = sale_list.read_effects(rows, shop_ids=caller.shop_ids)
    return [_to_summary(row, effects.get(row.id, Effect())) for row in rows]


def _to_summary(row: FlashSale, effect: Effect) -> dict[str, Any]:
    moments = ("announced_at", "starts_at", "ends_at", "created_at")
    return {
        "id": row.public_id, "name": row.name, "state": row.state, "state_label": LABELS[row.state],
        "phase": row.phase, "shop_count": len(row.content.shops), "goods_count": len(row.content.goods),
        "stock": effect.stock or row.content.unit_count, "held": effect.held, "sold": effect.sold,
        "left": effect.left, "orders": effect.orders, "amount_fen": effect.amount_fen,
        **{name: _moment(getattr(row, name)) for name in moments},
    }  # fmt: skip


def _to_items(rows: Sequence[FlashSaleItem]) -> list[dict[str, Any]]:
    skus = {sku.id: sku for sku in Sku.by_ids(sorted({row.sku_id for row in rows}))}
    names = shops.find_by_ids([row.shop_id for row in rows])
    return [
        {
            "id": row.public_id, "shop": names[row.shop_id].name, "sku": skus[row.sku_id].code,
            "name": skus[row.sku_id].full_name, "price_fen": row.price_fen, "limit": row.member_limit,
            "stock": row.stock, "held": row.held, "sold": row.sold, "returned": row.returned, "left": row.left,
        }
        for row in rows
    ]  # fmt: skip


def _to_records(rows: Sequence[FlashSaleEntry]) -> list[dict[str, Any]]:
    known = {row.id: row for row in FlashSaleItem.by_ids(sorted({one.item_id for one in rows}))}
    shown = {row["id"]: row for row in _to_items(list(known.values()))}
    cards = {row.id: row.card_number for row in Member.by_ids(sorted({one.member_id for one in rows}))}
    found = []
    for one in rows:
        item = shown[known[one.item_id].public_id]
        found.append({
            "id": str(one.id), "at": one.at.isoformat(), "card_number": cards[one.member_id],
            "order_number": one.order_number, "kind": KIND_LABELS[one.kind], "units": one.units, "shop": item["shop"],
            "name": item["name"],
        })  # fmt: skip
    return found


def _link_of(sale: FlashSale) -> str | None:
    """Return the public address of a published sale, None before that and without an official account."""
    channel = channels.find_first("wechat_official")
    if sale.published_at is None or channel is None:
        return None
    return platform_clients.to_absolute_url(f"/m/flash-sales/{sale.public_id}?a={channel.key}")


def _moment(value: Any) -> str | None:
    return None if value is None else value.isoformat()
