"""Sign-in by WeChat or Alipay (网页授权): a browser inside either comes back with a code, and gets a session.

The way there and back is bound to the browser by a signed cookie that lives ten minutes. It keeps where to go
afterwards, so that no address in a link can say that. Browsers load the return address twice: at once, or again after
a lost answer. The cookie therefore stays and says whether a code was exchanged, so that a repeat leads to the same
page and exchanges nothing.
"""

import re
from dataclasses import asdict, dataclass, replace
from typing import Any

import structlog
from apiflask import APIBlueprint
from flask import Response, current_app, redirect, request, url_for
from itsdangerous import BadData, URLSafeTimedSerializer

from h5 import sign_in_platforms
from h5.error_pages import error_page, handle_errors
from h5.visitor import Visitor, find_session, with_visitor
from platforms.errors import PlatformError
from store.core import encryption, ids
from store.customers import sessions
from store.customers.customers import Customer
from store.tenants import channels, registry
from store.tenants.channels import Channel
from web import request_context
from web.auth import SESSION_COOKIE
from web.security_headers import protect

log = structlog.get_logger("oauth")
bp = APIBlueprint("h5_oauth", __name__, enable_openapi=False)
protect(bp)
handle_errors(bp)

STATE_COOKIE = "xiaoer_oauth"
STATE_LIFETIME_S = 600
HOME_PATH = "/m/me"
CODE_USED = 40163
_MEMBER_PATHS = {
    "/m/me", "/m/tier", "/m/points", "/m/coupons", "/m/wallet", "/m/orders", "/m/red-packets", "/m/payer-claims",
    "/m/messages",
    "/m/message-settings", "/m/prizes",
}  # fmt: skip
_COLLECTION_PATH = re.compile(r"/pay/[a-z0-9_]{2,30}\.[a-z0-9]{1,40}")
_ACTIVITY_PATH = re.compile(r"/m/activities/[a-z0-9_]{1,40}(/[A-Za-z0-9_-]{32})?")
_RETURN_PATHS = re.compile(
    r"/m/(me|tier|points|coupons|gifts|wallet|orders|red-packets|payer-claims|messages|message-settings|prizes|nearby"
    r"|stores/[a-z0-9_]{1,40})"
    rf"|{_COLLECTION_PATH.pattern}|{_ACTIVITY_PATH.pattern}"
)


@dataclass(frozen=True)
class OAuthState:
    """The state of one sign-in through WeChat: `state` is `<account key>.<random>`, `return_path` is a path of ours.

    `done` says that a code was exchanged under this state.
    """

    state: str
    account_key: str
    return_path: str
    done: bool = False


@bp.get("/m/oauth/start")
@with_visitor
def start_login(visitor: Visitor) -> Response:
    """Send the browser to its platform."""
    wanted = request.args.get("to", "")
    to = wanted if _RETURN_PATHS.fullmatch(wanted) else HOME_PATH
    oauth_state = OAuthState(
        state=f"{visitor.channel.key}.{ids.token()}", account_key=visitor.channel.key, return_path=to
    )
    back = current_app.config["PUBLIC_URL"] + url_for("h5_oauth.callback")
    channel = sign_in_platforms.ensure_supported(visitor.channel)
    answer = redirect(sign_in_platforms.authorization_url(channel, back, oauth_state.state))
    _keep_state(answer, oauth_state)
    return _no_store(answer)


@bp.get("/m/oauth/return")
def callback() -> Any:
    """Sign in the visitor who comes back from the platform. A repeat of the same return leads to the same page."""
    oauth_state = _load_state()
    if oauth_state is None:
        return _clear_state_cookie(_invalid_state(request.args.get("state", "").partition(".")[0]))
    with registry.use_tenant(registry.get_slug_by_account_key(oauth_state.account_key)):
        channel = sign_in_platforms.ensure_supported(channels.get_by_key(oauth_state.account_key))
        sessions.check_rate_limit(request_context.client_ip())
        if oauth_state.done:
            return _no_store(_resume(oauth_state))
        try:
            return _no_store(_open_session(channel, oauth_state))
        except PlatformError as error:
            if error.code == CODE_USED:
                return _no_store(_resume(oauth_state))
            log.warning("oauth_failed", code=error.code, kind=type(error).__name__)
            page = error_page(
                title="登录没有成功",
                message=f"{sign_in_platforms.NAMES[channel.kind]}暂时没有响应",
                status=503,
                retry_url=_start_url(oauth_state),
            )
            return _no_store(current_app.make_response(page))


def _resume(oauth_state: OAuthState) -> Response:
    """Return to the wanted page after the code was used, by another load of this address or by a lost answer.

    Member pages sign in by themselves, so the browser gets there with or without the answer of the other load.
    """
    path = oauth_state.return_path
    signs_in = path in _MEMBER_PATHS or _COLLECTION_PATH.fullmatch(path) or _ACTIVITY_PATH.fullmatch(path)
    if signs_in or find_session() is not None:
        return redirect(_return_url(oauth_state))
    return redirect(_start_url(oauth_state))


def _open_session(channel: Channel, oauth_state: OAuthState) -> Response:
    """Open a session for the returned identity. A virtual WeChat identity is not bound to a customer."""
    code = sign_in_platforms.read_code(channel)
    if not code:
        return redirect(_return_url(oauth_state, stay="out"))
    customer = sign_in_platforms.find_customer(channel, code)
    if customer is None:
        return redirect(_return_url(oauth_state, stay="guest"))
    answer = redirect(_return_url(oauth_state))
    lasts_s = sessions.LIFETIME_DAYS * 24 * 3600
    _set_cookie(answer, SESSION_COOKIE, _replace_session(channel, customer), lasts_s)
    _keep_state(answer, replace(oauth_state, done=True))
    return answer


def _replace_session(channel: Channel, customer: Customer) -> str:
    before = find_session()
    if before is not None:
        sessions.close(before)
    return sessions.open_session(customer=customer, channel_id=channel.id)


def _load_state() -> OAuthState | None:
    """Return the state of the sign-in that this browser began if WeChat's answer belongs to it, or None."""
    try:
        kept = _state_serializer().loads(request.cookies.get(STATE_COOKIE, ""), max_age=STATE_LIFETIME_S)
    except BadData:
        return None
    oauth_state = OAuthState(**kept)
    return (
        oauth_state
        if encryption.constant_time_equal(oauth_state.state, request.args.get("state", ""))
        else None
    )


def _keep_state(response: Response, oauth_state: OAuthState) -> None:
    signed = _state_serializer().dumps(asdict(oauth_state))
    _set_cookie(response, STATE_COOKIE, signed, STATE_LIFETIME_S, path="/m/oauth")


def _state_serializer() -> URLSafeTimedSerializer:
    """Return the signer of the cookie. Its key is derived from the keyring, so no other secret is needed."""
    return URLSafeTimedSerializer(encryption.blind_index("cookie", purpose="cookie-signing"), salt="oauth")


def _invalid_state(account_key: str) -> Any:
    """Return the error page of a repeated, expired or foreign callback."""
    with registry.use_tenant(registry.get_slug_by_account_key(account_key)):
        if find_session() is not None:
            return redirect(url_for("h5.me_page", a=account_key))
    again = url_for("h5_oauth.start_login", a=account_key)
    return error_page(title="登录已失效", message="请重新登录", status=400, retry_url=again)


def _start_url(oauth_state: OAuthState) -> str:
    return url_for("h5_oauth.start_login", a=oauth_state.account_key, to=oauth_state.return_path)


def _return_url(oauth_state: OAuthState, stay: str | None = None) -> str:
    query = f"?a={oauth_state.account_key}" + (f"&stay={stay}" if stay else "")
    return oauth_state.return_path + query


def _clear_state_cookie(result: Any) -> Response:
    response = current_app.make_response(result)
    response.delete_cookie(STATE_COOKIE, path="/m/oauth")
    return _no_store(response)


def _no_store(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _set_cookie(response: Response, name: str, value: str, max_age_s: int, path: str = "/") -> None:
    secure = request.is_secure or current_app.config["PUBLIC_URL"].startswith("https:")
    response.set_cookie(
        name, value, max_age=max_age_s, path=path, secure=secure, httponly=True, samesite="Lax"
    )
