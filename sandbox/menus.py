"""Menus of the accounts with the validation rules of WeChat, stored in a file."""

import threading
from urllib.parse import urlsplit

from sandbox.errors import WeChatError
from sandbox.json_file import JsonFile

KEY_TYPES = {
    "click",
    "scancode_push",
    "scancode_waitmsg",
    "pic_sysphoto",
    "pic_photo_or_album",
    "pic_weixin",
    "location_select",
}
REQUIRED_FIELDS = {
    **dict.fromkeys(KEY_TYPES, ("key",)),
    "view": ("url",),
    "miniprogram": ("url", "appid", "pagepath"),
    "media_id": ("media_id",),
    "view_limited": ("media_id",),
    "article_id": ("article_id",),
    "article_view_limited": ("article_id",),
}
MAX_KEY_BYTES = 128
MAX_URL_BYTES = 1024

# errcodes and name lengths of top-level buttons and of sub-buttons
TOP_LEVEL = {"type": 40017, "name": 40018, "key": 40019, "url": 40020, "domain": 40055, "name_bytes": 16}
SUB_LEVEL = {"type": 40024, "name": 40025, "key": 40026, "url": 40027, "domain": 40054, "name_bytes": 60}
OTHER_ERRCODES = {"appid": 40013, "pagepath": 40035, "media_id": 40007, "article_id": 40035}


class Menus:
    def __init__(self, *, file: JsonFile) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._by_appid: dict[str, list[dict]] = file.read() or {}

    def find(self, appid: str) -> list[dict] | None:
        return self._by_appid.get(appid)

    def create(self, *, appid: str, menu: dict) -> None:
        buttons = [_check_top_button(each) for each in _check_count(menu.get("button"))]
        with self._lock:
            self._by_appid[appid] = buttons
            self._file.write(self._by_appid)

    def delete(self, appid: str) -> None:
        with self._lock:
            self._by_appid.pop(appid, None)
            self._file.write(self._by_appid)

    def reset(self) -> None:
        with self._lock:
            self._by_appid = {}
            self._file.write({})


def _check_count(buttons: object) -> list:
    if not isinstance(buttons, list):
        raise WeChatError(40015)
    if not 1 <= len(buttons) <= 3:
        raise WeChatError(40016)
    return buttons


def _check_top_button(button: object) -> dict:
    if not isinstance(button, dict):
        raise WeChatError(40017)
    if not button.get("sub_button"):
        return {**_check_leaf(button, TOP_LEVEL), "sub_button": []}
    subs = button["sub_button"]
    if not isinstance(subs, list) or len(subs) > 5:
        raise WeChatError(40023)
    return {
        "name": _check_name(button, TOP_LEVEL),
        "sub_button": [{**_check_sub_button(each), "sub_button": []} for each in subs],
    }


def _check_sub_button(button: object) -> dict:
    if not isinstance(button, dict):
        raise WeChatError(40024)
    if button.get("sub_button"):
        raise WeChatError(40022)
    return _check_leaf(button, SUB_LEVEL)


def _check_leaf(button: dict, level: dict) -> dict:
    name, kind = _check_name(button, level), button.get("type")
    if not isinstance(kind, str) or kind not in REQUIRED_FIELDS:
        raise WeChatError(level["type"])
    for field in REQUIRED_FIELDS[kind]:
        _check_field(field, button.get(field), level)
    return {"type": kind, "name": name, **{field: button[field] for field in REQUIRED_FIELDS[kind]}}


def _check_name(button: dict, level: dict) -> str:
    name = button.get("name")
    if not isinstance(name, str) or not 1 <= len(name.encode()) <= level["name_bytes"]:
        raise WeChatError(level["name"])
    return name


def _check_field(field: str, value: object, level: dict) -> None:
    errcode = level[field] if field in level else OTHER_ERRCODES[field]
    limit = MAX_URL_BYTES if field == "url" else MAX_KEY_BYTES if field == "key" else 1024
    if not isinstance(value, str) or not 1 <= len(value.encode()) <= limit:
        raise WeChatError(errcode)
    if field == "url" and (urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).netloc):
        raise WeChatError(level["domain"])
