"""Roles (安全角色): list, create, change, delete, and the tree of rights that a form shows."""

from typing import Annotated, Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field, StringConstraints

from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from console.staff import Line
from store.staff import rights, role_changes, roles
from store.staff.roles import Role
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("console_roles", __name__, url_prefix="/console/api/roles", enable_openapi=False)

Rights = Annotated[list[Annotated[str, StringConstraints(max_length=60)]], Field(max_length=1000)]


class RoleQuery(ListQuery):
    """Which roles are listed. `search` is a part of name or key."""

    search: Search = ""


class RoleValues(RequestModel):
    """What can be changed about a role."""

    name: Line
    rights: Rights
    code: Line = ""
    description: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""


class RoleCreation(RoleValues):
    """A new role. `key` is its identifier."""

    key: Line


class RoleChange(RequestModel):
    """What changes about a role; a field that is left out stays."""

    name: Line | None = None
    rights: Rights | None = None
    code: Line | None = None
    description: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] | None = None


@bp.get("")
@staff_required("roles.read")
@bp.input(RoleQuery, location="query")
def list_roles(caller: StaffCaller, query_data: RoleQuery) -> Response:
    rows, total = roles.list_page(query_data.to_page(), search=query_data.search)
    return list_response(map(_to_row, rows), total, query_data)


@bp.get("/rights")
@staff_required("roles.read")
def list_rights(caller: StaffCaller) -> Response:
    """Return the tree of groups, entries and buttons."""
    return json_response([
        {"key": group.key, "title": group.title, "entries": [
            {"key": entry.key, "title": entry.title, "buttons": [
                {"right": f"{entry.key}.{button}", "title": title} for button, title in entry.buttons
            ]}
            for entry in group.entries
        ]}
        for group in rights.MENU
    ])  # fmt: skip


@bp.get("/<key>")
@staff_required("roles.read")
def get_role(key: str, caller: StaffCaller) -> Response:
    return json_response(_to_row(roles.get_by_key(key)))


@bp.post("")
@staff_required("roles.create")
@bp.input(RoleCreation)
def create_role(caller: StaffCaller, json_data: RoleCreation) -> Response:
    values = json_data.model_dump()
    return respond_once(
        caller, json_data, lambda: _to_row(role_changes.create(**values, by=caller.account)), status=201
    )


@bp.patch("/<key>")
@staff_required("roles.edit")
@bp.input(RoleChange)
def change_role(key: str, caller: StaffCaller, json_data: RoleChange) -> Response:
    def work() -> dict[str, Any]:
        role = roles.get_by_key(key)
        known = {name: getattr(role, name) for name in RoleChange.model_fields}
        values = known | json_data.model_dump(exclude_none=True)
        return _to_row(role_changes.change(role, **values, by=caller.account))

    return respond_once(caller, json_data, work)


@bp.delete("/<key>")
@staff_required("roles.delete")
def delete_role(key: str, caller: StaffCaller) -> Response:
    def work() -> dict[str, Any]:
        role_changes.delete(roles.get_by_key(key), by=caller.account)
        return {"deleted": True}

    return respond_once(caller, None, work)


def _to_row(role: Role) -> dict[str, Any]:
    return {
        "key": role.key, "name": role.name, "code": role.code, "description": role.description,
        "rights": role.rights, "is_builtin": role.is_builtin, "has_all_rights": role.rights == [rights.ALL],
        "created_at": role.created_at.isoformat(),
    }  # fmt: skip
