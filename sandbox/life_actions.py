"""User actions in the chat of a life account, and the requests to the gateway of its application."""

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from sandbox import alipay_crypto as crypto
from sandbox.accounts import Account
from sandbox.action_context import MESSAGE_IDS, ActionContext
from sandbox.alipay_apps import App
from sandbox.alipay_trades import identify
from sandbox.errors import SandboxError
from sandbox.pushes import Attempt, Push
from sandbox.state import SandboxState

CHARSET = "GBK"
CHECK, MESSAGE = "alipay.service.check", "alipay.mobile.public.message.notify"
MAX_TEXT_LENGTH = 2000
_ANSWER = re.compile(
    r"<alipay><response>(.*)</response><sign>([^<]+)</sign><sign_type>RSA2</sign_type></alipay>$", re.S
)


def execute(context: ActionContext) -> dict[str, Any]:
    """Execute the action of a person in the chat of a life account. Raises SandboxError."""
    action = ACTIONS.get(str(context.parameters.get("action")))
    if action is None:
        raise SandboxError("no_such_action", "支付宝生活号里不能这样做")
    return action(context)


def follow(context: ActionContext) -> dict[str, Any]:
    scene = str(context.parameters.get("scene", ""))
    if not context.state.followers.follow(**context.chat, scene=scene):
        raise SandboxError("already_following", "已经关注了这个生活号", 409)
    context.state.chats.add_line(
        "note", "follow", {"Content": f"你已关注{context.account.name}"}, **context.chat
    )
    return _push_event(context, "follow", _to_parameter(scene))


def scan_code(context: ActionContext) -> dict[str, Any]:
    """Scan a QR code: it follows the account, and informs it of the scene also if the person follows already."""
    codes = context.state.qr_codes
    name = str(context.parameters.get("ticket") or context.parameters.get("url") or "")
    code = codes.find_by_ticket(name) or codes.find_by_url(name)
    if code is None or code.appid != context.account.appid or codes.is_expired(code):
        raise SandboxError("no_such_code", "不认识这个二维码", 404)
    context.parameters["scene"] = str(code.scene)
    if context.state.followers.find(**context.chat) is None:
        return follow(context)
    return _push_event(context, "enter", _to_parameter(str(code.scene)))


def unfollow(context: ActionContext) -> dict[str, Any]:
    if not context.state.followers.unfollow(**context.chat):
        raise SandboxError("not_following", "还没有关注这个生活号", 409)
    result = _push_event(context, "unfollow")
    context.state.message_quotas.revoke(**context.chat)
    return result


def send_text(context: ActionContext) -> dict[str, Any]:
    context.require_follower()
    content = context.require_text("content", max_length=MAX_TEXT_LENGTH)
    elements = (
        f"<MsgId>{_cdata(str(next(MESSAGE_IDS)))}</MsgId><Text><Content>{_cdata(content)}</Content></Text>"
    )
    return _push(context, "text", elements, line_kind="text", content={"Content": content})


def click_menu_button(context: ActionContext) -> dict[str, Any]:
    context.require_follower()
    return _push_event(context, "click", context.require_text("key", max_length=128))


def open_menu_link(context: ActionContext) -> dict[str, Any]:
    """Open a page, of which the platform tells the account nothing."""
    context.require_follower()
    return {"appid": context.account.appid, "push": None, "open": context.require_text("url")}


def allow_location(context: ActionContext) -> dict[str, Any]:
    """Let the account ask where the phone is: a chat of Alipay sends no location."""
    context.require_follower()
    lng, lat = context.require_degrees("lng", 180), context.require_degrees("lat", 90)
    context.state.life_accounts.allow_location(**context.chat, lng=lng, lat=lat)
    label = context.require_text("label", "所选位置")
    context.state.chats.add_line(
        "note", "sandbox", {"Content": f"生活号可以查询你的位置：{label}"}, **context.chat
    )
    return {"appid": context.account.appid, "push": None, "open": None}


ACTIONS: dict[str, Callable[[ActionContext], dict[str, Any]]] = {
    "follow": follow,
    "unfollow": unfollow,
    "scan": scan_code,
    "text": send_text,
    "click": click_menu_button,
    "view": open_menu_link,
    "location": allow_location,
}


def verify_gateway(state: SandboxState, account: Account) -> dict[str, Any]:
    """Check the gateway as the platform does, and return the attempt with `passed`."""
    app = state.alipay.apps.get(account.appid)
    content = _document(
        app, "", "event", state.clock.wall_time(), "<EventType><![CDATA[verifygw]]></EventType>"
    )
    attempt = _post(state, account, app, CHECK, content)
    answer = _read_answer(app, attempt)
    expected = "".join(
        line for line in crypto.to_public_key(app.private_key_pem).splitlines() if "-----" not in line
    )
    passed = answer == f"<success>true</success><biz_content>{expected}</biz_content>"
    return {**asdict(attempt), "passed": passed}


def _to_parameter(scene: str) -> str:
    return json.dumps({"scene": {"sceneId": scene}}) if scene else ""


def _push_event(context: ActionContext, event: str, parameter: str = "") -> dict[str, Any]:
    elements = f"<EventType>{_cdata(event)}</EventType><ActionParam>{_cdata(parameter)}</ActionParam>"
    return _push(
        context, "event", elements, line_kind="event", content={"Event": event, "EventKey": parameter}
    )


def _push(
    context: ActionContext, message_type: str, elements: str, *, line_kind: str, content: dict[str, Any]
) -> dict[str, Any]:
    """Post a message to the gateway. It lets the account send for 48 hours."""
    state, account = context.state, context.account
    app = state.alipay.apps.get(account.appid)
    state.message_quotas.grant("alipay", **context.chat)
    sender = next(iter(identify(context.person.id, app).values()))
    push = Push(xml=_document(app, sender, message_type, state.clock.wall_time(), elements))
    state.chats.add_line("out", line_kind, content, **context.chat, push=push)
    if account.callback is None:
        push.outcome = "no_callback"
    else:
        attempt = _post(state, account, app, MESSAGE, push.xml)
        push.attempts.append(attempt)
        is_acknowledged = "<MsgType><![CDATA[ack]]></MsgType>" in (_read_answer(app, attempt) or "")
        push.outcome = "silent" if is_acknowledged else "service_unavailable"
        push.reason = "" if is_acknowledged else attempt.error or "没有收到带签名的应答"
    state.chats.add_outcome(push, **context.chat)
    return {"appid": account.appid, "push": push.to_json(), "open": None}


def _document(app: App, sender: str, message_type: str, second: float, elements: str) -> str:
    moment = int(second) * 1000 + secrets.randbelow(1000)
    return (
        f"<XML><AppId>{_cdata(app.app_id)}</AppId><FromAlipayUserId>{_cdata(sender)}</FromAlipayUserId>"
        f"<CreateTime>{_cdata(str(moment))}</CreateTime><MsgType>{_cdata(message_type)}</MsgType>{elements}</XML>"
    )


def _cdata(text: str) -> str:
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"


def build_form(app: App, service: str, content: str) -> bytes:
    """Return the signed form of a request to the gateway."""
    form = {"service": service, "sign_type": "RSA2", "charset": CHARSET, "biz_content": content}
    text = crypto.join_parameters(form, without=("sign",))
    form["sign"] = crypto.sign(app.platform_private_key_pem, text, charset="gb18030")
    return urlencode(form, encoding="gb18030").encode()


def _post(state: SandboxState, account: Account, app: App, service: str, content: str) -> Attempt:
    return state.pushes.post_form(account.callback or "", build_form(app, service, content))


def _read_answer(app: App, attempt: Attempt) -> str | None:
    """Return the signed content of an answer, or None."""
    found = _ANSWER.search(attempt.response_body or "") if attempt.is_answered else None
    if found is None or not crypto.is_signed_by(app.private_key_pem, found[1], found[2]):
        return None
    return found[1]
