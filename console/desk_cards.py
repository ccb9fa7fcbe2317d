"""Loss, reinstatement, replacement and upgrade of a card at the service desk, after a check of the ID number."""

from collections.abc import Callable
from typing import Annotated, Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import StrictBool, StringConstraints

from console.auth import StaffCaller, staff_required
from console.lists import Search, operation_number
from console.member_lookup import Reason, get_member
from console.physical_cards import to_card
from store.customers.members import Member
from store.physical_cards import kinds, losses, replacements
from store.service_desk import id_checks
from web.idempotency import run_idempotent_with_proof
from web.responses import json_response
from web.schemas import OneLine, RequestModel

bp = APIBlueprint(
    "console_desk_cards", __name__, url_prefix="/console/api/service-desk", enable_openapi=False
)

CardNumber = Annotated[OneLine, StringConstraints(min_length=1, max_length=40)]


class WithIdNumber(RequestModel):
    """The number of the document that the clerk has before them."""

    id_number: Annotated[OneLine, StringConstraints(min_length=1, max_length=18)]


class Loss(WithIdNumber, Reason):
    """Why the cards are reported lost, and whether the stored value is frozen as well."""

    freeze_stored_value: StrictBool = False


class Reinstatement(WithIdNumber, Reason):
    """The card that was found, and whether the stored value is unfrozen as well."""

    number: CardNumber
    unfreeze_stored_value: StrictBool = False


class Replacement(WithIdNumber):
    """The old card. Without `new_number` the new one gets a new number."""

    number: CardNumber
    new_number: Annotated[OneLine, StringConstraints(max_length=40)] | None = None


class Upgrade(Replacement):
    """The code of the kind that the new card is of."""

    kind: Search


@bp.post("/<card>/losses")
@staff_required("service_desk.cards")
@bp.input(Loss)
def report_loss(card: str, caller: StaffCaller, json_data: Loss) -> Response:
    member, given = get_member(caller, card), json_data.model_dump(exclude={"id_number"})
    return _respond_checked(
        caller,
        member,
        json_data,
        lambda: {"cards": [to_card(row) for row in losses.report(member=member, **given)]},
    )


@bp.post("/<card>/reinstatements")
@staff_required("service_desk.cards")
@bp.input(Reinstatement)
def reinstate(card: str, caller: StaffCaller, json_data: Reinstatement) -> Response:
    member, given = get_member(caller, card), json_data.model_dump(exclude={"id_number"})
    return _respond_checked(
        caller, member, json_data, lambda: to_card(losses.reinstate(member=member, **given))
    )


@bp.post("/<card>/replacements")
@staff_required("service_desk.cards")
@bp.input(Replacement)
def replace(card: str, caller: StaffCaller, json_data: Replacement) -> Response:
    member, key = get_member(caller, card), operation_number(caller, prefix="desk:")

    def work() -> dict[str, Any]:
        new_number = json_data.new_number or None
        return to_card(
            replacements.replace(member=member, number=json_data.number, new_number=new_number, key=key)
        )

    return _respond_checked(caller, member, json_data, work)


@bp.post("/<card>/upgrades")
@staff_required("service_desk.cards")
@bp.input(Upgrade)
def upgrade(card: str, caller: StaffCaller, json_data: Upgrade) -> Response:
    member, key = get_member(caller, card), operation_number(caller, prefix="desk:")

    def work() -> dict[str, Any]:
        kind, new_number = kinds.get_by_code(json_data.kind), json_data.new_number or None
        return to_card(
            replacements.upgrade(
                member=member, number=json_data.number, kind=kind, new_number=new_number, key=key
            )
        )

    return _respond_checked(caller, member, json_data, work)


def _respond_checked(
    caller: StaffCaller, member: Member, body: WithIdNumber, work: Callable[[], dict[str, Any]]
) -> Response:
    """Check the ID number, whose tries are counted, and do the work once for each `Idempotency-Key`."""
    done = run_idempotent_with_proof(
        caller.scope, body, prove=lambda: id_checks.check(member=member, id_number=body.id_number),
        work=lambda _: work(),  # type: ignore[arg-type, return-value]
    )  # fmt: skip
    return json_response(done, 201)
