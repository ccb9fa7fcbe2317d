"""The own account of staff: who is signed in, with which menu, the password and the sessions."""

from datetime import timedelta
from typing import Any

from apiflask import APIBlueprint
from flask import Response

from console.auth import StaffCaller, staff_required
from console.sign_in import Password
from store.core import clock, masking
from store.core.database import db
from store.shops import shops
from store.staff import accounts, rights
from store.staff import sessions as staff_sessions
from store.staff import sign_in as staff_sign_in
from store.staff.sessions import StaffSession
from store.tenants import branding, settings
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("console_me", __name__, url_prefix="/console/api/me", enable_openapi=False)


class PasswordChange(RequestModel):
    """The old and the new password."""

    old: Password
    new: Password


@bp.get("")
@staff_required(None)
def get_me(caller: StaffCaller) -> Response:
    account = caller.account
    return json_response({
        "id": account.public_id, "login": account.login, "nickname": account.nickname,
        "phone": masking.mask_phone(account.phone) if account.phone else None,
        "must_change_password": account.must_change_password,
        "roles": [{"key": role.key, "name": role.name} for role in accounts.list_roles_of(account)],
        "shops": _to_shops(caller.shop_ids),
        "rights": sorted(caller.rights), "menu": _to_menu(caller.rights),
        "csrf_token": staff_sessions.csrf_token(caller.token), "session_id": caller.session.public_id,
        "tenant": {
            "slug": db.current_tenant(), "name": branding.read_name(), "logo_url": branding.read_logo_url(),
            "colour": settings.read(branding.BrandingSettings).colour,
        },
        "now": clock.now().isoformat(),
    })  # fmt: skip


@bp.patch("/password")
@staff_required(None)
@bp.input(PasswordChange)
def change_password(caller: StaffCaller, json_data: PasswordChange) -> Response:
    staff_sign_in.change_password(caller.session, old=json_data.old, new=json_data.new)
    return json_response({"changed": True})


@bp.get("/sessions")
@staff_required(None)
def list_sessions(caller: StaffCaller) -> Response:
    rows = staff_sessions.list_running(caller.account)
    return json_response({"list": [_to_session(row, caller.session) for row in rows]})


@bp.delete("/sessions/<session_id>")
@staff_required(None)
def end_session(session_id: str, caller: StaffCaller) -> Response:
    staff_sessions.end(staff_sessions.get_of_account(caller.account, session_id))
    return json_response({"ended": True})


def _to_menu(granted: frozenset[str]) -> list[dict[str, Any]]:
    """Return the groups of the menu with the entries that the account may read."""
    groups = []
    for group in rights.MENU:
        entries = [
            {"key": entry.key, "title": entry.title, "path": entry.path, "icon": entry.icon}
            for entry in group.entries
            if f"{entry.key}.read" in granted
        ]
        if entries:
            groups.append({"key": group.key, "title": group.title, "icon": group.icon, "entries": entries})
    return groups


def _to_shops(shop_ids: frozenset[int] | None) -> list[dict[str, str]] | None:
    if shop_ids is None:
        return None
    found = shops.find_by_ids(sorted(shop_ids)).values()
    return [{"id": shop.public_id, "code": shop.code, "name": shop.name} for shop in found]


def _to_session(row: StaffSession, current: StaffSession) -> dict[str, Any]:
    ends_at = min(
        row.created_at + timedelta(seconds=staff_sessions.LIFETIME_S),
        row.last_seen_at + timedelta(seconds=staff_sessions.IDLE_S),
    )
    return {
        "id": row.public_id, "created_at": row.created_at.isoformat(), "last_seen_at": row.last_seen_at.isoformat(),
        "expires_at": ends_at.isoformat(), "address": row.address, "user_agent": row.user_agent,
        "is_current": row.id == current.id,
    }  # fmt: skip
