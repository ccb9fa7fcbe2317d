"""Menus: what an account shows under its chat, with the platform's rules for it. A restart keeps them."""

import threading
from urllib.parse import urlsplit

from sandbox.errors import WeChatError
from sandbox.shelf import Shelf

KEY_TYPES = {
    "click",
    "scancode_push",
    "scancode_waitmsg",
    "pic_sysphoto",
    "pic_photo_or_album",
    "pic_weixin",
    "location_select",
}
NEEDS = {
    **dict.fromkeys(KEY_TYPES, ("key",)),
    "view": ("url",),
    "miniprogram": ("url", "appid", "pagepath"),
    "media_id": ("media_id",),
    "view_limited": ("media_id",),
    "article_id": ("article_id",),
    "article_view_limited": ("article_id",),
}
KEY_BYTES = 128
URL_BYTES = 1024

# errcodes of the first level and of the second level
TOP = {"type": 40017, "name": 40018, "key": 40019, "url": 40020, "domain": 40055, "name_bytes": 16}
SUB = {"type": 40024, "name": 40025, "key": 40026, "url": 40027, "domain": 40054, "name_bytes": 60}
OTHER = {"appid": 40013, "pagepath": 40035, "media_id": 40007, "article_id": 40035}


class Menus:
    def __init__(self, *, shelf: Shelf) -> None:
        self._shelf = shelf
        self._lock = threading.Lock()
        self._by_appid: dict[str, list[dict]] = shelf.read() or {}

    def get(self, appid: str) -> list[dict] | None:
        return self._by_appid.get(appid)

    def create(self, *, appid: str, menu: dict) -> None:
        buttons = [_top_button(each) for each in _counted(menu.get("button"))]
        with self._lock:
            self._by_appid[appid] = buttons
            self._shelf.write(self._by_appid)

    def delete(self, appid: str) -> None:
        with self._lock:
            self._by_appid.pop(appid, None)
            self._shelf.write(self._by_appid)

    def reset(self) -> None:
        with self._lock:
            self._by_appid = {}
            self._shelf.write({})


def _counted(buttons: object) -> list:
    if not isinstance(buttons, list):
        raise WeChatError(40015)
    if not 1 <= len(buttons) <= 3:
        raise WeChatError(40016)
    return buttons


def _top_button(button: object) -> dict:
    if not isinstance(button, dict):
        raise WeChatError(40017)
    if not button.get("sub_button"):
        return {**_leaf(button, TOP), "sub_button": []}
    subs = button["sub_button"]
    if not isinstance(subs, list) or len(subs) > 5:
        raise WeChatError(40023)
    return {
        "name": _name(button, TOP),
        "sub_button": [{**_sub_button(each), "sub_button": []} for each in subs],
    }


def _sub_button(button: object) -> dict:
    if not isinstance(button, dict):
        raise WeChatError(40024)
    if button.get("sub_button"):
        raise WeChatError(40022)
    return _leaf(button, SUB)


def _leaf(button: dict, level: dict) -> dict:
    name, kind = _name(button, level), button.get("type")
    if not isinstance(kind, str) or kind not in NEEDS:
        raise WeChatError(level["type"])
    for field in NEEDS[kind]:
        _refuse_bad(field, button.get(field), level)
    return {"type": kind, "name": name, **{field: button[field] for field in NEEDS[kind]}}


def _name(button: dict, level: dict) -> str:
    name = button.get("name")
    if not isinstance(name, str) or not 1 <= len(name.encode()) <= level["name_bytes"]:
        raise WeChatError(level["name"])
    return name


def _refuse_bad(field: str, value: object, level: dict) -> None:
    errcode = level[field] if field in level else OTHER[field]
    limit = URL_BYTES if field == "url" else KEY_BYTES if field == "key" else 1024
    if not isinstance(value, str) or not 1 <= len(value.encode()) <= limit:
        raise WeChatError(errcode)
    if field == "url" and (urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).netloc):
        raise WeChatError(level["domain"])
