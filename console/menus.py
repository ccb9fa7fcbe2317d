"""Menus of official accounts (自定义菜单): draft, publication, withdrawal, and what the platform shows."""

from typing import Annotated, Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

import config
import platform_clients
from console.auth import StaffCaller, staff_required
from console.lists import respond_once
from console.official_accounts import get_chat_account
from platforms.errors import PlatformError
from store.core.errors import DomainError
from store.official_accounts import menus
from store.official_accounts.menus import MenuPublication
from store.tenants import channels
from store.tenants.channels import Channel
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("console_menus", __name__, url_prefix="/console/api/menus", enable_openapi=False)


class MenuDraftBody(RequestModel):
    """The buttons in WeChat's format, with our `answers` to their keys."""

    button: Annotated[list[dict[str, Any]], Field(max_length=3)]


@bp.get("")
@staff_required("menus.read")
def list_menus(caller: StaffCaller) -> Response:
    """Return the official accounts with the states of their menus."""
    found = channels.list_chat_accounts(caller.shop_ids)
    return json_response({"list": [_to_row(channel) for channel in found]})


@bp.get("/<account>")
@staff_required("menus.read")
def get_menu(account: str, caller: StaffCaller) -> Response:
    return json_response(_to_detail(get_chat_account(caller, account)))


@bp.put("/<account>")
@staff_required("menus.edit")
@bp.input(MenuDraftBody)
def save_draft(account: str, caller: StaffCaller, json_data: MenuDraftBody) -> Response:
    channel = get_chat_account(caller, account)

    def work() -> dict[str, Any]:
        menus.save_draft(channel, json_data.model_dump())
        return _to_detail(channel)

    return respond_once(caller, json_data, work)


@bp.post("/<account>/publications")
@staff_required("menus.publish")
def publish(account: str, caller: StaffCaller) -> Response:
    """Request the publication of the draft. A worker calls the platform."""
    channel = get_chat_account(caller, account)
    return respond_once(caller, None, lambda: _to_publication(menus.request_publication(channel)), status=202)


@bp.post("/<account>/withdrawals")
@staff_required("menus.publish")
def withdraw(account: str, caller: StaffCaller) -> Response:
    """Request that the account shows no menu. The draft stays."""
    channel = get_chat_account(caller, account)
    return respond_once(caller, None, lambda: _to_publication(menus.request_withdrawal(channel)), status=202)


@bp.get("/<account>/live")
@staff_required("menus.read")
def compare_live(account: str, caller: StaffCaller) -> Response:
    """Return the menu that the platform shows, and how it differs from the published one. Uses the network."""
    channel = get_chat_account(caller, account)
    try:
        answer = platform_clients.chat_client(channel).find_menu()
    except PlatformError as failure:
        raise DomainError("platform_failed", f"没有得到平台的答复：{failure.message}", 502) from None
    live = answer["menu"]["button"] if answer else None
    published = menus.find_published(channel)
    if published is None:
        differences = ["公众号上有菜单，但不是在这里发布的"] if live else []
    else:
        differences = menus.diff(_to_wechat_buttons(published.menu), live)
    return json_response({"button": live, "differences": differences})


def _to_row(channel: Channel) -> dict[str, Any]:
    draft, published = menus.find_draft(channel), menus.find_published(channel)
    last = menus.find_last_publication(channel)
    return {
        "account": channel.key, "kind": channel.kind, "name": channel.name,
        "saved_at": draft.saved_at.isoformat() if draft else None,
        "published_at": published.ended_at.isoformat() if published and published.ended_at else None,
        "is_published": published is not None, "last": _to_publication(last) if last else None,
        "is_changed": draft is not None and (published is None or draft.menu != published.menu),
    }  # fmt: skip


def _to_detail(channel: Channel) -> dict[str, Any]:
    draft, published = menus.find_draft(channel), menus.find_published(channel)
    return _to_row(channel) | {
        "button": draft.menu["button"] if draft else [],
        "differences": _compare(draft.menu, published.menu) if draft and published else [],
        "publications": [_to_publication(row) for row in menus.list_publications(channel)],
    }


def _compare(draft: dict[str, Any], published: dict[str, Any]) -> list[str]:
    """Return the differences between draft and published menu, replies included."""
    found = menus.diff(
        _to_wechat_buttons(draft), _to_wechat_buttons(published), location_label="已发布的菜单"
    )
    return found or (["按钮的回复内容有修改"] if draft != published else [])


def _to_wechat_buttons(menu: dict[str, Any]) -> list[dict[str, Any]]:
    return menus.to_wechat_json(menu, config.current().public_url)


def _to_publication(row: MenuPublication) -> dict[str, Any]:
    return {
        "id": str(row.id), "state": row.state, "reason": row.reason, "is_withdrawal": not row.menu["button"],
        "requested_at": row.requested_at.isoformat(),
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
    }  # fmt: skip
