"""Changes of an order by staff: a member is attached (补挂会员), an unpaid order is closed."""

from typing import Annotated, Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import StringConstraints

from console.auth import StaffCaller, staff_required
from console.lists import respond_once
from console.orders import get_seen
from store.core.errors import not_found
from store.customers import members, person_search
from store.customers.members import Member
from store.orders import staff_changes
from store.orders.tables import Order
from web.schemas import OneLine, RequestModel

bp = APIBlueprint("console_order_changes", __name__, url_prefix="/console/api/orders", enable_openapi=False)

Text = Annotated[OneLine, StringConstraints(max_length=200)]


class MemberInput(RequestModel):
    """Whom an order belongs to: a whole card number or phone."""

    member: Annotated[Text, StringConstraints(min_length=1, max_length=40)]


class ClosingInput(RequestModel):
    """Why an order is closed."""

    reason: Text


@bp.put("/<number>/member")
@staff_required("orders.edit")
@bp.input(MemberInput)
def attach_member(number: str, caller: StaffCaller, json_data: MemberInput) -> Response:
    order = get_seen(caller, number)
    member = _get_member(json_data.member)
    return respond_once(
        caller, json_data,
        lambda: _to_answer(staff_changes.attach_member(number=order.number, member=member)),
    )  # fmt: skip


@bp.post("/<number>/closing")
@staff_required("orders.edit")
@bp.input(ClosingInput)
def close_order(number: str, caller: StaffCaller, json_data: ClosingInput) -> Response:
    order = get_seen(caller, number)
    return respond_once(
        caller, json_data,
        lambda: _to_answer(staff_changes.close(number=order.number, reason=json_data.reason)),
    )  # fmt: skip


def _get_member(text: str) -> Member:
    customer = person_search.find_customer(text)
    member = members.find_active(customer) if customer else None
    if member is None:
        raise not_found("该会员")
    return member


def _to_answer(order: Order) -> dict[str, Any]:
    return {
        "number": order.number, "state": order.state, "member": order.member.card_number if order.member else None,
    }  # fmt: skip
