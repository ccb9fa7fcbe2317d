"""One push of WeChat: what a shopper said, tapped or scanned, in our words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .wechat_envelope import AccountKeys, BadPush

MESSAGES = {"text", "image", "voice", "video", "shortvideo", "location", "link", "miniprogrampage"}
EVENTS = {"subscribe", "unsubscribe", "scan", "click", "view"}
EVENTS |= {"scancode_push", "scancode_waitmsg", "location_select"}
# The picker and the map speak GCJ-02, the automatic report of the phone speaks WGS-84.
DATUMS: dict[str, Literal["gcj02", "wgs84"]] = {
    "location": "gcj02",
    "location_select": "gcj02",
    "location_event": "wgs84",
}
# Elements that tell apart events of one second which have no MsgId and no EventKey.
EVENT_NUMBERS = ("MsgID", "UserCardCode")
SCENE_PREFIX = "qrscene_"
LONGEST_NAME = 64  # letters of an openid, of a gh_… name and of a scene; WeChat's own are shorter

_DEGREES = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,15})?")
_SECONDS = re.compile(r"[0-9]{1,11}")


@dataclass(frozen=True, slots=True)
class Push:
    """`text` is what was written, spoken (when WeChat recognised it) or scanned.

    `key` is the EventKey as sent; `scene` is the scene of our QR code, whether the shopper followed by it
    or followed already. `at` is the second in which it happened, `received_at` the one in which we read it.
    """

    kind: str
    account: str
    sender: str
    at: int
    msg_id: str | None = None
    text: str = field(default="", repr=False)
    key: str = ""
    ticket: str = ""
    scene: str = ""
    latitude: float | None = field(default=None, repr=False)
    longitude: float | None = field(default=None, repr=False)
    datum: Literal["gcj02", "wgs84"] | None = None
    label: str = field(default="", repr=False)
    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)
    encrypted: bool = False
    nonce: str = ""
    timestamp: int = 0
    received_at: int = 0
    keys: AccountKeys | None = field(default=None, repr=False, compare=False)

    @property
    def dedupe_key(self) -> str:
        """The same for every repeat of this push and for no other push of the account."""
        if self.msg_id:
            return f"{self.sender}:{self.msg_id}"  # MsgId alone was seen to collide between users
        numbers = "".join(f":{_text(self.fields, name)}" for name in EVENT_NUMBERS if name in self.fields)
        return f"{self.sender}:{self.at}:{self.kind}:{self.key}{numbers}"


def push_from(
    elements: Mapping[str, Any], *, keys: AccountKeys, nonce: str, timestamp: int, now: int, encrypted: bool
) -> Push:
    """The push that these elements describe; BadPush when they describe none, or one for somebody else."""
    kind = _kind(elements)
    account, sender = _name(elements, "ToUserName"), _name(elements, "FromUserName")
    if keys.original_id and account != keys.original_id:
        raise BadPush(403, "push is for another account")
    key = _text(elements, "EventKey")
    place = elements.get("SendLocationInfo") if kind == "location_select" else elements
    latitude, longitude = _point(place, kind=kind)
    return Push(
        kind=kind,
        account=account,
        sender=sender,
        at=_seconds(_needed(elements, "CreateTime")),
        msg_id=_text(elements, "MsgId") or None,
        text=_said(elements),
        key=key,
        ticket=_text(elements, "Ticket"),
        scene=_scene(kind, key),
        latitude=latitude,
        longitude=longitude,
        datum=DATUMS.get(kind),
        label=_text(place, "Label"),
        fields=elements,
        encrypted=encrypted,
        nonce=nonce,
        timestamp=timestamp,
        received_at=now,
        keys=keys,
    )


def _kind(elements: Mapping[str, Any]) -> str:
    kind = _needed(elements, "MsgType").lower()
    if kind == "event":
        event = _needed(elements, "Event").lower()
        if event == "location":  # renamed, because a message is called location, too
            return "location_event"
        return event if event in EVENTS else f"event:{event}"
    return kind if kind in MESSAGES else f"message:{kind}"


def _said(elements: Mapping[str, Any]) -> str:
    return (
        _text(elements, "Content")
        or _text(elements, "Recognition")
        or _text(elements.get("ScanCodeInfo"), "ScanResult")
    )


def _scene(kind: str, key: str) -> str:
    scene = key if kind == "scan" else ""
    # A follow after a payment carries last_trade_no_…, which is no scene of ours.
    if kind == "subscribe" and key.startswith(SCENE_PREFIX):
        scene = key.removeprefix(SCENE_PREFIX)
    return scene if len(scene) <= LONGEST_NAME else ""


def _point(place: Any, *, kind: str) -> tuple[float | None, float | None]:
    names = ("Latitude", "Longitude") if kind == "location_event" else ("Location_X", "Location_Y")
    latitude = _degrees(_text(place, names[0]), limit=90)
    longitude = _degrees(_text(place, names[1]), limit=180)
    if kind not in DATUMS or latitude is None or longitude is None:
        return None, None  # half a point is nowhere
    return latitude, longitude


def _degrees(text: str, *, limit: int) -> float | None:
    if not _DEGREES.fullmatch(text) or abs(float(text)) > limit:
        return None
    return float(text)


def _seconds(text: str) -> int:
    if not _SECONDS.fullmatch(text):
        raise BadPush(400, "CreateTime is not a time")
    return int(text)


def _name(elements: Mapping[str, Any], name: str) -> str:
    value = _needed(elements, name)
    if len(value) > LONGEST_NAME:
        raise BadPush(400, f"{name} is no name")
    return value


def _needed(elements: Mapping[str, Any], name: str) -> str:
    value = _text(elements, name)
    if not value:
        raise BadPush(400, f"{name} is missing")
    return value


def _text(elements: Any, name: str) -> str:
    value = elements.get(name) if isinstance(elements, Mapping) else None
    return value if isinstance(value, str) else ""
