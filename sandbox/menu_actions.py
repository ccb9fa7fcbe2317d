"""Actions of menu buttons other than click and view: scanning, pictures, a location, mini-programs and materials."""

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from sandbox.action_context import MESSAGE_IDS, ActionContext, event_fields, push_as_follower

MAX_KEY_LENGTH = 128
DEFAULT_PICTURE = "http://127.0.0.1/photo.jpg"


def scan_by_button(kind: str, context: ActionContext) -> dict[str, Any]:
    """Push what was scanned. After `scancode_push` the phone opens a scanned web address."""
    result = context.require_text("result")
    scanned = {"ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": result}}
    outcome = _push_button(kind, context, scanned)
    is_page = urlsplit(result).scheme in {"http", "https"}
    is_code = context.state.qr_codes.find_by_url(result) is not None
    return {**outcome, "open": result if kind == "scancode_push" and is_page and not is_code else None}


def send_picture_by_button(kind: str, context: ActionContext) -> dict[str, Any]:
    """Push that a picture was chosen, and then the picture."""
    url = context.require_text("pic_url", DEFAULT_PICTURE)
    digest = hashlib.md5(url.encode(), usedforsecurity=False).hexdigest()
    _push_button(kind, context, {"SendPicsInfo": {"Count": 1, "PicList": {"item": {"PicMd5Sum": digest}}}})
    fields = {"MsgType": "image", "PicUrl": url, "MediaId": f"image-{next(MESSAGE_IDS)}"}
    return push_as_follower(context, fields, line_kind="image", cause="message")


def select_location(context: ActionContext) -> dict[str, Any]:
    """Push the selected location in GCJ-02, and then the location message."""
    label = context.require_text("label", "所选位置")
    point = {
        "Location_X": context.require_degrees("lat", 90),
        "Location_Y": context.require_degrees("lng", 180),
    }
    place = {**point, "Scale": 16, "Label": label}
    _push_button("location_select", context, {"SendLocationInfo": {**place, "Poiname": label}})
    return push_as_follower(context, {"MsgType": "location", **place}, line_kind="location", cause="message")


def open_mini_program(context: ActionContext) -> dict[str, Any]:
    """Push that a mini-program was opened. The sandbox runs none, so a note says so."""
    page, program = context.require_text("pagepath"), context.require_text("program")
    fields = event_fields("view_miniprogram", {"EventKey": page, "MenuId": "400000001"})
    outcome = push_as_follower(context, fields)
    _add_note(context, f"打开了小程序 {program} 的页面 {page}（沙箱里不运行小程序）")
    return outcome


def receive_material(context: ActionContext) -> dict[str, Any]:
    """Show a material, of which the platform tells the account nothing."""
    context.require_follower()
    _add_note(context, f"公众号发来素材 {context.require_text('media_id')}（沙箱里没有素材库）")
    return {"appid": context.account.appid, "push": None, "open": None}


ACTIONS: dict[str, Callable[[ActionContext], dict[str, Any]]] = {
    **{kind: partial(scan_by_button, kind) for kind in ("scancode_push", "scancode_waitmsg")},
    **{
        kind: partial(send_picture_by_button, kind)
        for kind in ("pic_sysphoto", "pic_photo_or_album", "pic_weixin")
    },
    "location_select": select_location,
    "miniprogram": open_mini_program,
    "material": receive_material,
}


def _push_button(kind: str, context: ActionContext, details: dict[str, Any]) -> dict[str, Any]:
    key = context.require_text("key", max_length=MAX_KEY_LENGTH)
    return push_as_follower(context, event_fields(kind, {"EventKey": key, **details}), cause="click")


def _add_note(context: ActionContext, text: str) -> None:
    context.state.chats.add_line("note", "sandbox", {"Content": text}, **context.chat)
