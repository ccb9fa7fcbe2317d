"""Member cards of the card pack: creation, forms, activation, content, and the rule of cards after a payment."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from urllib.parse import unquote

from platforms.card_answers import CardDesign, CardFields, CardState, PackState
from platforms.errors import PlatformRejectedError
from platforms.http import PlatformSession
from platforms.wechat.access_token import AccessTokens
from platforms.wechat.client import SHANGHAI, Client, require_text
from platforms.wechat.errors import PLATFORM

BASE = "https://api.weixin.qq.com/card/"
TICKET_URL = "https://api.weixin.qq.com/cgi-bin/ticket/getticket"
UPLOAD_URL = "https://api.weixin.qq.com/cgi-bin/media/uploadimg"
QUANTITY = 100_000_000  # the largest stock, because a membership has none
MAX_LISTED = 50
LISTED_STATES = ("CARD_STATUS_NOT_VERIFY", "CARD_STATUS_VERIFY_OK", "CARD_STATUS_VERIFY_FAIL")
REVIEWS = {
    "CARD_STATUS_VERIFY_OK": True, "CARD_STATUS_DISPATCH": True, "CARD_STATUS_VERIFY_FAIL": False,
}  # fmt: skip
# Only one of them may be in a card: WeChat ignores the others without a word.
ACTIVATIONS = ("auto_activate", "wx_activate", "activate_url")
CARD_STATES: Mapping[str, PackState] = {
    "NORMAL": "active", "GIFTING": "gifting", "GIFT_SUCC": "given", "GIFT_TIMEOUT": "active", "DELETE": "deleted",
    "EXPIRE": "unavailable", "UNAVAILABLE": "unavailable", "CONSUMED": "unavailable",
}  # fmt: skip


def build_card(design: CardDesign) -> dict[str, Any]:
    """Return a member card as `card/create` takes it."""
    card = {
        "base_info": {
            **_changeable(design),
            "brand_name": design.brand, "code_type": "CODE_TYPE_BARCODE", "date_info": _date_info(design),
            "sku": {"quantity": QUANTITY}, "get_limit": 1, "use_custom_code": False, "can_share": False,
            "need_push_on_view": True,
        },
        "prerogative": design.privileges,
        "supply_bonus": "points" in design.shown,
        "supply_balance": "balance" in design.shown,
        **({"background_pic_url": design.cover} if design.cover else {}),
        **_activation(design),
    }  # fmt: skip
    if "tier" in design.shown:
        card["custom_field1"] = {"name_type": "FIELD_NAME_TYPE_LEVEL", "url": design.home_url}
    return ensure_one_activation(card)


def ensure_one_activation(card: dict[str, Any]) -> dict[str, Any]:
    """Return a card with one activation. Raises PlatformRejectedError for several, with what to drop."""
    given = [name for name in ACTIVATIONS if card.get(name)]
    if len(given) != 1:
        hint = f"请去掉 {'、'.join(given[1:])}" if given else "请选择一种"
        raise PlatformRejectedError(PLATFORM, "activation", f"激活方式只能有一种，{hint}")
    return card


class MemberCards:
    """The member cards of an official account.

    Every method may raise PlatformRejectedError, OutcomeUnknownError or CircuitOpenError.
    """

    def __init__(self, tokens: AccessTokens, http: PlatformSession) -> None:
        self._client = Client(tokens, http)

    def upload_picture(self, content: bytes, name: str) -> str:
        """Send a picture and return its address at WeChat."""
        return require_text(self._client.post(UPLOAD_URL, files={"buffer": (name, content)}), "url")

    def create(self, design: CardDesign) -> str:
        """Create a card and return its id. WeChat has no idempotency here: after a lost answer look with `find`."""
        card = {"card_type": "MEMBER_CARD", "member_card": build_card(design)}
        return require_text(self._post("create", {"card": card}), "card_id")

    def find(self, reference: str) -> str | None:
        """Return the id of the card that was created under a reference, or None."""
        listed = self._post(
            "batchget", {"offset": 0, "count": MAX_LISTED, "status_list": list(LISTED_STATES)}
        ).get("card_id_list")
        for card_id in listed if isinstance(listed, list) else ():
            base = _dig(self._post("get", {"card_id": str(card_id)}), "card", "member_card", "base_info")
            if reference in str(base.get("custom_url", "")):
                return str(card_id)
        return None

    def find_review(self, card_id: str) -> bool | None:
        """Return whether a card has passed WeChat's check, or None while it is being checked."""
        base = _dig(self._post("get", {"card_id": card_id}), "card", "member_card", "base_info")
        return REVIEWS.get(str(base.get("status")))

    def update(self, card_id: str, design: CardDesign) -> None:
        """Change what may change on a card. Its validity and activation stay."""
        card: dict[str, Any] = {"base_info": _changeable(design), "prerogative": design.privileges}
        if design.cover:
            card["background_pic_url"] = design.cover
        self._post("update", {"card_id": card_id, "member_card": card})

    def set_form(self, card_id: str) -> None:
        """Set the form of a one-click activation: the phone is required, name and birthday are not."""
        fields = {
            "required_form": {"can_modify": False, "common_field_id_list": ["USER_FORM_INFO_FLAG_MOBILE"]},
            "optional_form": {
                "can_modify": True,
                "common_field_id_list": ["USER_FORM_INFO_FLAG_NAME", "USER_FORM_INFO_FLAG_BIRTHDAY"],
            },
        }
        self._post("membercard/activateuserform/set", {"card_id": card_id, **fields})

    def fetch_ticket(self, kind: str = "wx_card") -> tuple[str, int]:
        """Return the ticket that signs cards (`wx_card`) or pages (`jsapi`), and its seconds."""
        response = self._client.get(TICKET_URL, params={"type": kind})
        lasts_s = response.get("expires_in")
        return require_text(response, "ticket"), int(lasts_s) if isinstance(lasts_s, int) else 0

    def decrypt_code(self, encrypted: str) -> str:
        """Return the code of a card from the address of the activation page."""
        return require_text(self._post("code/decrypt", {"encrypt_code": unquote(encrypted)}), "code")

    def read_form(self, ticket: str) -> str:
        """Return the phone of the form that the activation page was opened with, or ""."""
        response = self._post("membercard/activatetempinfo/get", {"activate_ticket": ticket})
        return _find_phone(response.get("info"))

    def read_card(self, card_id: str, code: str) -> CardState:
        """Return what WeChat knows of a card. Fields that the person has not filled in are empty."""
        response = self._post("membercard/userinfo/get", {"card_id": card_id, "code": code})
        state = CARD_STATES.get(str(response.get("user_card_status")), "unknown")
        if state == "active" and response.get("has_active") is not True:
            state = "inactive"
        return CardState(
            state=state,
            fields=CardFields(points=_find_number(response, "bonus"), balance_fen=_find_number(response, "balance")),
            phone=_find_phone(response.get("user_info")), openid=str(response.get("openid") or ""),
        )  # fmt: skip

    def activate(self, card_id: str, code: str, *, number: str, fields: CardFields) -> None:
        """Make a card active for a member, with what it shows."""
        body: dict[str, Any] = {"card_id": card_id, "code": code, "membership_number": number}
        names = (("init_bonus", fields.points), ("init_balance", fields.balance_fen))
        body |= {name: value for name, value in names if value is not None}
        if fields.tier is not None:
            body["init_custom_field_value1"] = fields.tier
        self._post("membercard/activate", body)

    def update_fields(self, card_id: str, code: str, fields: CardFields) -> None:
        """Set what a card shows. The totals replace those before, so a repeat changes nothing."""
        body: dict[str, Any] = {"card_id": card_id, "code": code}
        names = (
            ("bonus", fields.points),
            ("balance", fields.balance_fen),
            ("custom_field_value1", fields.tier),
        )
        body |= {name: value for name, value in names if value is not None}
        self._post("membercard/updateuser", body)

    def withdraw(self, card_id: str, code: str) -> None:
        """Make the card of a person unavailable."""
        self._post("code/unavailable", {"card_id": card_id, "code": code, "reason": "会员已注销"})

    def set_pay_rule(
        self, card_id: str, *, merchant_ids: Sequence[str], from_fen: int, begin: date, end: date
    ) -> str:
        """Offer the card after payments of at least an amount (支付即会员), and return the rule's id."""
        rule = {
            "type": "RULE_TYPE_PAY_MEMBER_CARD",
            "base_info": {
                "mchid_list": list(merchant_ids), "begin_time": _to_timestamp(begin),
                "end_time": _to_timestamp(end) + 86_399,
            },
            "member_rule": {"card_id": card_id, "least_cost": from_fen, "max_cost": 10_000_000},
        }  # fmt: skip
        return str(self._post("paygiftcard/add", {"rule_info": rule}).get("rule_id", ""))

    def delete_pay_rule(self, rule_id: str) -> None:
        """Delete a rule of cards after payments."""
        self._post("paygiftcard/delete", {"rule_id": rule_id})

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        response: dict[str, Any] = self._client.post(BASE + path, data=body)
        return response


def _changeable(design: CardDesign) -> dict[str, Any]:
    """Return the basic fields that may change on an issued card."""
    return {
        "logo_url": design.logo, "title": design.title, "color": design.colour, "notice": design.notice,
        "service_phone": design.service_phone, "description": design.instructions,
        "can_give_friend": design.can_gift, "custom_url_name": "会员中心", "custom_url": design.home_url,
    }  # fmt: skip


def _activation(design: CardDesign) -> dict[str, Any]:
    if design.activation == "auto":
        return {"auto_activate": True}
    jump = {"wx_activate_after_submit": True, "wx_activate_after_submit_url": design.activation_url}
    return {"wx_activate": True, **(jump if design.activation == "jump" else {})}


def _date_info(design: CardDesign) -> dict[str, Any]:
    if design.valid_from and design.valid_until:
        return {
            "type": "DATE_TYPE_FIX_TIME_RANGE", "begin_timestamp": _to_timestamp(design.valid_from),
            "end_timestamp": _to_timestamp(design.valid_until) + 86_399,
        }  # fmt: skip
    if design.valid_days:
        return {"type": "DATE_TYPE_FIX_TERM", "fixed_term": design.valid_days, "fixed_begin_term": 0}
    return {"type": "DATE_TYPE_PERMANENT"}


def _to_timestamp(day: date) -> int:
    return int(datetime.combine(day, time(), SHANGHAI).timestamp())


def _find_number(response: Mapping[str, Any], name: str) -> int | None:
    value = response.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _find_phone(info: Any) -> str:
    rows = info.get("common_field_list") if isinstance(info, dict) else None
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and row.get("name") == "USER_FORM_INFO_FLAG_MOBILE":
            return str(row.get("value") or "")
    return ""


def _dig(value: Any, *names: str) -> dict[str, Any]:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}
