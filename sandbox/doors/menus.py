"""The door of menus."""

from typing import Any

from flask import Blueprint

from sandbox.doors.calls import body, official_account, world
from sandbox.errors import WeChatError

menus = Blueprint("menus", __name__)
OK = {"errcode": 0, "errmsg": "ok"}


@menus.route("/cgi-bin/menu/create", methods=["GET", "POST"])
def create() -> dict[str, Any]:
    account = official_account()
    world().menus.create(appid=account.appid, menu=body())
    return OK


@menus.get("/cgi-bin/menu/get")
def get() -> dict[str, Any]:
    buttons = world().menus.get(official_account().appid)
    if buttons is None:
        raise WeChatError(46003)
    return {"menu": {"button": buttons}}


@menus.route("/cgi-bin/menu/delete", methods=["GET", "POST"])
def delete() -> dict[str, Any]:
    world().menus.delete(official_account().appid)
    return OK


@menus.get("/cgi-bin/get_current_selfmenu_info")
def current() -> dict[str, Any]:
    buttons = world().menus.get(official_account().appid)
    info = {"button": [_with_list(each) for each in buttons or []]}
    return {"is_menu_open": int(buttons is not None), "selfmenu_info": info}


def _with_list(button: dict[str, Any]) -> dict[str, Any]:
    """This answer wraps sub-buttons in a `list` and leaves the field out where there are none."""
    shown = {name: value for name, value in button.items() if name != "sub_button"}
    if button.get("sub_button"):
        shown["sub_button"] = {"list": [_with_list(each) for each in button["sub_button"]]}
    return shown
