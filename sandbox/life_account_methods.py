"""The methods of Alipay's gateway for life accounts."""

from collections.abc import Callable
from typing import Any

from sandbox.alipay_methods import SUCCESS, Call
from sandbox.alipay_requests import Strict, parse
from sandbox.life_accounts import CodeContent, LifeAccounts, MenuContent, MessageContent


class LocationContent(Strict):
    user_id: str


def send_message(call: Call) -> dict[str, Any]:
    _life(call).send(call.app, parse(MessageContent, call.content))
    return SUCCESS


def create_menu(call: Call) -> dict[str, Any]:
    _life(call).create_menu(call.app, parse(MenuContent, call.content), replaces=False)
    return SUCCESS


def modify_menu(call: Call) -> dict[str, Any]:
    _life(call).create_menu(call.app, parse(MenuContent, call.content), replaces=True)
    return SUCCESS


def query_menu(call: Call) -> dict[str, Any]:
    return {**SUCCESS, "menu_content": _life(call).read_menu(call.app)}


def create_code(call: Call) -> dict[str, Any]:
    content = parse(CodeContent, call.content)
    code = _life(call).create_code(call.app, content)
    lifetime = {} if content.code_type == "PERM" else {"expire_second": content.expire_second or "1800"}
    address = f"https://mobilecodec.alipay.com/show.htm?code={code.ticket}"
    return {**SUCCESS, "code_img": address, **lifetime}


def query_location(call: Call) -> dict[str, Any]:
    return {**SUCCESS, **_life(call).read_location(call.app, parse(LocationContent, call.content).user_id)}


def _life(call: Call) -> LifeAccounts:
    assert call.life is not None
    return call.life


LIFE_METHODS: dict[str, Callable[[Call], dict[str, Any]]] = {
    "alipay.open.public.message.custom.send": send_message,
    "alipay.open.public.menu.create": create_menu,
    "alipay.open.public.menu.modify": modify_menu,
    "alipay.open.public.menu.query": query_menu,
    "alipay.open.public.qrcode.create": create_code,
    "alipay.open.public.gis.query": query_location,
}
