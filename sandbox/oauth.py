"""OAuth: the identity of a person for pages inside WeChat."""

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
        """Create a session for a redeemed code and return the response of `oauth2/access_token`."""
        identity = person.page_identity()
        session = OAuthSession(
            appid=account.appid,
            person=person,
            openid=identity.openid_at(account),
            unionid=identity.unionid_at(account),
            scope=code.details["scope"],
            expires_at=0,
            refresh_expires_at=self._clock.now() + REFRESH_LIFETIME_S,
            refresh_token=secrets.token_urlsafe(64),
        )
        self._by_refresh_token[session.refresh_token] = session
        response = self._renew(session)
        if session.unionid and session.scope == "snsapi_userinfo":
            response["unionid"] = session.unionid
        return {**response, "is_snapshotuser": 1} if person.snapshot else response

    def refresh(self, refresh_token: str | None, *, appid: str) -> dict[str, Any]:
        if not refresh_token:
            raise WeChatError(41003)
        session = self._by_refresh_token.get(refresh_token)
        if session is None or session.appid != appid or self._clock.now() >= session.refresh_expires_at:
            raise WeChatError(40030)
        return self._renew(session)

    def get(self, access_token: str | None, *, openid: str | None) -> OAuthSession:
        if not access_token:
            raise WeChatError(41001)
        session = self._by_token.get(access_token)
        if session is None:
            raise WeChatError(40001)
        if self._clock.now() >= session.expires_at:
            raise WeChatError(42001)
        if not openid:
            raise WeChatError(41009)
        if openid != session.openid:
            raise WeChatError(40003)
        return session

    def get_profile(self, access_token: str | None, *, openid: str | None) -> dict[str, Any]:
        """Return the profile, with the anonymous name and picture that WeChat returns to all pages.

        Raises WeChatError.
        """
        session = self.get(access_token, openid=openid)
        if session.scope != "snsapi_userinfo":
            raise WeChatError(48001)
        profile = {
            "openid": session.openid,
            "nickname": "微信用户",
            "sex": 0,
            "province": "",
            "city": "",
            "country": "",
            "headimgurl": "",
            "privilege": [],
        }
        return {**profile, "unionid": session.unionid} if session.unionid else profile

    def reset(self) -> None:
        self._by_token: dict[str, OAuthSession] = {}
        self._by_refresh_token: dict[str, OAuthSession] = {}

    def _renew(self, session: OAuthSession) -> dict[str, Any]:
        with self._lock:
            session.expires_at = self._clock.now() + TOKEN_LIFETIME_S
            token = secrets.token_urlsafe(64)
            self._by_token[token] = session
        return {
            "access_token": token,
            "expires_in": TOKEN_LIFETIME_S,
            "refresh_token": session.refresh_token,
            "openid": session.openid,
            "scope": session.scope,
        }
