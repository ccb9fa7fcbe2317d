"""Payment kinds (付款方式): the list, and which of them earn points."""

from dataclasses import asdict
from typing import Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import StrictBool

from console.auth import StaffCaller, staff_required
from console.lists import Search, respond_once
from store.payments import kinds
from store.payments.kinds import PaymentKind
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint(
    "console_payment_kinds", __name__, url_prefix="/console/api/payment-kinds", enable_openapi=False
)


class KindQuery(RequestModel):
    """Which kinds are listed. `search` is a part of name or code. The list has one page."""

    search: Search = ""
    page: int | None = None
    page_size: int | None = None


class KindChange(RequestModel):
    """Whether money of a kind earns points."""

    earns: StrictBool


@bp.get("")
@staff_required("payment_kinds.read")
@bp.input(KindQuery, location="query")
def list_kinds(caller: StaffCaller, query_data: KindQuery) -> Response:
    found = [kind for kind in kinds.list_kinds() if query_data.search in f"{kind.code} {kind.name}"]
    return json_response({"list": [_to_row(kind) for kind in found]})


@bp.patch("/<code>")
@staff_required("payment_kinds.edit")
@bp.input(KindChange)
def change_kind(code: str, caller: StaffCaller, json_data: KindChange) -> Response:
    return respond_once(caller, json_data, lambda: _to_row(kinds.set_earns(code=code, earns=json_data.earns)))


def _to_row(kind: PaymentKind) -> dict[str, Any]:
    return asdict(kind)
