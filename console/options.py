"""Choices of forms and filters that many pages share."""

from apiflask import APIBlueprint
from flask import Response

from console.auth import OWN_CHECK, StaffCaller, staff_required
from console.lists import Search
from store.activities import activity_list
from store.catalog import categories, product_groups
from store.core.errors import DomainError
from store.coupons import rule_list
from store.physical_cards import kinds
from store.shops import shops
from store.shops.shops import Shop
from store.tenants import channels
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("console_options", __name__, url_prefix="/console/api/options", enable_openapi=False)

MAX_SHOPS = 50
_GROUP_RIGHTS = ("product_groups.read", "point_rules.read", "coupon_rules.read")
_CARD_RIGHTS = ("service_desk.read", "physical_cards.read", "card_applications.read", "activation_codes.read")
_ACCOUNT_RIGHTS = ("channels.read", "keyword_replies.read", "menus.read", "qr_codes.read")


class OptionQuery(RequestModel):
    """`search` is a part of the name or the code."""

    search: Search = ""


@bp.get("/shops")
@staff_required("shops.read")
@bp.input(OptionQuery, location="query")
def list_shops(caller: StaffCaller, query_data: OptionQuery) -> Response:
    """Return the shops that the account sees, with id, code and name."""
    found = [
        shop for shop in _list_seen(caller, query_data.search) if query_data.search in shop.code + shop.name
    ]
    return json_response(
        [{"id": shop.public_id, "code": shop.code, "name": shop.name} for shop in found[:MAX_SHOPS]]
    )


@bp.get("/official-accounts")
@staff_required(OWN_CHECK)
def list_official_accounts(caller: StaffCaller) -> Response:
    """Return the accounts with a conversation that the account sees, with key, kind and name."""
    if not any(caller.can(right) for right in _ACCOUNT_RIGHTS):
        raise DomainError("forbidden", "没有权限", 403)
    found = channels.list_chat_accounts(caller.shop_ids)
    return json_response(
        [{"key": channel.key, "kind": channel.kind, "name": channel.name} for channel in found]
    )


@bp.get("/product-groups")
@staff_required(OWN_CHECK)
def list_product_groups(caller: StaffCaller) -> Response:
    """Return the groups that rules may choose and the categories in use, by code."""
    if not any(caller.can(right) for right in _GROUP_RIGHTS):
        raise DomainError("forbidden", "没有权限", 403)
    rows = categories.list_all()
    paths = categories.read_paths(rows)
    return json_response({
        "groups": [{"value": row.code, "label": f"{row.name}（{row.code}）"} for row in product_groups.list_enabled()],
        "categories": [{"value": row.code, "label": paths[row.id]} for row in categories.sort_as_tree(rows)],
    })  # fmt: skip


@bp.get("/reply-targets")
@staff_required(OWN_CHECK)
def list_reply_targets(caller: StaffCaller) -> Response:
    """Return what a reply can give: listed coupons, and activities that are published."""
    if not any(caller.can(right) for right in _ACCOUNT_RIGHTS):
        raise DomainError("forbidden", "没有权限", 403)
    rules = rule_list.list_rules(state="listed")
    shown = [row for row in activity_list.list_all() if row.state in ("running", "paused")]
    return json_response({
        "coupons": [{"value": rule.public_id, "label": rule.name} for rule in rules],
        "activities": [{"value": row.public_id, "label": row.name} for row in shown],
    })  # fmt: skip


@bp.get("/card-kinds")
@staff_required(OWN_CHECK)
def list_card_kinds(caller: StaffCaller) -> Response:
    """Return the kinds of plastic cards, those that are issued first."""
    if not any(caller.can(right) for right in _CARD_RIGHTS):
        raise DomainError("forbidden", "没有权限", 403)
    found = sorted(kinds.list_kinds(), key=lambda row: not row.is_active)
    return json_response([
        {"value": row.code, "label": f"{row.name}（{row.tier.name}{'' if row.is_active else '，已停用'}）"}
        for row in found
    ])  # fmt: skip


def _list_seen(caller: StaffCaller, search: str) -> list[Shop]:
    if caller.shop_ids is None:
        return shops.list_shops(search=search, page_size=MAX_SHOPS)[0]
    return sorted(shops.find_by_ids(sorted(caller.shop_ids)).values(), key=lambda shop: shop.code)
