"""Applications for plastic cards (实体卡申领): the list, the review, the mailing, and the receipt."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import StringConstraints

from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from store.core import masking
from store.core.validation import IsoDate
from store.customers import member_scope
from store.physical_cards import application_list, application_steps
from store.physical_cards.application_list import ApplicationFilter
from store.physical_cards.applications import LABELS, PURPOSES, CardApplication
from web.responses import json_response
from web.schemas import OneLine, RequestModel

bp = APIBlueprint(
    "console_card_applications", __name__, url_prefix="/console/api/card-applications", enable_openapi=False
)


class ApplicationQuery(ListQuery):
    """Which applications are listed. `search` is a number, or a member's whole card number or phone."""

    search: Search = ""
    state: Literal["submitted", "approved", "rejected", "mailed", "received", "cancelled"] | None = None
    purpose: Literal["new", "replacement", "upgrade"] | None = None
    kind: Search | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


class Rejection(RequestModel):
    """Why an application is sent back. The member reads it."""

    reason: Annotated[OneLine, StringConstraints(min_length=1, max_length=200)]


class Mailing(RequestModel):
    """How the card is sent. Without `card_number` it gets a new one."""

    courier: Annotated[OneLine, StringConstraints(min_length=1, max_length=30)]
    tracking_number: Annotated[OneLine, StringConstraints(min_length=1, max_length=40)]
    card_number: Annotated[OneLine, StringConstraints(max_length=40)] | None = None


@bp.get("")
@staff_required("card_applications.read")
@bp.input(ApplicationQuery, location="query")
def list_applications(caller: StaffCaller, query_data: ApplicationQuery) -> Response:
    criteria = ApplicationFilter(
        **query_data.model_dump(exclude={"page", "page_size", "sort"}), shop_ids=caller.shop_ids
    )
    rows, total = application_list.list_page(criteria, query_data.to_page())
    names = shop_scope.read_names(member_scope.find_shop_id(row.member) for row in rows)
    return list_response((_to_row(row, names) for row in rows), total, query_data)


@bp.get("/<number>")
@staff_required("card_applications.read")
def get_application(number: str, caller: StaffCaller) -> Response:
    row = application_list.get(number, shop_ids=caller.shop_ids)
    return json_response(_to_row(row, {}))


@bp.post("/<number>/personal-data")
@staff_required("card_applications.personal_data")
def show_personal_data(number: str, caller: StaffCaller) -> Response:
    """Return whom and where the card is for, after the operation log has recorded it."""
    row = application_list.get(number, shop_ids=caller.shop_ids)
    application_list.record_reading(row)
    place = "".join(dict.fromkeys((row.province, row.city, row.district)))
    return json_response({
        "name": row.name, "id_number": row.id_number, "phone": row.phone, "email": row.email,
        "address": f"{place}{row.detail or ''}",
    })  # fmt: skip


@bp.post("/<number>/approval")
@staff_required("card_applications.approve")
def approve(number: str, caller: StaffCaller) -> Response:
    row = application_list.get(number, shop_ids=caller.shop_ids)
    return respond_once(caller, None, lambda: _to_answer(application_steps.approve(row)))


@bp.post("/<number>/rejection")
@staff_required("card_applications.approve")
@bp.input(Rejection)
def reject(number: str, caller: StaffCaller, json_data: Rejection) -> Response:
    row = application_list.get(number, shop_ids=caller.shop_ids)
    return respond_once(
        caller, json_data, lambda: _to_answer(application_steps.reject(row, reason=json_data.reason))
    )


@bp.post("/<number>/mailing")
@staff_required("card_applications.edit")
@bp.input(Mailing)
def mail(number: str, caller: StaffCaller, json_data: Mailing) -> Response:
    row = application_list.get(number, shop_ids=caller.shop_ids)

    def work() -> dict[str, Any]:
        given = json_data.model_dump()
        given["card_number"] = given["card_number"] or None
        return _to_answer(application_steps.mail(row, **given))

    return respond_once(caller, json_data, work)


@bp.post("/<number>/receipt")
@staff_required("card_applications.edit")
def receive(number: str, caller: StaffCaller) -> Response:
    """Record for the member that the card has arrived."""
    row = application_list.get(number, shop_ids=caller.shop_ids)
    return respond_once(caller, None, lambda: _to_answer(application_steps.receive(row)))


def _to_answer(row: CardApplication) -> dict[str, Any]:
    return _to_row(application_list.get(row.number), {})


def _to_row(row: CardApplication, names: dict[int | None, str]) -> dict[str, Any]:
    moments = ("submitted_at", "reviewed_at", "mailed_at", "received_at")
    return {
        "number": row.number, "card_number": row.member.card_number, "kind": row.kind.name,
        "purpose": PURPOSES[row.purpose], "state": row.state, "state_label": LABELS[row.state],
        "shop": names.get(member_scope.find_shop_id(row.member)),
        "name": masking.mask_name(row.name) if row.name else "",
        "phone": masking.mask_phone(row.phone) if row.phone else "",
        "id_number": masking.mask_id_number(row.id_number) if row.id_number else "",
        "address": "".join(dict.fromkeys((row.province, row.city, row.district))),
        "reason": row.reason, "courier": row.courier, "tracking_number": row.tracking_number,
        "new_card": row.card.number if row.card_id else None, "operator": row.operator,
        **{name: (at := getattr(row, name)) and at.isoformat() for name in moments},
    }  # fmt: skip
