"""The official account: its menu, its messages, its QR codes, its followers and web sign-in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

from platforms.errors import PlatformRejectedError
from platforms.http import PlatformSession
from platforms.wechat.access_token import AccessTokens
from platforms.wechat.client import Client, exchange_code, require_text
from platforms.wechat.credentials import credentials_error
from platforms.wechat.errors import NO_MENU
from platforms.wechat.reply import Article

AUTHORIZE_URL = "https://open.weixin.qq.com/connect/oauth2/authorize"
OAUTH_TOKEN_URL = "https://api.weixin.qq.com/sns/oauth2/access_token"  # noqa: S105 - a URL
MAX_QR_LIFETIME_S = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class QrTicket:
    """A QR code: `url` is what the picture says; a permanent one has no `expires_s`."""

    ticket: str
    url: str
    expires_s: int | None


@dataclass(frozen=True, slots=True)
class OAuthIdentity:
    """Who came by web sign-in. A `virtual` one is a snapshot of WeChat: never bind a member to it."""

    openid: str
    unionid: str | None
    virtual: bool
    scope: str


class Follower(NamedTuple):
    subscribed: bool
    unionid: str | None


class OfficialAccount:
    """Every method may raise PlatformRejectedError, OutcomeUnknownError or CircuitOpenError."""

    def __init__(self, appid: str, tokens: AccessTokens, http: PlatformSession) -> None:
        self.appid = appid
        self._tokens = tokens
        self._http = http
        self._client = Client(tokens, http)

    def __repr__(self) -> str:
        return f"OfficialAccount({self.appid})"

    def create_menu(self, buttons: Sequence[Mapping[str, Any]]) -> None:
        self._client.menu.create({"button": list(buttons)})

    def find_menu(self) -> dict[str, Any] | None:
        """The menu that WeChat shows now, as WeChat writes it; None when there is none."""
        try:
            return self._client.menu.get()
        except PlatformRejectedError as rejection:
            if rejection.code == NO_MENU:
                return None
            raise

    def delete_menu(self) -> None:
        self._client.menu.delete()

    def send_text(self, openid: str, text: str) -> None:
        self._client.message.send_text(openid, text)

    def send_articles(self, openid: str, articles: Sequence[Article]) -> None:
        self._client.message.send_articles(
            openid,
            [
                {
                    "title": article.title,
                    "description": article.description,
                    "url": article.url,
                    "picurl": article.picture_url,
                }
                for article in articles
            ],
        )

    def send_image(self, openid: str, media_id: str) -> None:
        self._client.message.send_image(openid, media_id)

    def send_mini_program_card(
        self, openid: str, *, appid: str, page: str, title: str, thumb_media_id: str
    ) -> None:
        card = {"appid": appid, "pagepath": page, "title": title, "thumb_media_id": thumb_media_id}
        self._client.message.send_mini_program_page(openid, card)

    def create_qr_code(self, scene: str, *, permanent: bool, expires_s: int | None = None) -> QrTicket:
        """A QR code for a scene of up to 64 characters; a passing one lives 30 days at most."""
        wish: dict[str, Any] = {"action_info": {"scene": {"scene_str": scene}}}
        if permanent:
            wish["action_name"] = "QR_LIMIT_STR_SCENE"
        else:
            life_s = min(expires_s or MAX_QR_LIFETIME_S, MAX_QR_LIFETIME_S)
            wish |= {"action_name": "QR_STR_SCENE", "expire_seconds": life_s}
        answer = self._client.qrcode.create(wish)
        return QrTicket(
            ticket=require_text(answer, "ticket"),
            url=require_text(answer, "url"),
            expires_s=None if permanent else answer.get("expire_seconds"),
        )

    def get_follower(self, openid: str) -> Follower:
        answer = self._client.user.get(openid)
        return Follower(subscribed=answer.get("subscribe") == 1, unionid=answer.get("unionid") or None)

    def oauth_url(
        self, redirect_uri: str, scope: Literal["snsapi_base", "snsapi_userinfo"], state: str
    ) -> str:
        """Where to send a browser inside WeChat; it comes back to `redirect_uri` with code and state."""
        # The order of the parameters and the fragment are WeChat's; wechatpy forgets to quote the state.
        return (
            f"{self._http.rewrite_url(AUTHORIZE_URL)}?appid={self.appid}"
            f"&redirect_uri={quote(redirect_uri, safe='')}&response_type=code"
            f"&scope={scope}&state={quote(state, safe='')}#wechat_redirect"
        )

    def exchange_oauth_code(self, code: str) -> OAuthIdentity:
        """Who came back with this code; a code works once."""
        wish = {"appid": self.appid, "secret": self._tokens.secret, "code": code}
        answer = exchange_code(self._http, OAUTH_TOKEN_URL, wish)
        return OAuthIdentity(
            openid=require_text(answer, "openid"),
            unionid=answer.get("unionid") or None,
            virtual=answer.get("is_snapshotuser") == 1,
            scope=str(answer.get("scope", "")),
        )

    def check_credentials(self) -> str | None:
        """What is wrong with appid, secret or whitelist, as a sentence for staff; None when all is well."""
        return credentials_error(self._tokens)
