"""Webhook messages of WeChat: texts, menu taps, scans and other events of followers."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from platforms.wechat import card_events
from platforms.wechat.crypto import AccountKeys, InvalidPushError
from platforms.wechat.template_results import RESULT_EVENTS, TemplateResult, parse_template_results
from platforms.wechat.trade_events import TRADE_EVENTS

MESSAGE_TYPES = {"text", "image", "voice", "video", "shortvideo", "location", "link", "miniprogrampage"}
EVENT_TYPES = {"subscribe", "unsubscribe", "scan", "view"}
MENU_BUTTON_EVENT_TYPES = {
    "click", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin",
    "location_select",
}  # fmt: skip
EVENT_TYPES |= MENU_BUTTON_EVENT_TYPES
# What people change about their WeChat account. `OpenID` names the person.
ACCOUNT_EVENTS = {"user_authorization_revoke", "user_authorization_cancellation", "user_info_modified"}
EVENT_TYPES |= ACCOUNT_EVENTS | TRADE_EVENTS | card_events.KINDS
# The picker and the map use GCJ-02. The automatic report of the phone uses WGS-84.
COORDINATE_SYSTEMS: dict[str, Literal["gcj02", "wgs84"]] = {
    "location": "gcj02",
    "location_select": "gcj02",
    "location_event": "wgs84",
}
SCENE_PREFIX = "qrscene_"
MAX_NAME_LENGTH = 64  # of an openid, a gh_… id and a scene; those of WeChat are shorter

_DEGREES = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,15})?")
_SECONDS = re.compile(r"[0-9]{1,11}")


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A message or event of a follower.

    `text` is the written, spoken (if WeChat recognised it) or scanned text. `event_key` is the EventKey. `scene`
    is the scene of our QR code, also if the shopper follows already. `results` are those of template and subscribe
    messages. `sent_at` is the second of the event, `received_at` the second in which the application received it.
    """

    kind: str
    account: str
    sender: str
    sent_at: int
    msg_id: str | None = None
    text: str = field(default="", repr=False)
    event_key: str = ""
    ticket: str = ""
    scene: str = ""
    latitude: float | None = field(default=None, repr=False)
    longitude: float | None = field(default=None, repr=False)
    datum: Literal["gcj02", "wgs84"] | None = None
    label: str = field(default="", repr=False)
    results: tuple[TemplateResult, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)
    encrypted: bool = False
    signature: str = ""
    received_at: int = 0
    keys: AccountKeys | None = field(default=None, repr=False, compare=False)

    @property
    def dedupe_key(self) -> str:
        """Return a key that is the same for all repeats of this message and unique in the account."""
        if self.msg_id:
            # Without the sender equal MsgIds of two users would collide.
            return f"{self.sender}:{self.msg_id}"
        # Events carry their own number in different elements (TransId, OrderId, trace_id, MsgID, UserCardCode, …).
        # The digest of all elements contains each of them, and a repeat has the same elements.
        digest = hashlib.sha256(json.dumps(self.fields, sort_keys=True).encode()).hexdigest()
        return f"{self.sender}:{self.sent_at}:{self.kind}:{digest}"


def parse_message(
    elements: Mapping[str, Any], *, keys: AccountKeys, signature: str, now: int, encrypted: bool
) -> InboundMessage:
    """Return the message in the elements.

    Raises InvalidPushError if it is invalid or for another account.
    """
    kind = _parse_kind(elements)
    account, sender = _require_name(elements, "ToUserName"), _require_name(elements, "FromUserName")
    if keys.original_id and account != keys.original_id:
        raise InvalidPushError(403, "push is for another account")
    event_key = _read_text(elements, "EventKey")
    location = elements.get("SendLocationInfo") if kind == "location_select" else elements
    latitude, longitude = _parse_location(location, kind=kind)
    return InboundMessage(
        kind=kind,
        account=account,
        sender=sender,
        sent_at=_parse_timestamp(_require_text(elements, "CreateTime")),
        msg_id=_read_text(elements, "MsgId") or None,
        text=_text_content(elements),
        event_key=event_key,
        ticket=_read_text(elements, "Ticket"),
        scene=_parse_scene(kind, event_key),
        latitude=latitude,
        longitude=longitude,
        datum=COORDINATE_SYSTEMS.get(kind),
        label=_read_text(location, "Label"),
        results=parse_template_results(kind, elements),
        fields=elements,
        encrypted=encrypted,
        signature=signature,
        received_at=now,
        keys=keys,
    )


def _parse_kind(elements: Mapping[str, Any]) -> str:
    kind = _require_text(elements, "MsgType").lower()
    if kind == "event":
        event = _require_text(elements, "Event").lower()
        if event == "location":  # renamed, because a message type has the same name
            return "location_event"
        if event in RESULT_EVENTS:
            return RESULT_EVENTS[event]
        return event if event in EVENT_TYPES else f"event:{event}"
    return kind if kind in MESSAGE_TYPES else f"message:{kind}"


def _text_content(elements: Mapping[str, Any]) -> str:
    return (
        _read_text(elements, "Content")
        or _read_text(elements, "Recognition")
        or _read_text(elements.get("ScanCodeInfo"), "ScanResult")
    )


def _parse_scene(kind: str, key: str) -> str:
    scene = key if kind == "scan" else ""
    # A follow after a payment has the key last_trade_no_…, which is not a scene.
    if kind == "subscribe" and key.startswith(SCENE_PREFIX):
        scene = key.removeprefix(SCENE_PREFIX)
    return scene if len(scene) <= MAX_NAME_LENGTH else ""


def _parse_location(location: Any, *, kind: str) -> tuple[float | None, float | None]:
    names = ("Latitude", "Longitude") if kind == "location_event" else ("Location_X", "Location_Y")
    latitude = _parse_degrees(_read_text(location, names[0]), max_degrees=90)
    longitude = _parse_degrees(_read_text(location, names[1]), max_degrees=180)
    if kind not in COORDINATE_SYSTEMS or latitude is None or longitude is None:
        return None, None  # one coordinate alone is useless
    return latitude, longitude


def _parse_degrees(text: str, *, max_degrees: int) -> float | None:
    if not _DEGREES.fullmatch(text) or abs(float(text)) > max_degrees:
        return None
    return float(text)


def _parse_timestamp(text: str) -> int:
    if not _SECONDS.fullmatch(text):
        raise InvalidPushError(400, "CreateTime is not a time")
    return int(text)


def _require_name(elements: Mapping[str, Any], name: str) -> str:
    value = _require_text(elements, name)
    if len(value) > MAX_NAME_LENGTH:
        raise InvalidPushError(400, f"{name} is no name")
    return value


def _require_text(elements: Mapping[str, Any], name: str) -> str:
    value = _read_text(elements, name)
    if not value:
        raise InvalidPushError(400, f"{name} is missing")
    return value


def _read_text(elements: Any, name: str) -> str:
    value = elements.get(name) if isinstance(elements, Mapping) else None
    return value if isinstance(value, str) else ""
