"""The member's page (会员画像): head, numbers and state; personal data in clear and changes of the profile."""

from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from console.auth import StaffCaller, staff_required
from console.lists import respond_once
from console.member_lookup import get_member
from console.shop_scope import read_names
from store.closings import closings
from store.coupons import wallet
from store.customers import member_scope, members, profiles
from store.customers.members import Member
from store.customers.profile_fields import Birthday, Email, IdNumber, LongText, ShortText
from store.membership import member_list, portraits
from store.points import points
from store.stored_value import accounts as stored_value_accounts
from store.tiers import descriptions, tiers
from store.tiers import progress as tier_progress
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("console_member_details", __name__, url_prefix="/console/api/members", enable_openapi=False)

PersonalField = Literal["name", "phone", "email", "birthday", "id_number", "address"]


class Revelation(RequestModel):
    """Which personal data are wanted in clear."""

    fields: list[PersonalField] = Field(min_length=1, max_length=6)


class ProfileChange(RequestModel):
    """What changes about a profile; a field that is left out stays. The consent to marketing is the person's own."""

    name: ShortText | None = None
    nickname: ShortText | None = None
    gender: Literal["male", "female"] | None = None
    birthday: Birthday | None = None
    email: Email | None = None
    id_number: IdNumber | None = None
    province: ShortText | None = None
    city: ShortText | None = None
    address: LongText | None = None


@bp.get("/<card>")
@staff_required("members.read")
def get_details(card: str, caller: StaffCaller) -> Response:
    member = get_member(caller, card)
    return json_response({**_to_head(member), **_to_state(member), **_to_numbers(member)})


@bp.post("/<card>/personal-data")
@staff_required("members.personal_data")
@bp.input(Revelation)
def reveal_personal_data(card: str, caller: StaffCaller, json_data: Revelation) -> Response:
    """Return personal data in clear. Each call is recorded in the operation log."""
    return json_response(profiles.reveal(get_member(caller, card).customer, json_data.fields))


@bp.patch("/<card>/profile")
@staff_required("members.edit")
@bp.input(ProfileChange)
def change_profile(card: str, caller: StaffCaller, json_data: ProfileChange) -> Response:
    member, given = get_member(caller, card), json_data.model_dump(mode="json", exclude_unset=True)
    return respond_once(
        caller, json_data, lambda: profiles.to_masked(profiles.change(member.customer, **given))
    )


def _to_head(member: Member) -> dict[str, Any]:
    shop_id, customer = member_scope.find_shop_id(member), member.customer
    names = read_names([shop_id, member.shop_id])
    moments = ("joined_at", "first_purchase_at", "latest_purchase_at", "created_at")
    return {
        **profiles.to_masked(customer), "card_number": member.card_number, "id": member.public_id,
        "customer_id": customer.public_id, "display_name": profiles.display_name(customer), "status": member.status,
        "programme": member.programme.name, "source": member_list.read_source_name(member.source),
        "shop": names.get(shop_id), "joined_shop": names.get(member.shop_id),
        "erased_at": customer.erased_at and customer.erased_at.isoformat(),
        **{name: (at := getattr(member, name)) and at.isoformat() for name in moments},
        "cards": [
            {"card_number": other.card_number, "programme": other.programme.name}
            for other in members.list_for_customer(customer)
            if other.id != member.id
        ],
    }  # fmt: skip


def _to_state(member: Member) -> dict[str, Any]:
    record, closing = tiers.find_active(member), closings.find_open(member.customer)
    progress = tier_progress.get_progress(member)
    return {
        "tier": record and {
            "name": record.tier.name, "code": record.tier.code,
            "valid_until": record.valid_until and descriptions.last_day_before(record.valid_until).isoformat(),
        },
        "tier_progress": [route.message for route in (*progress.requirements, *progress.retention)],
        "closing": closing and {"number": closing.number, "due_day": closing.due_day.isoformat()},
    }  # fmt: skip


def _to_numbers(member: Member) -> dict[str, Any]:
    found, value = portraits.read(member), stored_value_accounts.find_by_member(member)
    return {
        **vars(found), "average_order_fen": found.average_order_fen,
        "coupons": wallet.count_by_tab(member)["available"],
        "points": [
            {
                "group": row.group.code, "name": row.group.name, "accumulated": row.accumulated,
                "available": row.available, "expired": row.expired, "debt": row.debt,
            }
            for row in points.list_accounts(member)
        ],
        "stored_value": value and {
            "principal_fen": value.principal_fen, "bonus_fen": value.bonus_fen, "held_fen": value.held_fen,
            "is_frozen": value.frozen_at is not None,
        },
    }  # fmt: skip
