"""Tabs of the member's page: identities, consents, check-ins."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, list_response
from console.member_lookup import get_member
from store.check_ins import check_ins
from store.check_ins.check_ins import CheckIn
from store.core import masking
from store.customers import consents, identities
from store.customers.consents import Consent
from store.customers.identities import Identity
from store.membership import member_list
from store.tenants import agreements, channels
from web.responses import json_response

bp = APIBlueprint("console_member_tabs", __name__, url_prefix="/console/api/members", enable_openapi=False)

PROVIDERS = {"wechat": "微信", "wechat_union": "微信开放平台", "alipay_user": "支付宝", "phone": "手机"}


@bp.get("/<card>/identities")
@staff_required("members.read")
def list_identities(card: str, caller: StaffCaller) -> Response:
    found = identities.list_history(get_member(caller, card).customer)
    names = {channel.appid: channel.name for channel in channels.list_channels()}
    return json_response({"list": [_to_identity(row, names) for row in found]})


@bp.get("/<card>/consents")
@staff_required("members.read")
def list_consents(card: str, caller: StaffCaller) -> Response:
    found = consents.list_history(get_member(caller, card).customer)
    return json_response({"list": [_to_consent(row) for row in found]})


@bp.get("/<card>/check-ins")
@staff_required("members.read")
@bp.input(ListQuery, location="query")
def list_check_ins(card: str, caller: StaffCaller, query_data: ListQuery) -> Response:
    rows, total = check_ins.list_page(get_member(caller, card), query_data.to_page())
    return list_response(map(_to_check_in, rows), total, query_data)


def _to_identity(row: Identity, channel_names: dict[str, str]) -> dict[str, Any]:
    shown = masking.mask_phone(row.value) if row.value else f"…{row.subject[-4:]}"
    return {
        "id": str(row.id), "provider": PROVIDERS.get(row.provider, row.provider),
        "account": channel_names.get(row.account, row.account), "subject": shown, "bound_at": row.bound_at.isoformat(),
        "unbound_at": row.unbound_at and row.unbound_at.isoformat(),
    }  # fmt: skip


def _to_consent(row: Consent) -> dict[str, Any]:
    return {
        "id": str(row.id), "title": agreements.KINDS[row.kind], "version": row.version,
        "channel": member_list.read_source_name(row.channel), "accepted_at": row.accepted_at.isoformat(),
        "ended_at": row.ended_at and row.ended_at.isoformat(),
    }  # fmt: skip


def _to_check_in(row: CheckIn) -> dict[str, Any]:
    return {
        "id": str(row.id), "day": row.day.isoformat(), "at": row.at.isoformat(), "streak": row.streak,
        "points": row.points, "extra": row.extra, "source": member_list.read_source_name(row.source),
    }  # fmt: skip
