"""Promotions (促销): list with counts, drafts, detail, choices of the forms, effect. See also `promotion_steps`."""

from datetime import timedelta
from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from console import promotion_rows
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from console.promotion_rows import ensure_changeable, get_seen, to_detail, to_row
from console.shop_scope import find_shop_id
from store.catalog import product_list
from store.catalog.product_list import ProductFilter
from store.core import errors, validation
from store.core.listing import Page
from store.core.validation import IsoDate
from store.promotions import effect, promotion_list, promotions, references, texts
from store.promotions.drafts import PromotionDraft
from store.promotions.promotion_list import PromotionFilter
from store.stock import stock_list
from store.tenants import business_days
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("console_promotions", __name__, url_prefix="/console/api/promotions", enable_openapi=False)

MAX_CHOICES, MAX_EFFECT_DAYS = 50, 366
Kind = Literal[
    "special_price", "second_half", "buy_get", "bundle", "reduction", "discount", "member_day", "gift"
]  # fmt: skip


class PromotionCriteria(ListQuery):
    """Which promotions are listed. `search` is a part of name or number, `shop` a code."""

    search: Search = ""
    kind: Kind | None = None
    stage: Literal["draft", "submitted", "rejected", "upcoming", "running", "paused", "over"] | None = None
    channel: Literal["online", "till"] | None = None
    shop: Search | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


class PromotionContent(RequestModel):
    """The content of a draft, of which a change may name only some. The store checks it."""

    content: dict[str, Any] = Field(max_length=40)


class ChoiceQuery(RequestModel):
    """A part of name or code."""

    search: Search = ""


class EffectQuery(RequestModel):
    """The days of the effect, both included; without them the last thirty."""

    since: IsoDate | None = None
    until: IsoDate | None = None


@bp.get("")
@staff_required("promotions.read")
@bp.input(PromotionCriteria, location="query")
def list_promotions(caller: StaffCaller, query_data: PromotionCriteria) -> Response:
    rows, total = promotion_list.list_page(_to_filter(caller, query_data), query_data.to_page())
    return list_response(promotion_rows.to_rows(rows, caller), total, query_data)


@bp.get("/counts")
@staff_required("promotions.read")
@bp.input(PromotionCriteria, location="query")
def count_promotions(caller: StaffCaller, query_data: PromotionCriteria) -> Response:
    """Return how many promotions of the other filters there are in each stage."""
    return json_response({"stages": promotion_list.count_by_stage(_to_filter(caller, query_data))})


@bp.get("/options")
@staff_required("promotions.read")
def get_options(caller: StaffCaller) -> Response:
    """Return what the forms offer: tiers, categories, product groups, cost centres, colleagues who may approve."""
    return json_response(promotion_rows.list_options(caller))


@bp.get("/products")
@staff_required("promotions.read")
@bp.input(ChoiceQuery, location="query")
def list_products(caller: StaffCaller, query_data: ChoiceQuery) -> Response:
    """Return products by code, with name and price."""
    criteria, page = ProductFilter(search=query_data.search), Page(size=MAX_CHOICES)
    found, _ = product_list.list_page(criteria, page)
    return json_response(promotion_rows.to_product_options(found))


@bp.get("/skus")
@staff_required("promotions.read")
@bp.input(ChoiceQuery, location="query")
def list_skus(caller: StaffCaller, query_data: ChoiceQuery) -> Response:
    """Return SKUs by code, as gifts name them."""
    found = stock_list.list_skus(query_data.search, limit=MAX_CHOICES)
    return json_response([promotion_rows.to_sku_option(sku) for sku in found])


@bp.post("/previews")
@staff_required("promotions.read")
@bp.input(PromotionContent)
def preview(caller: StaffCaller, json_data: PromotionContent) -> Response:
    """Return the sentence that explains content that is being written. Stores nothing."""
    draft = references.validate(json_data.content)
    return json_response({"sentence": texts.explain(draft, texts.read_names(draft))})


@bp.get("/<promotion_id>")
@staff_required("promotions.read")
def get_promotion(promotion_id: str, caller: StaffCaller) -> Response:
    return json_response(to_detail(get_seen(promotion_id, caller), caller))


@bp.get("/<promotion_id>/effect")
@staff_required("promotions.read")
@bp.input(EffectQuery, location="query")
def get_effect(promotion_id: str, caller: StaffCaller, query_data: EffectQuery) -> Response:
    """Return orders, buyers, units, amount off and gross amount of a period, and by day."""
    row = get_seen(promotion_id, caller)
    until = query_data.until or business_days.today()
    since = query_data.since or until - timedelta(days=29)
    if not 0 <= (until - since).days < MAX_EFFECT_DAYS:
        raise errors.invalid("until", f"一次最多查看 {MAX_EFFECT_DAYS} 天")
    period: dict[str, Any] = {"first_day": since, "last_day": until, "shop_ids": caller.shop_ids}
    return json_response({
        "since": since.isoformat(), "until": until.isoformat(),
        "total": vars(effect.read_effect(row.id, **period)),
        "days": [vars(one) | {"day": one.day.isoformat()} for one in effect.list_days(row.id, **period)],
    })  # fmt: skip


@bp.post("")
@staff_required("promotions.create")
@bp.input(PromotionContent)
def create_draft(caller: StaffCaller, json_data: PromotionContent) -> Response:
    ensure_changeable(caller, validation.validate(PromotionDraft, json_data.content))
    return respond_once(
        caller, json_data, lambda: to_row(promotions.create(values=json_data.content), caller), status=201
    )


@bp.patch("/<promotion_id>")
@staff_required("promotions.edit")
@bp.input(PromotionContent)
def change_draft(promotion_id: str, caller: StaffCaller, json_data: PromotionContent) -> Response:
    row = get_seen(promotion_id, caller)
    changed = {**row.draft.model_dump(mode="json"), **json_data.content}
    for draft in (row.draft, validation.validate(PromotionDraft, changed)):
        ensure_changeable(caller, draft)
    return respond_once(
        caller, json_data, lambda: to_row(promotions.change(row, values=json_data.content), caller)
    )


@bp.post("/<promotion_id>/copies")
@staff_required("promotions.create")
def copy_promotion(promotion_id: str, caller: StaffCaller) -> Response:
    row = get_seen(promotion_id, caller)
    ensure_changeable(caller, row.draft)
    return respond_once(caller, None, lambda: to_row(promotions.copy(row), caller), status=201)


@bp.delete("/<promotion_id>")
@staff_required("promotions.delete")
def delete_draft(promotion_id: str, caller: StaffCaller) -> Response:
    def work() -> dict[str, Any]:
        row = get_seen(promotion_id, caller)
        ensure_changeable(caller, row.draft)
        promotions.delete(row)
        return {"id": promotion_id, "deleted": True}

    return respond_once(caller, None, work)


def _to_filter(caller: StaffCaller, query: PromotionCriteria) -> PromotionFilter:
    return PromotionFilter(
        search=query.search, kind=query.kind, stage=query.stage, channel=query.channel,
        shop_id=find_shop_id(caller, query.shop), first_day=query.since, last_day=query.until,
        shop_ids=caller.shop_ids,
    )  # fmt: skip
