"""User actions: the actions of a person in a chat, and the pushes that inform the account."""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NoReturn
from urllib.parse import parse_qs, urlsplit

from sandbox import message_xml
from sandbox.accounts import Account
from sandbox.errors import SandboxError
from sandbox.people import Person
from sandbox.pushes import Push
from sandbox.qr_codes import QrCode
from sandbox.state import SandboxState

# Ids start at the current time. Otherwise they would repeat after a restart.
MESSAGE_IDS = itertools.count(time.time_ns() // 1000)
MAX_TEXT_LENGTH = 2000


@dataclass(frozen=True)
class ActionContext:
    """The context of a user action: the person, the account and the parameters."""

    state: SandboxState
    person: Person
    account: Account
    parameters: dict[str, Any]

    @property
    def chat(self) -> dict[str, str]:
        return {"appid": self.account.appid, "person_id": self.person.id}

    @property
    def is_following(self) -> bool:
        return self.state.followers.find(**self.chat) is not None

    def require_text(self, name: str, default: str | None = None, max_length: int = 1024) -> str:
        value = self.parameters.get(name, default)
        if not isinstance(value, str) or not value.strip() or len(value) > max_length:
            raise SandboxError("bad_action", f"{name} 应是 1 到 {max_length} 个字的文字")
        return value

    def require_degrees(self, name: str, max_degrees: int) -> str:
        value = self.parameters.get(name)
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not -max_degrees <= value <= max_degrees
        ):
            raise SandboxError("bad_action", f"{name} 应在 -{max_degrees} 到 {max_degrees} 之间")
        return f"{value:.6f}"


def execute(
    state: SandboxState, *, person: Person, account: Account, parameters: dict[str, Any]
) -> dict[str, Any]:
    """Execute `parameters["action"]` and wait for the reply of the account, at most three times five seconds.

    Raises SandboxError.
    """
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
    return _push_as_follower(context, _event_fields("subscribe", fields), cause="follow")


def unfollow(context: ActionContext) -> dict[str, Any]:
    if not context.state.followers.unfollow(**context.chat):
        raise SandboxError("not_following", "还没有关注这个公众号", 409)
    context.state.message_quotas.revoke(**context.chat)
    return _push_fields(context, _event_fields("unsubscribe", {"EventKey": ""}), line_kind="event")


def send_text(context: ActionContext) -> dict[str, Any]:
    content = context.require_text("content", max_length=MAX_TEXT_LENGTH)
    return _push_as_follower(
        context, {"MsgType": "text", "Content": content}, line_kind="text", cause="message"
    )


def send_image(context: ActionContext) -> dict[str, Any]:
    media_id = context.require_text("media_id", f"image-{next(MESSAGE_IDS)}")
    fields = {
        "MsgType": "image",
        "PicUrl": context.require_text("pic_url", "http://127.0.0.1/photo.jpg"),
        "MediaId": media_id,
    }
    return _push_as_follower(context, fields, line_kind="image", cause="message")


def send_voice(context: ActionContext) -> dict[str, Any]:
    media_id = context.require_text("media_id", f"voice-{next(MESSAGE_IDS)}")
    fields = {"MsgType": "voice", "MediaId": media_id, "Format": "amr"}
    if context.parameters.get("recognition"):
        fields["Recognition"] = context.require_text("recognition")
    return _push_as_follower(context, fields, line_kind="voice", cause="message")


def send_location(context: ActionContext) -> dict[str, Any]:
    """Send a location from the map, in GCJ-02."""
    fields = {
        "MsgType": "location",
        "Location_X": context.require_degrees("lat", 90),
        "Location_Y": context.require_degrees("lng", 180),
        "Scale": 16,
        "Label": context.require_text("label", "所选位置"),
    }
    return _push_as_follower(context, fields, line_kind="location", cause="message")


def select_location(context: ActionContext) -> dict[str, Any]:
    """Send the event of a menu button that selects a location, then the location as a message."""
    info = {
        "Location_X": str(context.require_degrees("lat", 90)),
        "Location_Y": str(context.require_degrees("lng", 180)),
        "Scale": "16",
        "Label": context.require_text("label", "所选位置"),
        "Poiname": "",
    }
    fields = {"EventKey": context.require_text("key"), "SendLocationInfo": info}
    _push_as_follower(context, _event_fields("location_select", fields), cause="click")
    return send_location(context)


def report_location(context: ActionContext) -> dict[str, Any]:
    """Report the location of the phone when the chat is opened, in WGS-84."""
    fields = {
        "Latitude": context.require_degrees("lat", 90),
        "Longitude": context.require_degrees("lng", 180),
        "Precision": "40.000000",
    }
    return _push_as_follower(context, _event_fields("LOCATION", fields))


def send_link(context: ActionContext) -> dict[str, Any]:
    fields = {
        "MsgType": "link",
        "Title": context.require_text("title"),
        "Description": context.require_text("description", "网页链接"),
        "Url": context.require_text("url"),
    }
    return _push_as_follower(context, fields, line_kind="link", cause="message")


def click_menu_button(context: ActionContext) -> dict[str, Any]:
    return _push_as_follower(
        context,
        _event_fields("CLICK", {"EventKey": context.require_text("key", max_length=128)}),
        cause="click",
    )


def open_menu_link(context: ActionContext) -> dict[str, Any]:
    url = context.require_text("url")
    result = _push_as_follower(context, _event_fields("VIEW", {"EventKey": url, "MenuId": "400000001"}))
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
    return _push_as_follower(
        context, _event_fields("SCAN", {"EventKey": str(code.scene), "Ticket": code.ticket}), cause="scan"
    )


def push_raw_xml(context: ActionContext) -> dict[str, Any]:
    """Push any text as the body, with a valid signature, for messages that no phone sends."""
    return _deliver(
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
    "location_select": select_location,
    "location_event": report_location,
    "link": send_link,
    "click": click_menu_button,
    "view": open_menu_link,
    "scan": scan_qr_code,
    "raw": push_raw_xml,
}


def _event_fields(name: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {"MsgType": "event", "Event": name, **fields}


def _push_as_follower(
    context: ActionContext, fields: dict[str, Any], *, line_kind: str = "event", cause: str | None = None
) -> dict[str, Any]:
    """Push an action of a follower. With a `cause` the account gets a quota of messages.

    Raises SandboxError if the person does not follow.
    """
    if not context.is_following:
        raise SandboxError("not_following", "先关注公众号", 409)
    if cause:
        context.state.message_quotas.grant(cause, **context.chat)
    return _push_fields(context, fields, line_kind=line_kind)


def _push_fields(context: ActionContext, fields: dict[str, Any], *, line_kind: str) -> dict[str, Any]:
    message = {
        "ToUserName": context.account.original_id,
        "FromUserName": context.person.openid_at(context.account),
        "CreateTime": context.state.clock.wall_time(),
        **fields,
    }
    if fields["MsgType"] != "event":
        message["MsgId"] = next(MESSAGE_IDS)
    return _deliver(
        context,
        Push(xml=message_xml.write(message)),
        line_kind=line_kind,
        content=fields,
        msg_type=fields["MsgType"],
    )


def _deliver(
    context: ActionContext, push: Push, *, line_kind: str, content: dict, msg_type: str
) -> dict[str, Any]:
    context.state.chats.add_line("out", line_kind, content, **context.chat, push=push)
    openid = context.person.openid_at(context.account)
    context.state.pushes.deliver(push, account=context.account, openid=openid, msg_type=msg_type)
    context.state.chats.add_outcome(push, **context.chat)
    return {"appid": context.account.appid, "push": push.to_json(), "open": None}


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
