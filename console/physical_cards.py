"""Plastic cards (实体卡): the list of all, and those that are below the tier of their members (待升级会员)."""

from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response

from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response
from store.core.validation import IsoDate
from store.customers import member_scope, profiles
from store.physical_cards import card_list, cards, upgrades
from store.physical_cards.card_list import CardFilter
from store.physical_cards.cards import PhysicalCard
from store.physical_cards.upgrades import UpgradeFilter

bp = APIBlueprint("console_physical_cards", __name__, url_prefix="/console/api", enable_openapi=False)


class CardQuery(ListQuery):
    """Which cards are listed. `search` is the number of a card, or a member's whole card number or phone."""

    search: Search = ""
    kind: Search | None = None
    state: Literal["stock", "mailed", "active", "lost", "replaced"] | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


class UpgradeQuery(ListQuery):
    """Which cards are listed. `search` is a card number, phone or whole name."""

    search: Search = ""


@bp.get("/physical-cards")
@staff_required("physical_cards.read")
@bp.input(CardQuery, location="query")
def list_cards(caller: StaffCaller, query_data: CardQuery) -> Response:
    criteria = CardFilter(
        **query_data.model_dump(exclude={"page", "page_size", "sort"}), shop_ids=caller.shop_ids
    )
    rows, total = card_list.list_page(criteria, query_data.to_page())
    names = shop_scope.read_names(_find_shop_id(row) for row in rows)
    return list_response((_to_row(row, names) for row in rows), total, query_data)


@bp.get("/card-upgrades")
@staff_required("card_upgrades.read")
@bp.input(UpgradeQuery, location="query")
def list_upgrades(caller: StaffCaller, query_data: UpgradeQuery) -> Response:
    criteria = UpgradeFilter(search=query_data.search, shop_ids=caller.shop_ids)
    rows, total = upgrades.list_page(criteria, query_data.to_page())
    names = shop_scope.read_names(_find_shop_id(row) for row in rows)
    return list_response((_to_upgrade(row, names) for row in rows), total, query_data)


def to_card(row: PhysicalCard) -> dict[str, Any]:
    """Return a card as JSON."""
    moments = ("created_at", "issued_at", "lost_at", "replaced_at")
    return {
        "number": row.number, "kind": row.kind.name, "state": row.state, "state_label": cards.LABELS[row.state],
        **{name: (at := getattr(row, name)) and at.isoformat() for name in moments},
    }  # fmt: skip


def _find_shop_id(row: PhysicalCard) -> int | None:
    return member_scope.find_shop_id(row.member) if row.member else None


def _to_row(row: PhysicalCard, names: dict[int | None, str]) -> dict[str, Any]:
    member = row.member
    return {
        **to_card(row), "card_number": member.card_number if member else None,
        "name": profiles.display_name(member.customer) if member else "", "shop": names.get(_find_shop_id(row)),
    }  # fmt: skip


def _to_upgrade(row: PhysicalCard, names: dict[int | None, str]) -> dict[str, Any]:
    reached = row.member.tier_record.reached
    return {**_to_row(row, names), "tier": reached.name}
