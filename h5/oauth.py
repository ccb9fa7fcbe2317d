"""Sign-in by WeChat (网页授权): a browser inside WeChat comes back with a code, and gets a session.

The way there and back is bound to the browser by a signed cookie that lives ten minutes and is spent by the
return; it also keeps where to go afterwards, so that no address in a link can say that.
"""

import re
from dataclasses import asdict, dataclass
from typing import Any

import structlog
from apiflask import APIBlueprint
from flask import Response, current_app, redirect, request, url_for
from itsdangerous import BadData, URLSafeTimedSerializer

import accounts
import doors
from h5.headers import protect
from h5.notices import notice, shield
from h5.visitor import Visitor, running_session, visited
from miniprogram_api.caller import COOKIE
from platforms.errors import PlatformError
from platforms.wechat_official import OAuthIdentity
from store.company import channels, tenants
from store.company.channels import Channel
from store.kernel import ids, secrets
from store.kernel.refusals import Refused
from store.people import fans, sessions

log = structlog.get_logger("oauth")
door = APIBlueprint("h5_oauth", __name__, enable_openapi=False)
protect(door)
shield(door)

JOURNEY_COOKIE = "xiaoer_oauth"
JOURNEY_S = 600
HOME = "/m/me"
_OWN_PATHS = re.compile(r"/m/(me|tier|points|coupons|gifts|wallet|nearby|stores/[a-z0-9_]{1,40})")


@dataclass(frozen=True)
class Journey:
    """One way to WeChat and back: `state` is `<account key>.<random>`, `to` is a path of ours."""

    state: str
    account: str
    to: str


@door.get("/m/oauth/start")
@visited
def start(visitor: Visitor) -> Response:
    """Send the browser to WeChat."""
    wanted = request.args.get("to", "")
    to = wanted if _OWN_PATHS.fullmatch(wanted) else HOME
    journey = Journey(state=f"{visitor.channel.key}.{ids.token()}", account=visitor.channel.key, to=to)
    back = current_app.config["PUBLIC_URL"] + url_for("h5_oauth.come_back")
    official = accounts.official(_official(visitor.channel))
    answer = redirect(official.oauth_url(back, "snsapi_base", journey.state))
    _set_cookie(answer, JOURNEY_COOKIE, _signer().dumps(asdict(journey)), JOURNEY_S, path="/m/oauth")
    return _unkept(answer)


@door.get("/m/oauth/return")
def come_back() -> Any:
    """The browser is back from WeChat; whatever comes of it, this way is spent."""
    journey = _journey()
    if journey is None:
        return _spent(_lost(request.args.get("state", "").partition(".")[0]))
    with tenants.using(tenants.owner_of(journey.account)):
        channel = _official(channels.of_key(journey.account))
        sessions.admit(doors.address())
        try:
            return _spent(_signed_in(channel, journey))
        except PlatformError as error:
            log.warning("oauth_failed", code=error.code, kind=type(error).__name__)
            again = url_for("h5_oauth.start", a=journey.account, to=journey.to)
            return _spent(notice(title="登录没有成功", sentence="微信暂时没有响应", status=503, retry=again))


def _signed_in(channel: Channel, journey: Journey) -> Response:
    """Open a session for who came back; a snapshot of WeChat is nobody, so it is bound to no one."""
    code = request.args.get("code", "")
    if not code:
        return redirect(_address(journey, stay="out"))
    identity = accounts.official(channel).oauth_identity(code)
    if identity.virtual:
        return redirect(_address(journey, stay="guest"))
    answer = redirect(_address(journey))
    lasts_s = sessions.LIFE_DAYS * 24 * 3600
    _set_cookie(answer, COOKIE, _session_of(channel, identity), lasts_s)
    return answer


def _session_of(channel: Channel, identity: OAuthIdentity) -> str:
    before = running_session()
    customer = fans.known(
        channel=channel, openid=identity.openid, source=channel.kind, unionid=identity.unionid
    )
    if before is not None:
        sessions.close(before)
    return sessions.open_session(customer=customer, channel_id=channel.id)


def _journey() -> Journey | None:
    """The way that this browser set out on, when WeChat's answer belongs to it."""
    try:
        kept = _signer().loads(request.cookies.get(JOURNEY_COOKIE, ""), max_age=JOURNEY_S)
    except BadData:
        return None
    journey = Journey(**kept)
    return journey if secrets.same(journey.state, request.args.get("state", "")) else None


def _signer() -> URLSafeTimedSerializer:
    """A key of its own, derived from the ring, so that no further secret has to be kept."""
    return URLSafeTimedSerializer(secrets.blind("cookie", purpose="cookie-signing"), salt="oauth")


def _official(channel: Channel) -> Channel:
    if channel.kind != "wechat_official":
        raise Refused("not_official", "请从公众号打开", 404)
    return channel


def _lost(account: str) -> Any:
    """No way of this browser ends here: a second copy of the return, a stale one, or somebody else's."""
    with tenants.using(tenants.owner_of(account)):
        if running_session() is not None:
            return redirect(url_for("h5.me", a=account))
    again = url_for("h5_oauth.start", a=account)
    return notice(title="登录已失效", sentence="请重新登录", status=400, retry=again)


def _address(journey: Journey, stay: str | None = None) -> str:
    query = f"?a={journey.account}" + (f"&stay={stay}" if stay else "")
    return journey.to + query


def _spent(answer: Any) -> Response:
    response = current_app.make_response(answer)
    response.delete_cookie(JOURNEY_COOKIE, path="/m/oauth")
    return _unkept(response)


def _unkept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _set_cookie(response: Response, name: str, value: str, lasts_s: int, path: str = "/") -> None:
    secure = request.is_secure or current_app.config["PUBLIC_URL"].startswith("https:")
    response.set_cookie(name, value, max_age=lasts_s, path=path, secure=secure, httponly=True, samesite="Lax")
