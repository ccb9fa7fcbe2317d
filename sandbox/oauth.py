"""Web sign-in: what a page inside WeChat learns about the person who opened it (OAuth)."""

import secrets
import threading
from dataclasses import dataclass
from typing import Any

from sandbox.accounts import Account
from sandbox.clock import Clock
from sandbox.errors import WeChatError
from sandbox.login_codes import LoginCode
from sandbox.people import Person

SCOPES = {"snsapi_base", "snsapi_userinfo"}
TOKEN_LIFETIME_S = 7200
REFRESH_LIFETIME_S = 30 * 86400


@dataclass
class OAuthSession:
    appid: str
    person: Person
    openid: str
    unionid: str | None
    scope: str
    expires_at: float
    refresh_expires_at: float
    refresh_token: str


class OAuthSessions:
    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.reset()

    def exchange_code(self, code: LoginCode, *, person: Person, account: Account) -> dict[str, Any]:
        """Trades a spent code for the answer of `oauth2/access_token`."""
        seen = person.page_identity()
        sign_in = OAuthSession(
            appid=account.appid,
            person=person,
            openid=seen.openid_at(account),
            unionid=seen.unionid_at(account),
            scope=code.details["scope"],
            expires_at=0,
            refresh_expires_at=self._clock.now() + REFRESH_LIFETIME_S,
            refresh_token=secrets.token_urlsafe(64),
        )
        self._by_refresh_token[sign_in.refresh_token] = sign_in
        answer = self._renew(sign_in)
        if sign_in.unionid and sign_in.scope == "snsapi_userinfo":
            answer["unionid"] = sign_in.unionid
        return {**answer, "is_snapshotuser": 1} if person.snapshot else answer

    def refresh(self, refresh_token: str | None, *, appid: str) -> dict[str, Any]:
        if not refresh_token:
            raise WeChatError(41003)
        sign_in = self._by_refresh_token.get(refresh_token)
        if sign_in is None or sign_in.appid != appid or self._clock.now() >= sign_in.refresh_expires_at:
            raise WeChatError(40030)
        return self._renew(sign_in)

    def get(self, access_token: str | None, *, openid: str | None) -> OAuthSession:
        if not access_token:
            raise WeChatError(41001)
        sign_in = self._by_token.get(access_token)
        if sign_in is None:
            raise WeChatError(40001)
        if self._clock.now() >= sign_in.expires_at:
            raise WeChatError(42001)
        if not openid:
            raise WeChatError(41009)
        if openid != sign_in.openid:
            raise WeChatError(40003)
        return sign_in

    def get_profile(self, access_token: str | None, *, openid: str | None) -> dict[str, Any]:
        """Name and picture are the grey ones that every page gets today."""
        sign_in = self.get(access_token, openid=openid)
        if sign_in.scope != "snsapi_userinfo":
            raise WeChatError(48001)
        profile = {
            "openid": sign_in.openid,
            "nickname": "微信用户",
            "sex": 0,
            "province": "",
            "city": "",
            "country": "",
            "headimgurl": "",
            "privilege": [],
        }
        return {**profile, "unionid": sign_in.unionid} if sign_in.unionid else profile

    def reset(self) -> None:
        self._by_token: dict[str, OAuthSession] = {}
        self._by_refresh_token: dict[str, OAuthSession] = {}

    def _renew(self, sign_in: OAuthSession) -> dict[str, Any]:
        with self._lock:
            sign_in.expires_at = self._clock.now() + TOKEN_LIFETIME_S
            token = secrets.token_urlsafe(64)
            self._by_token[token] = sign_in
        return {
            "access_token": token,
            "expires_in": TOKEN_LIFETIME_S,
            "refresh_token": sign_in.refresh_token,
            "openid": sign_in.openid,
            "scope": sign_in.scope,
        }
