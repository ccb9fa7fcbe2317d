"""Service desk (会员服务台): the search for members, their registration, their ID number, and a card for them."""

from typing import Annotated, Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import StringConstraints

from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, operation_number, respond_once
from console.member_lookup import get_member
from console.physical_cards import to_card
from store.core.validation import IsoDate
from store.customers import member_scope, profiles
from store.customers.members import Member
from store.customers.profile_fields import IdNumber, ShortText
from store.membership import member_list, portraits, registration
from store.membership.member_list import MemberFilter, MemberRow
from store.physical_cards import applications, cards, kinds, upgrades
from store.points import points
from store.service_desk import id_checks
from store.stored_value import accounts as stored_value_accounts
from store.tiers import tiers
from web.responses import json_response
from web.schemas import OneLine, RequestModel

bp = APIBlueprint(
    "console_service_desk", __name__, url_prefix="/console/api/service-desk", enable_openapi=False
)

CardNumber = Annotated[OneLine, StringConstraints(max_length=40)]


class DeskQuery(ListQuery):
    """Which members are listed.

    `search` is a card number, also of a plastic card, a phone, part of a name, e-mail or ID number.
    """

    search: Search = ""
    tier: Search | None = None
    shop: Search | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


class DeskRegistration(RequestModel):
    """A new member, after the clerk has asked for the consent to the agreements, and a plastic card on request.

    `kind` is the code of the card's kind; without `number` the card gets a new one.
    """

    phone: Search
    shop: Search | None = None
    name: ShortText | None = None
    id_number: IdNumber | None = None
    kind: Search | None = None
    number: CardNumber | None = None


class IdRegistration(RequestModel):
    """Name and ID number of a document that the clerk has seen."""

    name: ShortText
    id_number: IdNumber


class Binding(RequestModel):
    """The kind of a card by its code. Without `number` the card gets a new one."""

    kind: Search
    number: CardNumber | None = None


@bp.get("")
@staff_required("service_desk.read")
@bp.input(DeskQuery, location="query")
def list_members(caller: StaffCaller, query_data: DeskQuery) -> Response:
    criteria = MemberFilter(
        **query_data.model_dump(exclude={"page", "page_size", "sort"}), shop_ids=caller.shop_ids
    )
    rows, total = member_list.list_page(criteria, query_data.to_page())
    return list_response(map(_to_row, rows), total, query_data)


@bp.post("")
@staff_required("service_desk.register")
@bp.input(DeskRegistration)
def register(caller: StaffCaller, json_data: DeskRegistration) -> Response:
    shop_scope.ensure_named(caller, json_data.shop)
    shop_id, key = shop_scope.find_shop_id(caller, json_data.shop), operation_number(caller, prefix="desk:")

    def work() -> dict[str, Any]:
        member = registration.register_at_desk(phone=json_data.phone, shop_id=shop_id)
        caller.ensure_shop(member_scope.find_shop_id(member), subject="该会员")
        if json_data.id_number is not None:
            id_checks.register(member=member, name=json_data.name or "", id_number=json_data.id_number)
        elif json_data.name is not None and member.customer.name is None:
            profiles.change(member.customer, name=json_data.name)
        if json_data.kind is not None:
            kind = kinds.get_by_code(json_data.kind)
            cards.bind(member=member, kind=kind, number=json_data.number or None, key=key)
        return {"card_number": member.card_number}

    return respond_once(caller, json_data, work, status=201)


@bp.get("/<card>")
@staff_required("service_desk.read")
def get_details(card: str, caller: StaffCaller) -> Response:
    return json_response(_to_details(get_member(caller, card)))


@bp.put("/<card>/id-number")
@staff_required("service_desk.register")
@bp.input(IdRegistration)
def register_id_number(card: str, caller: StaffCaller, json_data: IdRegistration) -> Response:
    member = get_member(caller, card)

    def work() -> dict[str, Any]:
        id_checks.register(member=member, name=json_data.name, id_number=json_data.id_number)
        return {"has_id_number": True}

    return respond_once(caller, json_data, work)


@bp.get("/<card>/kinds")
@staff_required("service_desk.read")
def list_kind_choices(card: str, caller: StaffCaller) -> Response:
    """Return the kinds of cards of the member's programme that are issued."""
    programme_id = get_member(caller, card).programme_id
    fitting = [row for row in kinds.list_kinds() if row.is_active and row.tier.programme_id == programme_id]
    return json_response([{"value": row.code, "label": f"{row.name}（{row.tier.name}）"} for row in fitting])


@bp.post("/<card>/cards")
@staff_required("service_desk.register")
@bp.input(Binding)
def bind_card(card: str, caller: StaffCaller, json_data: Binding) -> Response:
    member, key = get_member(caller, card), operation_number(caller, prefix="desk:")

    def work() -> dict[str, Any]:
        kind = kinds.get_by_code(json_data.kind)
        return {
            "number": cards.bind(member=member, kind=kind, number=json_data.number or None, key=key).number
        }

    return respond_once(caller, json_data, work, status=201)


def _to_details(member: Member) -> dict[str, Any]:
    customer, record, portrait = member.customer, tiers.find_active(member), portraits.read(member)
    shop_id, value = member_scope.find_shop_id(member), stored_value_accounts.find_by_member(member)
    due, application = upgrades.find_due(member), applications.find_open(member)
    return {
        **profiles.to_masked(customer), "display_name": profiles.display_name(customer),
        "card_number": member.card_number, "status": member.status, "joined_at": member.joined_at.isoformat(),
        "shop": shop_scope.read_names([shop_id]).get(shop_id), "tier": record.tier.name if record else None,
        "spent_fen": portrait.spent_fen, "has_id_number": customer.id_number is not None,
        "points": [
            {
                "group": row.group.code, "name": row.group.name, "accumulated": row.accumulated,
                "available": row.available,
            }
            for row in points.list_accounts(member)
        ],
        "stored_value_frozen": value.frozen_at is not None if value else None,
        "cards": [to_card(row) for row in cards.list_own(member)],
        "upgrade": {"code": due.code, "name": due.name} if due else None,
        "application": application and {
            "number": application.number, "label": applications.LABELS[application.state],
        },
    }  # fmt: skip


def _to_row(row: MemberRow) -> dict[str, Any]:
    return {
        "card_number": row.card_number, "name": row.name, "phone": row.phone, "shop": row.shop, "tier": row.tier,
        "spent_fen": row.spent_fen, "points_accumulated": row.points_accumulated,
        "points_available": row.points_available, "joined_at": row.joined_at.isoformat(), "status": row.status,
    }  # fmt: skip
