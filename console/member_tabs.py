"""Tabs of the member's page: identities, consents, behaviour records, check-ins."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response
from console.member_lookup import get_member
from console.shop_scope import read_names
from store.check_ins import check_ins
from store.check_ins.check_ins import CheckIn
from store.core import masking
from store.core.errors import DomainError
from store.core.events import Event
from store.core.validation import IsoDate
from store.customers import consents, identities
from store.customers.consents import Consent
from store.customers.identities import Identity
from store.membership import behaviours
from store.membership.behaviours import BehaviourFilter
from store.tenants import agreements, channels
from web.responses import json_response

bp = APIBlueprint("console_member_tabs", __name__, url_prefix="/console/api/members", enable_openapi=False)

PROVIDERS = {"wechat": "微信", "wechat_union": "微信开放平台", "alipay_user": "支付宝", "phone": "手机"}
_PROPERTIES = {
    "number": "单号", "order_number": "单号", "return_number": "退货单号", "streak": "连续天数", "points": "积分",
    "coupon": "券码", "code": "券码", "before": "变动前等级", "after": "变动后等级", "source": "来源", "day": "日期",
    "proof": "依据", "fields": "字段",
}  # fmt: skip


class BehaviourQuery(ListQuery):
    """Which behaviour records are listed."""

    kind: Search | None = None
    since: IsoDate | None = None
    until: IsoDate | None = None


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


@bp.get("/behaviour-kinds")
@staff_required("members.read")
def list_behaviour_kinds(caller: StaffCaller) -> Response:
    return json_response([{"value": kind, "label": label} for kind, label in behaviours.LABELS.items()])


@bp.get("/<card>/behaviours")
@staff_required("members.read")
@bp.input(BehaviourQuery, location="query")
def list_behaviours(card: str, caller: StaffCaller, query_data: BehaviourQuery) -> Response:
    criteria = BehaviourFilter(kind=query_data.kind, since=query_data.since, until=query_data.until)
    rows, total = behaviours.list_page(get_member(caller, card).customer, criteria, query_data.to_page())
    shops = read_names(row.shop_id for row in rows)
    return list_response([_to_behaviour(row, shops) for row in rows], total, query_data)


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
        "id": str(row.id), "title": agreements.KINDS[row.kind], "version": row.version, "channel": row.channel,
        "accepted_at": row.accepted_at.isoformat(), "ended_at": row.ended_at and row.ended_at.isoformat(),
    }  # fmt: skip


def _to_behaviour(row: Event, shops: dict[int | None, str]) -> dict[str, Any]:
    facts = {label: row.properties[name] for name, label in _PROPERTIES.items() if row.properties.get(name)}
    lines = row.properties.get("lines") or []
    goods = [f"{line.get('name') or line.get('product')} × {line.get('quantity')}" for line in lines[:3]]
    return {
        "id": str(row.id), "kind": row.kind, "label": behaviours.LABELS[row.kind], "at": row.at.isoformat(),
        "shop": shops.get(row.shop_id), "channel": _channel_name(row.channel_id),
        "facts": "，".join([f"{label} {value}" for label, value in facts.items()] + goods),
    }  # fmt: skip


def _channel_name(channel_id: int | None) -> str | None:
    try:
        return channels.get_by_id(channel_id).name if channel_id else None
    except DomainError:
        return None


def _to_check_in(row: CheckIn) -> dict[str, Any]:
    return {
        "id": str(row.id), "day": row.day.isoformat(), "at": row.at.isoformat(), "streak": row.streak,
        "points": row.points, "extra": row.extra, "source": row.source,
    }  # fmt: skip
