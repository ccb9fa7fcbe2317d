"""Staff accounts (用户账号): list, add, change, disable, one-time links."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response, current_app
from pydantic import Field, StringConstraints

from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from store.core import masking
from store.core.errors import not_found
from store.shops import shops
from store.shops.shops import Shop
from store.staff import account_changes, accounts, attempts, sign_in_links
from store.staff.accounts import AccountFilter, StaffAccount
from web.responses import json_response
from web.schemas import OneLine, RequestModel

bp = APIBlueprint("console_staff", __name__, url_prefix="/console/api/staff", enable_openapi=False)

Line = Annotated[OneLine, StringConstraints(max_length=100)]
Keys = Annotated[list[Line], Field(max_length=50)]


class StaffQuery(ListQuery):
    """Which accounts are listed. `search` is a part of login or nickname."""

    search: Search = ""
    state: Literal["active", "disabled"] | None = None
    role: Search | None = None


class StaffCreation(RequestModel):
    """A new account. `roles` are keys, `shops` ids; no shops means all shops."""

    login: Line
    nickname: Line = ""
    phone: Line | None = None
    email: Line | None = None
    roles: Keys
    shops: Keys = []


class StaffChange(RequestModel):
    """What changes about an account; a field that is left out stays."""

    nickname: Line | None = None
    phone: Line | None = None
    email: Line | None = None
    roles: Keys | None = None
    shops: Keys | None = None


@bp.get("")
@staff_required("staff.read")
@bp.input(StaffQuery, location="query")
def list_staff(caller: StaffCaller, query_data: StaffQuery) -> Response:
    criteria = AccountFilter(
        search=query_data.search, state=query_data.state, role=query_data.role, shop_ids=caller.shop_ids
    )
    rows, total = accounts.list_accounts(criteria, query_data.to_page())
    return list_response(map(_to_row, rows), total, query_data)


@bp.get("/<account_id>")
@staff_required("staff.read")
def get_account(account_id: str, caller: StaffCaller) -> Response:
    """Return an account, with phone and e-mail in full for those who may edit them."""
    account = _get(caller, account_id)
    full = {"phone": account.phone, "email": account.email} if caller.can("staff.edit") else {}
    return json_response(_to_row(account) | full)


@bp.post("")
@staff_required("staff.create")
@bp.input(StaffCreation)
def add_account(caller: StaffCaller, json_data: StaffCreation) -> Response:
    def work() -> dict[str, Any]:
        account = account_changes.add(
            login=json_data.login, nickname=json_data.nickname, phone=json_data.phone, email=json_data.email,
            role_keys=json_data.roles, shops=_get_shops(json_data.shops), by=caller.account,
        )  # fmt: skip
        return _to_row(account) | {"link": _issue_link(account, caller)}

    return respond_once(caller, json_data, work, status=201)


@bp.patch("/<account_id>")
@staff_required("staff.edit")
@bp.input(StaffChange)
def change_account(account_id: str, caller: StaffCaller, json_data: StaffChange) -> Response:
    person = json_data.model_dump(include={"nickname", "phone", "email"} & json_data.model_fields_set)

    def work() -> dict[str, Any]:
        changed = account_changes.change(
            _get(caller, account_id), role_keys=json_data.roles, person=person, by=caller.account,
            shops=None if json_data.shops is None else _get_shops(json_data.shops),
        )  # fmt: skip
        return _to_row(changed)

    return respond_once(caller, json_data, work)


@bp.post("/<account_id>/disablement")
@staff_required("staff.delete")
def disable_account(account_id: str, caller: StaffCaller) -> Response:
    account = _get(caller, account_id)
    return respond_once(caller, None, lambda: _to_row(account_changes.disable(account, by=caller.account)))


@bp.delete("/<account_id>/disablement")
@staff_required("staff.delete")
def enable_account(account_id: str, caller: StaffCaller) -> Response:
    account = _get(caller, account_id)
    return respond_once(caller, None, lambda: _to_row(account_changes.enable(account, by=caller.account)))


@bp.post("/<account_id>/password-reset")
@staff_required("staff.send_link")
def reset_password(account_id: str, caller: StaffCaller) -> Response:
    """Return a one-time link, which the page shows once. The password stays until the link is used."""
    account = _get(caller, account_id)
    return respond_once(caller, None, lambda: _issue_link(account, caller), status=201)


def _get(caller: StaffCaller, account_id: str) -> StaffAccount:
    """Return an account whose shops the caller sees. Raises DomainError(not_found)."""
    account = accounts.get_by_public_id(account_id)
    if not accounts.is_within(account, caller.shop_ids):
        raise not_found("该账号")
    return account


def _get_shops(public_ids: list[str]) -> list[Shop]:
    return [shops.get_by_public_id(public_id) for public_id in public_ids]


def _issue_link(account: StaffAccount, caller: StaffCaller) -> dict[str, Any]:
    issued = sign_in_links.issue(account, by=caller.account)
    base = current_app.config["PUBLIC_URL"].rstrip("/")
    return {"url": base + issued.path, "expires_at": issued.expires_at.isoformat()}


def _to_row(account: StaffAccount) -> dict[str, Any]:
    shop_ids = accounts.find_shop_ids(account)
    found = shops.find_by_ids(sorted(shop_ids)).values() if shop_ids else ()
    return {
        "id": account.public_id, "login": account.login, "nickname": account.nickname, "state": account.state,
        "phone": masking.mask_phone(account.phone) if account.phone else None,
        "email": masking.mask_email(account.email) if account.email else None,
        "has_password": bool(account.password_hash), "is_locked": attempts.read_state(account.login).is_locked,
        "roles": [{"key": role.key, "name": role.name} for role in accounts.list_roles_of(account)],
        "shops": [{"id": shop.public_id, "name": shop.name} for shop in found],
        "created_at": account.created_at.isoformat(),
    }  # fmt: skip
