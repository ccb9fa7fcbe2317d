"""The platform routes of menus."""

from typing import Any

from flask import Blueprint

from sandbox.errors import WeChatError
from sandbox.routes.request_context import platform_payload, require_official_account, sandbox_state

menus = Blueprint("menus", __name__)
OK = {"errcode": 0, "errmsg": "ok"}


@menus.route("/cgi-bin/menu/create", methods=["GET", "POST"])
def create_menu() -> dict[str, Any]:
    account = require_official_account()
    sandbox_state().menus.create(appid=account.appid, menu=platform_payload())
    return OK


@menus.get("/cgi-bin/menu/get")
def get_menu() -> dict[str, Any]:
    buttons = sandbox_state().menus.find(require_official_account().appid)
    if buttons is None:
        raise WeChatError(46003)
    return {"menu": {"button": buttons}}


@menus.route("/cgi-bin/menu/delete", methods=["GET", "POST"])
def delete_menu() -> dict[str, Any]:
    sandbox_state().menus.delete(require_official_account().appid)
    return OK


@menus.get("/cgi-bin/get_current_selfmenu_info")
def get_current_menu() -> dict[str, Any]:
    buttons = sandbox_state().menus.find(require_official_account().appid)
    info = {"button": [_wrap_sub_buttons(sub_button) for sub_button in buttons or []]}
    return {"is_menu_open": int(buttons is not None), "selfmenu_info": info}


def _wrap_sub_buttons(button: dict[str, Any]) -> dict[str, Any]:
    """Return the button with its sub-buttons wrapped in a `list`, or without the field if there are none."""
    wrapped = {name: value for name, value in button.items() if name != "sub_button"}
    if button.get("sub_button"):
        wrapped["sub_button"] = {
            "list": [_wrap_sub_buttons(sub_button) for sub_button in button["sub_button"]]
        }
    return wrapped
