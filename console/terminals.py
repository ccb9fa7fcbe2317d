"""Terminals of the tills (收银终端): list, add, new key, disable. A key is shown once."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import StringConstraints

from console import shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from store.tills import terminal_list, terminals
from store.tills.terminal_list import TerminalCriteria
from store.tills.terminals import IssuedSecret, Terminal
from web.responses import json_response
from web.schemas import OneLine, RequestModel

bp = APIBlueprint("console_terminals", __name__, url_prefix="/console/api/terminals", enable_openapi=False)

Line = Annotated[OneLine, StringConstraints(max_length=60)]


class TerminalQuery(ListQuery):
    """Which terminals are listed. `search` is a part of code or name, `shop` a code."""

    search: Search = ""
    shop: Search | None = None
    state: Literal["active", "disabled"] | None = None


class ChoiceQuery(RequestModel):
    """The shop whose terminals a form offers, by its code."""

    shop: Search


class TerminalCreation(RequestModel):
    """A new terminal. Without a name it has its code as name; `shop` is a code."""

    code: Line
    name: Line = ""
    shop: Line


@bp.get("")
@staff_required("terminals.read")
@bp.input(TerminalQuery, location="query")
def list_terminals(caller: StaffCaller, query_data: TerminalQuery) -> Response:
    criteria = TerminalCriteria(
        search=query_data.search, state=query_data.state, shop_ids=caller.shop_ids,
        shop_id=shop_scope.find_shop_id(caller, query_data.shop),
    )  # fmt: skip
    rows, total = terminal_list.list_page(criteria, query_data.to_page())
    return list_response(map(_to_row, rows), total, query_data)


@bp.get("/choices")
@staff_required("orders.refund")
@bp.input(ChoiceQuery, location="query")
def list_choices(caller: StaffCaller, query_data: ChoiceQuery) -> Response:
    """Return the terminals of a shop in use, for the form of a refund in cash."""
    criteria = TerminalCriteria(shop_id=shop_scope.find_shop_id(caller, query_data.shop), state="active")
    rows, _ = terminal_list.list_page(criteria, ListQuery(page_size=100).to_page())
    return json_response([{"code": row.code, "name": row.name} for row in rows])


@bp.post("")
@staff_required("terminals.create")
@bp.input(TerminalCreation)
def add_terminal(caller: StaffCaller, json_data: TerminalCreation) -> Response:
    shop = shop_scope.get_shop(caller, json_data.shop)
    return respond_once(
        caller, json_data, status=201,
        work=lambda: _to_issued(terminals.add(code=json_data.code, name=json_data.name, shop=shop)),
    )  # fmt: skip


@bp.post("/<code>/keys")
@staff_required("terminals.edit")
def renew_key(code: str, caller: StaffCaller) -> Response:
    """Return a new key, which ends the sessions of the terminal. A disabled terminal is in use again."""
    terminal = _get_seen(caller, code)
    return respond_once(caller, None, lambda: _to_issued(terminals.renew_secret(terminal)), status=201)


@bp.post("/<code>/disablement")
@staff_required("terminals.delete")
def disable_terminal(code: str, caller: StaffCaller) -> Response:
    terminal = _get_seen(caller, code)
    return respond_once(caller, None, lambda: _to_row(terminals.disable(terminal)))


def _get_seen(caller: StaffCaller, code: str) -> Terminal:
    terminal = terminals.get_by_code(code)
    caller.ensure_shop(terminal.shop_id, subject="该终端")
    return terminal


def _to_issued(issued: IssuedSecret) -> dict[str, Any]:
    return _to_row(issued.terminal) | {"key": issued.secret}


def _to_row(terminal: Terminal) -> dict[str, Any]:
    return {
        "code": terminal.code, "name": terminal.name, "shop": terminal.shop.name, "shop_code": terminal.shop.code,
        "state": terminal.state, "created_at": terminal.created_at.isoformat(),
    }  # fmt: skip
