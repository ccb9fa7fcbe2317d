"""Cashiers of the tills (收银员): list, add, rights, PIN, unlock, disable. A PIN is never shown."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field, StringConstraints

from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from store.tills import cashier_list, cashiers
from store.tills.cashier_list import CashierCriteria
from store.tills.cashiers import RIGHTS, Cashier
from web.responses import json_response
from web.schemas import OneLine, RequestModel

bp = APIBlueprint("console_cashiers", __name__, url_prefix="/console/api/cashiers", enable_openapi=False)

Line = Annotated[OneLine, StringConstraints(max_length=60)]
Pin = Annotated[str, StringConstraints(min_length=1, max_length=20, pattern=r"^[!-~]+$")]
Rights = Annotated[list[Line], Field(max_length=20)]


class CashierQuery(ListQuery):
    """Which cashiers are listed. `search` is the beginning of a number, `shop` a code."""

    search: Search = ""
    shop: Search | None = None
    state: Literal["active", "disabled"] | None = None


class CashierCreation(RequestModel):
    """A new cashier. `shop` is a code; without one the cashier works in all shops."""

    number: Line
    name: Line
    shop: Line | None = None
    rights: Rights
    pin: Pin


class RightsChange(RequestModel):
    """The rights that a cashier has from now on."""

    rights: Rights


class PinChange(RequestModel):
    """A new PIN of six digits."""

    pin: Pin


@bp.get("")
@staff_required("cashiers.read")
@bp.input(CashierQuery, location="query")
def list_cashiers(caller: StaffCaller, query_data: CashierQuery) -> Response:
    criteria = CashierCriteria(
        search=query_data.search, state=query_data.state, shop_ids=caller.shop_ids,
        shop_id=shop_scope.find_shop_id(caller, query_data.shop),
    )  # fmt: skip
    rows, total = cashier_list.list_page(criteria, query_data.to_page())
    return list_response(map(_to_row, rows), total, query_data)


@bp.get("/rights")
@staff_required("cashiers.read")
def list_rights(caller: StaffCaller) -> Response:
    """Return the rights that a form offers, as pairs of value and label."""
    return json_response([list(pair) for pair in RIGHTS.items()])


@bp.post("")
@staff_required("cashiers.create")
@bp.input(CashierCreation)
def add_cashier(caller: StaffCaller, json_data: CashierCreation) -> Response:
    shop_scope.ensure_named(caller, json_data.shop)
    shop = shop_scope.get_shop(caller, json_data.shop) if json_data.shop else None
    values = json_data.model_dump(include={"number", "name", "rights", "pin"})
    return respond_once(caller, json_data, lambda: _to_row(cashiers.add(**values, shop=shop)), status=201)


@bp.put("/<number>/rights")
@staff_required("cashiers.edit")
@bp.input(RightsChange)
def change_rights(number: str, caller: StaffCaller, json_data: RightsChange) -> Response:
    row = _get_seen(caller, number)
    return respond_once(
        caller, json_data, lambda: _to_row(cashiers.change_rights(row, rights=json_data.rights))
    )


@bp.put("/<number>/pin")
@staff_required("cashiers.edit")
@bp.input(PinChange)
def set_pin(number: str, caller: StaffCaller, json_data: PinChange) -> Response:
    """Set a PIN, which unlocks, activates and ends the sessions of the cashier."""
    row = _get_seen(caller, number)
    return respond_once(caller, json_data, lambda: _to_row(cashiers.set_pin(row, pin=json_data.pin)))


@bp.delete("/<number>/lock")
@staff_required("cashiers.edit")
def unlock_cashier(number: str, caller: StaffCaller) -> Response:
    row = _get_seen(caller, number)
    return respond_once(caller, None, lambda: _to_row(cashiers.unlock(row)))


@bp.post("/<number>/disablement")
@staff_required("cashiers.delete")
def disable_cashier(number: str, caller: StaffCaller) -> Response:
    row = _get_seen(caller, number)
    return respond_once(caller, None, lambda: _to_row(cashiers.disable(row)))


def _get_seen(caller: StaffCaller, number: str) -> Cashier:
    row = cashiers.get_by_number(number)
    caller.ensure_shop(row.shop_id, subject="该收银员")
    return row


def _to_row(row: Cashier) -> dict[str, Any]:
    return {
        "number": row.number, "name": row.name, "shop": row.shop.name if row.shop_id else None,
        "rights": row.rights, "right_names": [RIGHTS[right] for right in row.rights], "state": row.state,
        "is_locked": cashiers.is_locked(row), "created_at": row.created_at.isoformat(),
    }  # fmt: skip
