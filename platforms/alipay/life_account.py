"""The life account (生活号) of an application: messages to followers, the menu, and where a person is.

Buttons are those of WeChat's menus, of which a life account has two types: `click` and `view`.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from platforms.alipay import code_pictures, transport
from platforms.alipay.credentials import AlipayCredentials
from platforms.alipay.sdk import InvalidKeyError, Sdk, load_sdk
from platforms.alipay.transport import PLATFORM, Response
from platforms.errors import OutcomeUnknownError, PlatformError, PlatformRejectedError
from platforms.http import PlatformSession
from platforms.qr_ticket import QrTicket
from platforms.wechat.reply import Article

ACTIONS = {"click": ("out", "key"), "view": ("link", "url")}
TYPES = {"out": ("click", "key"), "link": ("view", "url")}
NO_MENU = {"MENU_NOT_EXIST", "isv.menu-not-exist"}
MENU_EXISTS = {"MENU_EXIST", "isv.menu-exist"}
OPEN_TEXT = "查看"
MAX_QR_LIFETIME_S = 1800
MAX_TICKET_LENGTH = 300


class LifeAccount:
    """All calls raise PlatformRejectedError if the platform did nothing, and OutcomeUnknownError if it may have."""

    def __init__(self, credentials: AlipayCredentials, http: PlatformSession) -> None:
        self._credentials = credentials
        self._http = http

    def __repr__(self) -> str:
        return f"LifeAccount({self._credentials.app_id})"

    def send_text(self, user_id: str, text: str) -> None:
        """Send a text to a follower who was active in the last 48 hours."""
        self._send(user_id, {"msg_type": "text", "text": {"content": text}})

    def send_articles(self, user_id: str, articles: Sequence[Article]) -> None:
        """Send cards with a link (图文) to a follower who was active in the last 48 hours."""
        shown = [
            {
                "title": article.title, "desc": article.description or article.title, "url": article.url,
                "image_url": article.picture_url, "action_name": OPEN_TEXT,
            }
            for article in articles
        ]  # fmt: skip
        self._send(user_id, {"msg_type": "image-text", "articles": shown})

    def create_menu(self, buttons: Sequence[Mapping[str, Any]]) -> None:
        """Show a menu in place of the one before."""
        content = {"type": "text", "button": [_to_alipay_button(button) for button in buttons]}
        response = self._call("alipay.open.public.menu.create", content)
        if response.reason in MENU_EXISTS:
            response = self._call("alipay.open.public.menu.modify", content)
        _ensure_success(response)

    def delete_menu(self) -> None:
        """Raise PlatformRejectedError: Alipay has no such call."""
        raise PlatformRejectedError(PLATFORM, "unsupported", "支付宝不支持撤下菜单")

    def find_menu(self) -> dict[str, Any] | None:
        """Return the menu that is shown in the form of WeChat's answer, or None without one."""
        response = self._call("alipay.open.public.menu.query", {})
        if response.reason in NO_MENU:
            return None
        _ensure_success(response)
        try:
            buttons = json.loads(str(response.body["menu_content"]))["button"]
            return {"menu": {"button": [_to_wechat_button(button) for button in buttons]}}
        except (ValueError, KeyError, TypeError):
            raise OutcomeUnknownError(PLATFORM, "unreadable", "支付宝的菜单无法识别") from None

    def create_qr_code(self, scene: str, *, permanent: bool, expires_s: int | None = None) -> QrTicket:
        """Create a QR code for a scene of up to 32 letters, digits and underscores.

        A temporary one is valid for at most 30 minutes. A permanent scene always has the same code.
        """
        lifetime_s = None if permanent else min(expires_s or MAX_QR_LIFETIME_S, MAX_QR_LIFETIME_S)
        kind = {"code_type": "PERM"} if permanent else {"code_type": "TEMP", "expire_second": str(lifetime_s)}
        content = {"code_info": {"scene": {"scene_id": scene}}, "show_logo": "N", **kind}
        response = self._call("alipay.open.public.qrcode.create", content)
        _ensure_success(response)
        address = response.text("code_img")
        url = code_pictures.read_content(self._http, address)
        return QrTicket(ticket=address[:MAX_TICKET_LENGTH], url=url, expires_s=lifetime_s)

    def find_location(self, user_id: str) -> tuple[float, float] | None:
        """Return longitude and latitude in GCJ-02 of a person who allows it, or None."""
        try:
            response = self._call("alipay.open.public.gis.query", {"user_id": user_id})
            lng, lat = float(response.text("longitude")), float(response.text("latitude"))
        except (PlatformError, ValueError):
            return None
        return (lng, lat) if response.is_success and abs(lng) <= 180 and abs(lat) <= 90 else None

    def _send(self, user_id: str, content: Mapping[str, Any]) -> None:
        _ensure_success(
            self._call(
                "alipay.open.public.message.custom.send", {"to_user_id": user_id, "chat": "0", **content}
            )
        )

    def _call(self, method: str, content: Mapping[str, Any]) -> Response:
        return transport.call(self._sdk, self._http, method, content)

    @property
    def _sdk(self) -> Sdk:
        try:
            return load_sdk(self._credentials)
        except InvalidKeyError as error:
            raise PlatformRejectedError(PLATFORM, str(error), "支付宝密钥无法读取") from None


def _ensure_success(response: Response) -> None:
    if not response.is_success:
        raise transport.to_error(response)


def _to_alipay_button(button: Mapping[str, Any]) -> dict[str, Any]:
    if button.get("sub_button"):
        return {
            "name": button["name"], "sub_button": [_to_alipay_button(child) for child in button["sub_button"]]
        }  # fmt: skip
    action, field = ACTIONS[button["type"]]
    return {"name": button["name"], "action_type": action, "action_param": button[field]}


def _to_wechat_button(button: Mapping[str, Any]) -> dict[str, Any]:
    if button.get("sub_button"):
        return {
            "name": button["name"], "sub_button": [_to_wechat_button(child) for child in button["sub_button"]]
        }  # fmt: skip
    kind, field = TYPES.get(button["action_type"], (button["action_type"], "key"))
    return {"name": button["name"], "type": kind, field: button["action_param"]}
