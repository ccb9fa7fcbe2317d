"""The client of official accounts: menu, messages, QR codes, followers and OAuth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

from platforms.errors import PlatformRejectedError
from platforms.http import PlatformSession
from platforms.qr_ticket import QrTicket
from platforms.wechat.access_token import AccessTokens
from platforms.wechat.client import Client, exchange_code, require_text
from platforms.wechat.credentials import credentials_error
from platforms.wechat.errors import NO_MENU
from platforms.wechat.reply import Article
from platforms.wechat.templates import PlatformTemplate, parse_message_id, parse_templates, to_template_data

AUTHORIZE_URL = "https://open.weixin.qq.com/connect/oauth2/authorize"
OAUTH_TOKEN_URL = "https://api.weixin.qq.com/sns/oauth2/access_token"  # noqa: S105 - a URL
MAX_QR_LIFETIME_S = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class OAuthIdentity:
    """The identity of a shopper from OAuth. A `virtual` one (snapshot mode) must not be bound to a member."""

    openid: str
    unionid: str | None
    virtual: bool
    scope: str


class Follower(NamedTuple):
    subscribed: bool
    unionid: str | None


class OfficialAccount:
    """An official account. Every method may raise PlatformRejectedError, OutcomeUnknownError or CircuitOpenError."""

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
        """Return the live menu in the format of WeChat, or None."""
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

    def send_template(
        self,
        openid: str,
        *,
        template_id: str,
        data: Mapping[str, str],
        url: str = "",
        mini_program: tuple[str, str] | None = None,
        client_msg_id: str = "",
    ) -> str:
        """Send a template message and return its id.

        `mini_program` is the appid and the page that opens instead of `url`. WeChat sends one message for the same
        openid and `client_msg_id` within 10 minutes.
        """
        body: dict[str, Any] = {
            "touser": openid,
            "template_id": template_id,
            "data": to_template_data(data),
        }
        if url:
            body["url"] = url
        if mini_program:
            body["miniprogram"] = {"appid": mini_program[0], "pagepath": mini_program[1]}
        if client_msg_id:
            body["client_msg_id"] = client_msg_id
        return parse_message_id(self._client.post("message/template/send", data=body))

    def list_templates(self) -> list[PlatformTemplate]:
        """Return the templates of the account."""
        response = self._client.get("template/get_all_private_template")
        return parse_templates(response, field="template_list", id_field="template_id")

    def create_qr_code(self, scene: str, *, permanent: bool, expires_s: int | None = None) -> QrTicket:
        """Create a QR code for a scene of up to 64 characters. A temporary one is valid for at most 30 days."""
        body: dict[str, Any] = {"action_info": {"scene": {"scene_str": scene}}}
        if permanent:
            body["action_name"] = "QR_LIMIT_STR_SCENE"
        else:
            lifetime_s = min(expires_s or MAX_QR_LIFETIME_S, MAX_QR_LIFETIME_S)
            body |= {"action_name": "QR_STR_SCENE", "expire_seconds": lifetime_s}
        response = self._client.qrcode.create(body)
        return QrTicket(
            ticket=require_text(response, "ticket"),
            url=require_text(response, "url"),
            expires_s=None if permanent else response.get("expire_seconds"),
        )

    def get_follower(self, openid: str) -> Follower:
        response = self._client.user.get(openid)
        return Follower(subscribed=response.get("subscribe") == 1, unionid=response.get("unionid") or None)

    def oauth_url(
        self, redirect_uri: str, scope: Literal["snsapi_base", "snsapi_userinfo"], state: str
    ) -> str:
        """Return the OAuth URL for a browser in WeChat, which redirects to `redirect_uri` with code and state."""
        # WeChat requires this order of the parameters and the fragment. wechatpy would not quote the state.
        return (
            f"{self._http.rewrite_url(AUTHORIZE_URL)}?appid={self.appid}"
            f"&redirect_uri={quote(redirect_uri, safe='')}&response_type=code"
            f"&scope={scope}&state={quote(state, safe='')}#wechat_redirect"
        )

    def exchange_oauth_code(self, code: str) -> OAuthIdentity:
        """Exchange an OAuth code, which is valid once."""
        params = {"appid": self.appid, "secret": self._tokens.secret, "code": code}
        response = exchange_code(self._http, OAUTH_TOKEN_URL, params)
        return OAuthIdentity(
            openid=require_text(response, "openid"),
            unionid=response.get("unionid") or None,
            virtual=response.get("is_snapshotuser") == 1,
            scope=str(response.get("scope", "")),
        )

    def check_credentials(self) -> str | None:
        """Return what is wrong with appid, secret or whitelist as a message for staff, or None."""
        return credentials_error(self._tokens)
