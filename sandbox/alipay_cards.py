"""Alipay's member cards: templates, forms, tokens, and the cards of the people."""

import itertools
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from sandbox.alipay_apps import App, Apps
from sandbox.alipay_notices import AlipayNotices
from sandbox.alipay_trades import AlipayError, identify, to_fen
from sandbox.errors import SandboxError
from sandbox.held_cards import HeldCard, HeldCards
from sandbox.people import People

INVALID = AlipayError("INVALID_PARAMETER", "参数有误")
NO_TEMPLATE = AlipayError("TEMPLATE_NOT_EXIST", "卡模板不存在")
NO_CARD = AlipayError("CARD_NOT_EXIST", "会员卡不存在")
NO_TOKEN = AlipayError("aop.invalid-auth-token", "无效的访问令牌", code="20001")
NUMBERS = itertools.count(time.time_ns() // 1000)
TOKEN_USES = 2  # for the form, and for opening the card


@dataclass
class Template:
    """A card template of an app."""

    app_id: str
    template_id: str
    style: dict[str, Any]
    columns: list[str]
    notify_url: str
    callback: str = ""
    out_string: str = ""
    has_form: bool = False


@dataclass
class Token:
    person_id: str
    app_id: str
    uses_left: int = TOKEN_USES


@dataclass
class FormRequest:
    """A form that a person has filled in."""

    template_id: str
    person_id: str
    infos: dict[str, str] = field(default_factory=dict)


class AlipayCards:
    def __init__(self, *, apps: Apps, people: People, notices: AlipayNotices, held: HeldCards) -> None:
        self._apps, self._people, self._notices = apps, people, notices
        self.held = held
        self.reset()

    def reset(self) -> None:
        self._templates: dict[str, Template] = {}
        self._template_requests: dict[str, str] = {}
        self._tokens: dict[str, Token] = {}
        self._requests: dict[str, FormRequest] = {}
        self._serials: dict[str, str] = {}

    def add_template(self, app: App, content: dict[str, Any], *, notify_url: str) -> Template:
        """Create a template, once for each request id. Raises AlipayError."""
        known = self._template_requests.get(content["request_id"])
        if known is not None:
            return self._templates[known]
        row = Template(app.app_id, f"2026{next(NUMBERS):024d}", *_read_template(content), notify_url)
        self._templates[row.template_id] = row
        self._template_requests[content["request_id"]] = row.template_id
        return row

    def change_template(self, app: App, content: dict[str, Any], *, notify_url: str) -> Template:
        """Change the look of a template. Raises AlipayError."""
        row = self.get_template(app, content.get("template_id"))
        row.style, row.columns = _read_template(content)
        row.notify_url = notify_url or row.notify_url
        return row

    def get_template(self, app: App, template_id: Any) -> Template:
        """Return a template of an app. Raises AlipayError."""
        row = self._templates.get(str(template_id))
        if row is None or row.app_id != app.app_id:
            raise NO_TEMPLATE
        return row

    def find_template(self, template_id: str) -> Template | None:
        """Return a template of any app, or None."""
        return self._templates.get(template_id)

    def submit_form(self, template: Template, person_id: str) -> str:
        """Keep the form of a person and return its request id."""
        request_id = f"{next(NUMBERS)}"
        phone = self._people.get(person_id).phone
        self._requests[request_id] = FormRequest(
            template.template_id, person_id, {"OPEN_FORM_FIELD_MOBILE": phone}
        )
        return request_id

    def remember_token(self, token: str, app: App, person_id: str) -> None:
        """Keep whose a token is."""
        self._tokens[token] = Token(person_id, app.app_id)

    def read_form(self, app: App, content: dict[str, Any], token: str) -> dict[str, str]:
        """Return what a person has filled in. Raises AlipayError."""
        person_id = self._use_token(app, token)
        request = self._requests.get(str(content.get("request_id")))
        template = self.get_template(app, content.get("template_id"))
        if request is None or (request.template_id, request.person_id) != (template.template_id, person_id):
            raise AlipayError("ISV_REQUEST_NOT_EXIST", "表单不存在")
        return request.infos

    def open(self, app: App, content: dict[str, Any], token: str) -> HeldCard:
        """Open a card, once for each serial number and once for each person. Raises AlipayError."""
        serial = str(content.get("out_serial_no") or "")
        if serial in self._serials:
            card = self.held.find("alipay", self._serials[serial])
            assert card is not None
            return card
        template = self.get_template(app, content.get("card_template_id"))
        person_id = self._use_token(app, token)
        wanted = str(content.get("card_user_info", {}).get("user_uni_id", ""))
        if wanted not in identify(person_id, app).values():
            raise AlipayError("USER_NOT_MATCH", "用户与令牌不一致")
        if self.held.find_of("alipay", template.template_id, person_id) is not None:
            raise AlipayError("USER_CARD_EXISTS", "用户已有这张会员卡")
        style = template.style
        card = self.held.add(
            HeldCard(
                platform="alipay", person_id=person_id, app_id=app.app_id, card_id=template.template_id,
                code=f"xe{next(NUMBERS)}", title=style["card_show_name"], brand=style.get("brand_name", ""),
                colour=style.get("bg_color", ""), is_active=True,
                number=str(content.get("card_ext_info", {}).get("external_card_no", "")),
            )
        )  # fmt: skip
        self._serials[serial] = card.code
        self.set_fields(card, content.get("card_ext_info", {}))
        self._notify(card, "open")
        return card

    def get_card(self, app: App, content: dict[str, Any]) -> HeldCard:
        """Return a card by its number. Raises AlipayError."""
        if content.get("target_card_no_type") != "BIZ_CARD":
            raise INVALID
        card = self.held.find("alipay", str(content.get("target_card_no")))
        if card is None or card.app_id != app.app_id:
            raise NO_CARD
        return card

    def set_fields(self, card: HeldCard, info: dict[str, Any]) -> None:
        """Set what a card shows. Fields that the template has no column for are not shown. Raises AlipayError."""
        columns = self._templates[card.card_id].columns
        if "point" in info and "POINT" in columns:
            card.fields["points"] = int(info["point"])
        if "balance" in info and "BALANCE" in columns:
            card.fields["balance_fen"] = to_fen(info["balance"])
        if "level" in info and "LEVEL" in columns:
            card.fields["tier"] = str(info["level"])

    def delete(self, card: HeldCard) -> None:
        """Take a card out of the pack, as its person or its app."""
        if card.state == "NORMAL":
            card.state = "DELETE"
            self._notify(card, "delete")

    def _use_token(self, app: App, token: str) -> str:
        kept = self._tokens.get(token)
        if kept is None or kept.app_id != app.app_id or not kept.uses_left:
            raise NO_TOKEN
        kept.uses_left -= 1
        return kept.person_id

    def _notify(self, card: HeldCard, kind: str) -> None:
        template, app = self._templates[card.card_id], self._apps.find(card.app_id)
        if app is not None and template.notify_url:
            form = {
                "notify_type": f"card_{kind}", "app_id": app.app_id, "template_id": template.template_id,
                "biz_card_no": card.code, "charset": "utf-8", "version": "1.0",
            }  # fmt: skip
            self._notices.send_card(
                app, form, number=f"{card.code}{secrets.token_hex(4)}", url=template.notify_url
            )


def require_open_card(card: HeldCard) -> HeldCard:
    """Return a card that is in the pack. Raises AlipayError."""
    if card.state != "NORMAL":
        raise AlipayError("CARD_STATUS_ERROR", "会员卡状态不正确")
    return card


def check_person_action(action: str) -> None:
    """Raise SandboxError for what people cannot do with a card of Alipay."""
    if action != "delete":
        raise SandboxError("bad_action", "支付宝会员卡只能删除")


def _read_template(content: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    style, columns = content.get("template_style_info"), content.get("column_info_list")
    if not isinstance(style, dict) or not style.get("card_show_name") or not style.get("logo_id"):
        raise INVALID
    if not isinstance(columns, list) or len(content.get("card_action_list", [])) > 4:
        raise INVALID
    return style, [str(column.get("code")) for column in columns]
