"""Gestures: what a person does in a chat, and the push that tells the account about it."""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NoReturn
from urllib.parse import parse_qs, urlsplit

from sandbox import markup
from sandbox.accounts import Account
from sandbox.errors import Refused
from sandbox.people import Person
from sandbox.pushes import Push
from sandbox.qr_codes import QrCode
from sandbox.world import World

# Message ids grow across restarts as well, so that none is ever given twice.
MESSAGE_IDS = itertools.count(time.time_ns() // 1000)
LONGEST_TEXT = 2000


@dataclass(frozen=True)
class Deed:
    """A gesture about to happen: who, at which account, with which wishes."""

    world: World
    person: Person
    account: Account
    wish: dict[str, Any]

    @property
    def chat(self) -> dict[str, str]:
        return {"appid": self.account.appid, "person_id": self.person.id}

    @property
    def follows(self) -> bool:
        return self.world.followers.get(**self.chat) is not None

    def text(self, name: str, usual: str | None = None, most: int = 1024) -> str:
        value = self.wish.get(name, usual)
        if not isinstance(value, str) or not value.strip() or len(value) > most:
            raise Refused("bad_action", f"{name} 应是 1 到 {most} 个字的文字")
        return value

    def degrees(self, name: str, limit: int) -> str:
        value = self.wish.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not -limit <= value <= limit:
            raise Refused("bad_action", f"{name} 应在 -{limit} 到 {limit} 之间")
        return f"{value:.6f}"


def perform(world: World, *, person: Person, account: Account, wish: dict[str, Any]) -> dict[str, Any]:
    """Carries out `wish["do"]` and waits for the account's answer, at most three times five seconds."""
    if not account.is_official:
        raise Refused("not_official", "小程序没有聊天窗口")
    gesture = GESTURES.get(str(wish.get("do")))
    if gesture is None:
        raise Refused("no_such_action", f"没有这个动作：{wish.get('do')}")
    return gesture(Deed(world, person, account, wish))


def follow(deed: Deed, *, code: QrCode | None = None) -> dict[str, Any]:
    scene = str(code.scene) if code else ""
    if not deed.world.followers.follow(**deed.chat, scene=scene):
        raise Refused("already_following", "已经关注了这个公众号", 409)
    deed.world.chats.say("note", "follow", {"Content": f"你已关注{deed.account.name}"}, **deed.chat)
    fields = {"EventKey": f"qrscene_{scene}", "Ticket": code.ticket} if code else {"EventKey": ""}
    return _tell(deed, _event("subscribe", fields), cause="follow")


def unfollow(deed: Deed) -> dict[str, Any]:
    if not deed.world.followers.unfollow(**deed.chat):
        raise Refused("not_following", "还没有关注这个公众号", 409)
    deed.world.quotas.withdraw(**deed.chat)
    return _deliver(deed, _event("unsubscribe", {"EventKey": ""}), bubble="event")


def text(deed: Deed) -> dict[str, Any]:
    content = deed.text("content", most=LONGEST_TEXT)
    return _tell(deed, {"MsgType": "text", "Content": content}, bubble="text", cause="message")


def image(deed: Deed) -> dict[str, Any]:
    media_id = deed.text("media_id", f"image-{next(MESSAGE_IDS)}")
    fields = {
        "MsgType": "image",
        "PicUrl": deed.text("pic_url", "http://127.0.0.1/photo.jpg"),
        "MediaId": media_id,
    }
    return _tell(deed, fields, bubble="image", cause="message")


def voice(deed: Deed) -> dict[str, Any]:
    media_id = deed.text("media_id", f"voice-{next(MESSAGE_IDS)}")
    fields = {"MsgType": "voice", "MediaId": media_id, "Format": "amr"}
    if deed.wish.get("recognition"):
        fields["Recognition"] = deed.text("recognition")
    return _tell(deed, fields, bubble="voice", cause="message")


def location(deed: Deed) -> dict[str, Any]:
    """A place the person picked on the map: GCJ-02."""
    fields = {
        "MsgType": "location",
        "Location_X": deed.degrees("lat", 90),
        "Location_Y": deed.degrees("lng", 180),
        "Scale": 16,
        "Label": deed.text("label", "所选位置"),
    }
    return _tell(deed, fields, bubble="location", cause="message")


def location_event(deed: Deed) -> dict[str, Any]:
    """What the phone reports by itself on entering the chat: WGS-84."""
    fields = {
        "Latitude": deed.degrees("lat", 90),
        "Longitude": deed.degrees("lng", 180),
        "Precision": "40.000000",
    }
    return _tell(deed, _event("LOCATION", fields))


def link(deed: Deed) -> dict[str, Any]:
    fields = {
        "MsgType": "link",
        "Title": deed.text("title"),
        "Description": deed.text("description", "网页链接"),
        "Url": deed.text("url"),
    }
    return _tell(deed, fields, bubble="link", cause="message")


def click(deed: Deed) -> dict[str, Any]:
    return _tell(deed, _event("CLICK", {"EventKey": deed.text("key", most=128)}), cause="click")


def view(deed: Deed) -> dict[str, Any]:
    url = deed.text("url")
    told = _tell(deed, _event("VIEW", {"EventKey": url, "MenuId": "400000001"}))
    return {**told, "open": url}


def scan(deed: Deed) -> dict[str, Any]:
    """Scans a code of any account: following comes by itself for who does not follow yet."""
    code = _scanned(deed)
    if code is None:
        return {"appid": deed.account.appid, "push": None, "open": deed.text("url")}
    if deed.world.qr_codes.expired(code):
        raise Refused("code_expired", "这个二维码已经过期", 410)
    deed = replace(deed, account=deed.world.accounts.find(code.appid))
    if not deed.follows:
        return follow(deed, code=code)
    return _tell(deed, _event("SCAN", {"EventKey": str(code.scene), "Ticket": code.ticket}), cause="scan")


def raw(deed: Deed) -> dict[str, Any]:
    """Any text as the body of a push, signed properly: for what no phone would ever send."""
    return _carry(deed, Push(xml=deed.text("xml", most=20_000)), kind="raw", content={}, msg_type="event")


GESTURES: dict[str, Callable[[Deed], dict[str, Any]]] = {
    "follow": follow,
    "unfollow": unfollow,
    "text": text,
    "image": image,
    "voice": voice,
    "location": location,
    "location_event": location_event,
    "link": link,
    "click": click,
    "view": view,
    "scan": scan,
    "raw": raw,
}


def _event(name: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {"MsgType": "event", "Event": name, **fields}


def _tell(
    deed: Deed, fields: dict[str, Any], *, bubble: str = "event", cause: str | None = None
) -> dict[str, Any]:
    """Only followers can do anything in a chat; some of it lets the account write back for a while."""
    if not deed.follows:
        raise Refused("not_following", "先关注公众号", 409)
    if cause:
        deed.world.quotas.grant(cause, **deed.chat)
    return _deliver(deed, fields, bubble=bubble)


def _deliver(deed: Deed, fields: dict[str, Any], *, bubble: str) -> dict[str, Any]:
    letter = {
        "ToUserName": deed.account.original_id,
        "FromUserName": deed.person.openid_at(deed.account),
        "CreateTime": deed.world.clock.wall(),
        **fields,
    }
    if fields["MsgType"] != "event":
        letter["MsgId"] = next(MESSAGE_IDS)
    return _carry(
        deed, Push(xml=markup.write(letter)), kind=bubble, content=fields, msg_type=fields["MsgType"]
    )


def _carry(deed: Deed, push: Push, *, kind: str, content: dict, msg_type: str) -> dict[str, Any]:
    deed.world.chats.say("out", kind, content, **deed.chat, push=push)
    openid = deed.person.openid_at(deed.account)
    deed.world.pushes.bring(push, account=deed.account, openid=openid, msg_type=msg_type)
    deed.world.chats.show_outcome(push, **deed.chat)
    return {"appid": deed.account.appid, "push": push.shown(), "open": None}


def _scanned(deed: Deed) -> QrCode | None:
    """The code meant by ticket, url or scene; None for an ordinary web address."""
    codes = deed.world.qr_codes
    if "scene" in deed.wish:
        return codes.by_scene(appid=deed.account.appid, scene=str(deed.wish["scene"]))
    if "ticket" in deed.wish:
        return codes.by_ticket(deed.text("ticket")) or _unknown_code()
    url = deed.text("url")
    ticket = parse_qs(urlsplit(url).query).get("ticket", [""])[0]
    code = codes.by_url(url) or codes.by_ticket(ticket or url)
    if code is None and urlsplit(url).scheme not in {"http", "https"}:
        _unknown_code()
    return code


def _unknown_code() -> NoReturn:
    raise Refused("no_such_code", "不认识这个二维码", 404)
