"""The platform routes of Alipay: the gateway with verified requests and signed responses, and the OAuth page."""

import json
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, redirect, request
from markupsafe import escape

from sandbox import alipay_crypto as crypto
from sandbox.alipay_apps import App
from sandbox.alipay_card_methods import CARD_METHODS
from sandbox.alipay_methods import METHODS, Call
from sandbox.alipay_notices import add_one_fen
from sandbox.alipay_trades import AlipayError, to_timestamp
from sandbox.errors import SandboxError
from sandbox.faults import Fault
from sandbox.life_account_methods import LIFE_METHODS
from sandbox.people import Person
from sandbox.routes.oauth import PERSON_COOKIE
from sandbox.routes.request_context import sandbox_state

alipay = Blueprint("alipay", __name__)
FORM_PAGE = (
    '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>领取会员卡</title>'
    '<h1>{title}</h1><form method="post"><p>手机号 <b>{phone}</b></p>'
    '<button data-testid="alipay-card-submit">同意并领卡</button></form></html>'
)
SCOPES = {"auth_base", "auth_user"}
MAX_CLOCK_ERROR_S = 600
NO_APP = AlipayError("isv.invalid-app-id", "无效的AppID参数", code="40002")
BAD_SIGNATURE = AlipayError("isv.invalid-signature", "验签出错", code="40002")
ALL_METHODS = METHODS | CARD_METHODS | LIFE_METHODS
OAUTH_METHOD = "alipay.system.oauth.token"


@alipay.route("/gateway.do", methods=["GET", "POST"])
def execute_method() -> Response:
    """Execute a method. Faults have the path `/gateway.do` or `/gateway.do/<method>`."""
    parameters = {**request.args.to_dict(), **request.form.to_dict()}
    method = parameters.get("method", "")
    fault = sandbox_state().faults.consume("/gateway.do", pattern=f"/gateway.do/{method}")
    app = sandbox_state().alipay.apps.find(parameters.get("app_id", ""))
    rejection = _find_fault_before(fault)
    if rejection is not None:
        return rejection
    try:
        if app is None:
            raise NO_APP
        _check_parameters(app, parameters)
        is_prevented = fault is not None and fault.kind == "error"
        body = {} if is_prevented else _execute(app, parameters, fault)
    except AlipayError as error:
        body = _to_rejection(method, error)
    if fault is not None:
        body = _apply_after(fault, method, body)
    return _respond(app, method, body, fault)


@alipay.get("/oauth2/publicAppAuthorize.htm")
def authorize() -> Any:
    """Redirect the person of the phone back with a code. Errors are shown on a page."""
    query = request.args
    app = sandbox_state().alipay.apps.find(query.get("app_id", ""))
    if app is None:
        return _error_page("无效的 AppID 参数")
    if not set(query.get("scope", "").split(",")) <= SCOPES:
        return _error_page("无效的 scope 参数")
    target = query.get("redirect_uri", "")
    if urlsplit(target).scheme not in {"http", "https"}:
        return _error_page("无效的 redirect_uri 参数")
    try:
        person = sandbox_state().people.get(request.cookies.get(PERSON_COOKIE, ""))
    except SandboxError:
        return _error_page("请在支付宝客户端打开链接")
    code = sandbox_state().login_codes.issue("alipay", appid=app.app_id, person_id=person.id)
    answer = {
        "app_id": app.app_id,
        "source": "alipay_wallet",
        "scope": query["scope"],
        "state": query.get("state", ""),
        "auth_code": code,
    }
    return redirect(f"{target}{'&' if urlsplit(target).query else '?'}{urlencode(answer)}")


@alipay.get("/card/apply")
def show_card_form() -> Any:
    """Show the form of a card to the person of the phone."""
    template = sandbox_state().alipay_cards.find_template(request.args.get("template_id", ""))
    person = _find_person()
    if template is None or person is None:
        return _error_page("请在支付宝客户端打开链接")
    if sandbox_state().held_cards.find_of("alipay", template.template_id, person.id) is not None:
        return _error_page("您已经领取了这张会员卡")
    page = FORM_PAGE.format(title=escape(template.style["card_show_name"]), phone=escape(person.phone))
    return Response(page, mimetype="text/html")


@alipay.post("/card/apply")
def submit_card_form() -> Any:
    """Send the person back to the service with a code and the number of the form."""
    state, person = sandbox_state(), _find_person()
    template = state.alipay_cards.find_template(request.args.get("template_id", ""))
    if template is None or person is None:
        return _error_page("请在支付宝客户端打开链接")
    answer = {
        "app_id": template.app_id,
        "auth_code": state.login_codes.issue("alipay", appid=template.app_id, person_id=person.id),
        "request_id": state.alipay_cards.submit_form(template, person.id),
        "template_id": template.template_id,
        "out_string": template.out_string,
    }
    return redirect(f"{template.callback}{'&' if '?' in template.callback else '?'}{urlencode(answer)}")


def _find_person() -> Person | None:
    try:
        return sandbox_state().people.get(request.cookies.get(PERSON_COOKIE, ""))
    except SandboxError:
        return None


def _check_parameters(app: App, parameters: dict[str, str]) -> None:
    """Check the public parameters and the signature. Raises AlipayError."""
    if set(request.args) & set(request.form):
        raise AlipayError("isv.invalid-parameter", "参数在地址和表单里重复", code="40002")
    if parameters.get("method") not in ALL_METHODS:
        raise AlipayError("isv.invalid-method", "不存在的方法名", code="40002")
    # A form is read with the charset of the address, so there it must be in the address.
    if request.args.get("charset", "").lower() != "utf-8":
        raise AlipayError("isv.invalid-charset", "字符集错误", code="40002")
    if parameters.get("sign_type") != "RSA2" or parameters.get("version") != "1.0":
        raise AlipayError("isv.invalid-signature-type", "签名类型或版本错误", code="40002")
    _check_time(parameters.get("timestamp", ""))
    text = crypto.join_parameters(parameters, without=("sign",))
    if not crypto.is_signed_by(app.private_key_pem, text, parameters.get("sign", "")):
        raise BAD_SIGNATURE


def _check_time(text: str) -> None:
    try:
        error_s = abs(to_timestamp(text) - sandbox_state().clock.wall_time())
    except ValueError:
        raise AlipayError("isv.invalid-timestamp", "非法的时间戳参数", code="40002") from None
    if error_s > MAX_CLOCK_ERROR_S:
        raise AlipayError("isv.invalid-timestamp", "时间戳与北京时间相差太多", code="40002")


def _execute(app: App, parameters: dict[str, str], fault: Fault | None) -> dict[str, Any]:
    state = sandbox_state()
    needs_password = fault is not None and fault.kind == "pending"
    call = Call(
        state.alipay,
        state.login_codes,
        app,
        parameters,
        needs_password=needs_password,
        cards=state.alipay_cards,
        life=state.life_accounts,
    )
    return ALL_METHODS[parameters["method"]](call)


def _to_rejection(method: str, error: AlipayError) -> dict[str, Any]:
    body = {"code": error.code, "msg": "Refused", "sub_code": error.sub_code, "sub_msg": error.message}
    return body | ({"retry_flag": "N"} if method == "alipay.trade.cancel" else {})


def _respond(app: App | None, method: str, body: dict[str, Any], fault: Fault | None) -> Response:
    """Return a response, signed where the app is known. The signed text is that of the inner object."""
    is_refused_code = method == OAUTH_METHOD and "sub_code" in body
    name = "error_response" if is_refused_code else f"{method.replace('.', '_')}_response"
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    kind = fault.kind if fault is not None else ""
    sign = ""
    if app is not None and kind != "unsigned":
        key = app.private_key_pem if kind == "forged" else app.platform_private_key_pem
        sign = f',"sign":"{crypto.sign(key, text)}"'
    return Response(f'{{"{name}":{text}{sign}}}', content_type="text/html;charset=utf-8")


def _find_fault_before(fault: Fault | None) -> Response | None:
    """Return the response of a call that is not executed and not signed, or None."""
    if fault is None:
        return None
    if fault.kind in {"timeout", "slow"}:
        sandbox_state().faults.wait(fault)
    if fault.kind == "garbage":
        return Response("<html><body>\x00\xff upstream", mimetype="text/html")
    if fault.kind in {"timeout", "http_500"}:
        return Response("", status=504 if fault.kind == "timeout" else 500)
    return None


def _apply_after(fault: Fault, method: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return the body of a call that was executed, or of an error that prevented it."""
    if fault.kind == "late_answer":
        sandbox_state().faults.wait(fault)
    if fault.kind in {"error", "error_after"}:
        return _to_error(fault, method)
    return add_one_fen(body) if fault.kind == "wrong_amount" else body


def _to_error(fault: Fault, method: str) -> dict[str, Any]:
    """Return the body of a failure: 20000 for an error of the system, 40004 for a rejection."""
    is_system = fault.code.endswith("SYSTEM_ERROR")
    body = _to_rejection(method, AlipayError(fault.code, "沙箱故障", code="20000" if is_system else "40004"))
    return body | ({"retry_flag": "Y"} if is_system and "retry_flag" in body else {})


def _error_page(message: str) -> Response:
    """Return an error page. `message` is a constant: input of the request could contain markup."""
    page = f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>支付宝</title><p>{message}</p></html>'
    return Response(page, mimetype="text/html")
