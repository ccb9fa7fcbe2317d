"""Channel accounts (渠道账号): official accounts, mini-programs, Alipay applications and SMS providers.

Secrets are written and never read. Token and EncodingAESKey are shown to staff with the right to edit, because they
are pasted at the platform; the operation log keeps who looked.
"""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import StringConstraints

import platform_clients
from console import channel_checks, shop_scope
from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response, respond_once
from store.core import errors
from store.shops import shops
from store.tenants import channels
from store.tenants.channels import Channel, ChannelFilter
from web.responses import json_response
from web.schemas import OneLine, RequestModel

bp = APIBlueprint("console_channels", __name__, url_prefix="/console/api/channels", enable_openapi=False)

Kind = Literal["wechat_official", "wechat_miniprogram", "alipay", "sms"]
Line = Annotated[OneLine, StringConstraints(max_length=200)]
_WRITE_ONLY = frozenset({"secret", "token", "encoding_aes_key", "platform_public_key"})
KeyText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000, pattern=r"^[^\x00]*$")]


class ChannelQuery(ListQuery):
    """Which accounts are listed. `search` is a part of the name, or the AppID."""

    search: Search = ""
    kind: Kind | None = None


class ChannelChange(RequestModel):
    """What changes about an account. An empty secret or key stays as it is."""

    name: Line | None = None
    secret: KeyText = ""
    token: Line = ""
    encoding_aes_key: Line = ""
    platform_public_key: KeyText = ""
    mode: Literal["plain", "compatible", "safe"] | None = None
    original_id: Line | None = None
    open_group: Line | None = None
    brand: Line | None = None
    provider: Literal["", "alibaba", "tencent"] | None = None
    shop: Line | None = None

    def to_values(self, caller: StaffCaller) -> dict[str, Any]:
        """Return the columns that were given."""
        given = self.model_dump(include=self.model_fields_set - {"shop", "kind", "appid"})
        values = {
            name: value
            for name, value in given.items()
            if value is not None and not (value == "" and name in _WRITE_ONLY)
        }
        return values | ({"shop_id": _find_shop_id(self.shop, caller)} if self._names_shop(caller) else {})

    def _names_shop(self, caller: StaffCaller) -> bool:
        return "shop" in self.model_fields_set or caller.shop_ids is not None


class ChannelCreation(ChannelChange):
    """A new account."""

    kind: Kind
    appid: Line
    name: Line
    secret: KeyText


@bp.get("")
@staff_required("channels.read")
@bp.input(ChannelQuery, location="query")
def list_channels(caller: StaffCaller, query_data: ChannelQuery) -> Response:
    criteria = ChannelFilter(search=query_data.search, kind=query_data.kind, shop_ids=caller.shop_ids)
    rows, total = channels.list_page(criteria, query_data.to_page())
    return list_response(map(_to_row, rows), total, query_data)


@bp.get("/<key>")
@staff_required("channels.read")
def get_channel(key: str, caller: StaffCaller) -> Response:
    return json_response(_to_row(_get(caller, key)))


@bp.post("")
@staff_required("channels.create")
@bp.input(ChannelCreation)
def add_channel(caller: StaffCaller, json_data: ChannelCreation) -> Response:
    def work() -> dict[str, Any]:
        if channels.find_by_appid(json_data.kind, json_data.appid) is not None:
            raise errors.invalid("appid", "该 AppID 已经添加")
        added = channels.add(kind=json_data.kind, appid=json_data.appid, **json_data.to_values(caller))
        return _to_row(added)

    return respond_once(caller, json_data, work, status=201)


@bp.patch("/<key>")
@staff_required("channels.edit")
@bp.input(ChannelChange)
def change_channel(key: str, caller: StaffCaller, json_data: ChannelChange) -> Response:
    channel = _get(caller, key)
    return respond_once(
        caller, json_data, lambda: _to_row(channels.change(channel, **json_data.to_values(caller)))
    )


@bp.post("/<key>/server-configuration")
@staff_required("channels.edit")
def show_server_configuration(key: str, caller: StaffCaller) -> Response:
    """Return what is pasted at the platform: address, Token and EncodingAESKey, or the domain of requests."""
    row = channels.show_server_keys(_get(caller, key))
    return json_response(channel_checks.to_server_configuration(row))


@bp.post("/<key>/checks")
@staff_required("channels.edit")
def check_channel(key: str, caller: StaffCaller) -> Response:
    """Return the findings about an account, in words. Asks the platform about AppID and secret."""
    return json_response({"list": channel_checks.check(_get(caller, key))})


def _get(caller: StaffCaller, key: str) -> Channel:
    channel = channels.get_by_key(key)
    caller.ensure_shop(channel.shop_id, subject="该账号")
    return channel


def _find_shop_id(public_id: str | None, caller: StaffCaller) -> int | None:
    """Return the row id of the account's shop. An account of some shops must name one of them."""
    shop_scope.ensure_named(caller, public_id)
    if not public_id:
        return None
    shop = shops.get_by_public_id(public_id)
    caller.ensure_shop(shop.id, subject="该门店")
    return int(shop.id)


def _to_row(channel: Channel) -> dict[str, Any]:
    shop = shops.find_by_ids([channel.shop_id]).get(channel.shop_id) if channel.shop_id else None
    path = channel_checks.callback_path(channel)
    return {
        "key": channel.key, "kind": channel.kind, "name": channel.name, "appid": channel.appid, "mode": channel.mode,
        "original_id": channel.original_id or "", "open_group": channel.open_group, "brand": channel.brand or "",
        "provider": channel.provider, "shop": {"id": shop.public_id, "name": shop.name} if shop else None,
        "server_url": platform_clients.to_absolute_url(path) if path else None,
        "server_note": channel_checks.find_address_note(channel),
        "created_at": channel.created_at.isoformat(),
    }  # fmt: skip
