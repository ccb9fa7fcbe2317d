"""User actions: the actions of a person in a chat, and the pushes that inform the account."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NoReturn
from urllib.parse import parse_qs, urlsplit

from sandbox import life_actions, menu_actions
from sandbox.accounts import Account
from sandbox.action_context import (
    MESSAGE_IDS,
    ActionContext,
    deliver,
    event_fields,
    push_as_follower,
    push_fields,
)
from sandbox.errors import SandboxError
from sandbox.people import Person
from sandbox.pushes import Push
from sandbox.qr_codes import QrCode
from sandbox.state import SandboxState

MAX_TEXT_LENGTH = 2000


def execute(
    state: SandboxState, *, person: Person, account: Account, parameters: dict[str, Any]
) -> dict[str, Any]:
    """Execute `parameters["action"]` and wait for the reply of the account, at most three times five seconds.

    Raises SandboxError.
    """
    if account.kind == "alipay":
        return life_actions.execute(ActionContext(state, person, account, parameters))
    if not account.is_official:
        raise SandboxError("not_official", "小程序没有聊天窗口")
    user_action = ACTIONS.get(str(parameters.get("action")))
    if user_action is None:
        raise SandboxError("no_such_action", f"没有这个动作：{parameters.get('action')}")
    return user_action(ActionContext(state, person, account, parameters))


def follow(context: ActionContext, *, code: QrCode | None = None) -> dict[str, Any]:
    scene = str(code.scene) if code else ""
    if not context.state.followers.follow(**context.chat, scene=scene):
        raise SandboxError("already_following", "已经关注了这个公众号", 409)
    context.state.chats.add_line(
        "note", "follow", {"Content": f"你已关注{context.account.name}"}, **context.chat
    )
    fields = {"EventKey": f"qrscene_{scene}", "Ticket": code.ticket} if code else {"EventKey": ""}
    return push_as_follower(context, event_fields("subscribe", fields), cause="follow")


def unfollow(context: ActionContext) -> dict[str, Any]:
    if not context.state.followers.unfollow(**context.chat):
        raise SandboxError("not_following", "还没有关注这个公众号", 409)
    context.state.message_quotas.revoke(**context.chat)
    return push_fields(context, event_fields("unsubscribe", {"EventKey": ""}), line_kind="event")


def send_text(context: ActionContext) -> dict[str, Any]:
    content = context.require_text("content", max_length=MAX_TEXT_LENGTH)
    return push_as_follower(
        context, {"MsgType": "text", "Content": content}, line_kind="text", cause="message"
    )


def send_image(context: ActionContext) -> dict[str, Any]:
    media_id = context.require_text("media_id", f"image-{next(MESSAGE_IDS)}")
    fields = {
        "MsgType": "image",
        "PicUrl": context.require_text("pic_url", "http://127.0.0.1/photo.jpg"),
        "MediaId": media_id,
    }
    return push_as_follower(context, fields, line_kind="image", cause="message")


def send_voice(context: ActionContext) -> dict[str, Any]:
    media_id = context.require_text("media_id", f"voice-{next(MESSAGE_IDS)}")
    fields = {"MsgType": "voice", "MediaId": media_id, "Format": "amr"}
    if context.parameters.get("recognition"):
        fields["Recognition"] = context.require_text("recognition")
    return push_as_follower(context, fields, line_kind="voice", cause="message")


def send_location(context: ActionContext) -> dict[str, Any]:
    """Send a location from the map, in GCJ-02."""
    fields = {
        "MsgType": "location",
        "Location_X": context.require_degrees("lat", 90),
        "Location_Y": context.require_degrees("lng", 180),
        "Scale": 16,
        "Label": context.require_text("label", "所选位置"),
    }
    return push_as_follower(context, fields, line_kind="location", cause="message")


def report_location(context: ActionContext) -> dict[str, Any]:
    """Report the location of the phone when the chat is opened, in WGS-84."""
    fields = {
        "Latitude": context.require_degrees("lat", 90),
        "Longitude": context.require_degrees("lng", 180),
        "Precision": "40.000000",
    }
    return push_as_follower(context, event_fields("LOCATION", fields))


def send_link(context: ActionContext) -> dict[str, Any]:
    fields = {
        "MsgType": "link",
        "Title": context.require_text("title"),
        "Description": context.require_text("description", "网页链接"),
        "Url": context.require_text("url"),
    }
    return push_as_follower(context, fields, line_kind="link", cause="message")


def click_menu_button(context: ActionContext) -> dict[str, Any]:
    return push_as_follower(
        context,
        event_fields("CLICK", {"EventKey": context.require_text("key", max_length=128)}),
        cause="click",
    )


def open_menu_link(context: ActionContext) -> dict[str, Any]:
    url = context.require_text("url")
    result = push_as_follower(context, event_fields("VIEW", {"EventKey": url, "MenuId": "400000001"}))
    return {**result, "open": url}


def scan_qr_code(context: ActionContext) -> dict[str, Any]:
    """Scan a code of any account. A person who does not follow the account follows it by the scan."""
    code = _find_scanned_code(context)
    if code is None:
        return {"appid": context.account.appid, "push": None, "open": context.require_text("url")}
    if context.state.qr_codes.is_expired(code):
        raise SandboxError("code_expired", "这个二维码已经过期", 410)
    context = replace(context, account=context.state.accounts.get(code.appid))
    if not context.is_following:
        return follow(context, code=code)
    return push_as_follower(
        context, event_fields("SCAN", {"EventKey": str(code.scene), "Ticket": code.ticket}), cause="scan"
    )


def push_raw_xml(context: ActionContext) -> dict[str, Any]:
    """Push any text as the body, with a valid signature, for messages that no phone sends."""
    return deliver(
        context,
        Push(xml=context.require_text("xml", max_length=20_000)),
        line_kind="raw",
        content={},
        msg_type="event",
    )


ACTIONS: dict[str, Callable[[ActionContext], dict[str, Any]]] = {
    "follow": follow,
    "unfollow": unfollow,
    "text": send_text,
    "image": send_image,
    "voice": send_voice,
    "location": send_location,
    "location_event": report_location,
    "link": send_link,
    "click": click_menu_button,
    "view": open_menu_link,
    "scan": scan_qr_code,
    "raw": push_raw_xml,
    **menu_actions.ACTIONS,
}


def _find_scanned_code(context: ActionContext) -> QrCode | None:
    """Return the code of a ticket, a URL or a scene, or None for another URL.

    Raises SandboxError.
    """
    codes = context.state.qr_codes
    if "scene" in context.parameters:
        return codes.get_by_scene(appid=context.account.appid, scene=str(context.parameters["scene"]))
    if "ticket" in context.parameters:
        return codes.find_by_ticket(context.require_text("ticket")) or _raise_unknown_code()
    url = context.require_text("url")
    ticket = parse_qs(urlsplit(url).query).get("ticket", [""])[0]
    code = codes.find_by_url(url) or codes.find_by_ticket(ticket or url)
    if code is None and urlsplit(url).scheme not in {"http", "https"}:
        _raise_unknown_code()
    return code


def _raise_unknown_code() -> NoReturn:
    raise SandboxError("no_such_code", "不认识这个二维码", 404)
