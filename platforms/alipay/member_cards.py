"""Member cards of Alipay's card pack: templates, the form that opens a card, and what a card shows.

A person opens the application URL, fills in the form, and comes back with a code and the number of the request. The
token of that code works twice: for the form, and for opening the card.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import unquote

from platforms.alipay import notices, transport
from platforms.alipay.amounts import parse_yuan, to_beijing_text
from platforms.alipay.credentials import AlipayCredentials
from platforms.alipay.person import AlipayPerson
from platforms.alipay.sdk import InvalidKeyError, Sdk, load_sdk
from platforms.alipay.transport import PLATFORM, Response
from platforms.card_answers import CardDesign, CardFields, CardState
from platforms.errors import OutcomeUnknownError, PlatformRejectedError
from platforms.http import PlatformSession

BIZ_CARD = "BIZ_CARD"
PHONE_FIELD = "OPEN_FORM_FIELD_MOBILE"
OPTIONAL_FIELDS = ("OPEN_FORM_FIELD_NAME", "OPEN_FORM_FIELD_BIRTHDAY")
COLUMNS = {"points": ("POINT", "积分"), "balance": ("BALANCE", "余额"), "tier": ("LEVEL", "等级")}
RULES = {"points": "Point", "balance": "Balance", "tier": "Level"}
MAX_TEXT = 200
SUFFIX_LENGTH = "10"
ENDLESS = date(2099, 12, 31)


@dataclass(frozen=True)
class CardToken:
    """The person of a code, and the token that reads the form and opens the card."""

    person: AlipayPerson
    token: str = field(repr=False)


class AlipayMemberCards:
    """The member cards of an Alipay application.

    Every method raises PlatformRejectedError if the platform did nothing, and OutcomeUnknownError if it may have done
    something.
    """

    def __init__(self, credentials: AlipayCredentials, http: PlatformSession) -> None:
        self._credentials = credentials
        self._http = http

    def upload_picture(self, content: bytes, name: str) -> str:
        """Send a picture and return its id at Alipay."""
        suffix = name.rpartition(".")[2]
        response = transport.upload(
            self._sdk, self._http, "alipay.offline.material.image.upload", field="image_content", content=content,
            name=name, image_type=suffix, image_name=name,
        )  # fmt: skip
        return _require(_ensure_success(response), "image_id")

    def create(self, design: CardDesign, *, notify_url: str) -> str:
        """Create a template and return its id. Idempotent by the reference of the design."""
        content = {
            **_template(design), "request_id": design.reference, "card_type": "OUT_MEMBER_CARD",
            "biz_no_prefix": "xe", "biz_no_suffix_len": SUFFIX_LENGTH, "write_off_type": "none",
        }  # fmt: skip
        return _require(
            self._call("alipay.marketing.card.template.create", content, notify_url=notify_url), "template_id"
        )

    def update(self, template_id: str, design: CardDesign, *, request_id: str, notify_url: str) -> None:
        """Change the design of a template. Phones show it after a restart of the app."""
        content = {
            **_template(design), "request_id": request_id, "template_id": template_id, "write_off_type": "none",
            "biz_no_suffix_len": SUFFIX_LENGTH,
        }  # fmt: skip
        self._call("alipay.marketing.card.template.modify", content, notify_url=notify_url)

    def set_form(self, template_id: str) -> None:
        """Set the form: the phone is required. Once for each template: members would see the form again."""
        fields = {
            "required": json.dumps({"common_fields": [PHONE_FIELD]}),
            "optional": json.dumps({"common_fields": list(OPTIONAL_FIELDS)}),
        }
        self._call("alipay.marketing.card.formtemplate.set", {"template_id": template_id, "fields": fields})

    def apply_url(self, template_id: str, *, callback: str, reference: str) -> str:
        """Return the address at which people open a card. Once for each template, like `set_form`."""
        content = {"template_id": template_id, "out_string": reference, "callback": callback}
        url = _require(self._call("alipay.marketing.card.activateurl.apply", content), "apply_card_url")
        return self._http.rewrite_url(unquote(url))

    def exchange_code(self, code: str) -> CardToken:
        """Return who filled in the form. Raises PlatformRejectedError for a used or unknown code."""
        response = transport.call(
            self._sdk, self._http, "alipay.system.oauth.token", {}, grant_type="authorization_code", code=code
        )
        if response.code and not response.is_success:
            raise transport.to_error(response)
        person = AlipayPerson(response.text("user_id"), response.text("open_id"))
        return CardToken(person, _require(response, "access_token"))

    def read_form(self, template_id: str, *, request_id: str, token: str) -> str:
        """Return the phone of a form, or "" if it has none."""
        content = {"biz_type": "MEMBER_CARD", "template_id": template_id, "request_id": request_id}
        response = self._call("alipay.marketing.card.activateform.query", content, auth_token=token)
        try:
            infos = json.loads(response.text("infos") or "{}")
        except ValueError:
            infos = {}
        return str(infos.get(PHONE_FIELD) or "") if isinstance(infos, dict) else ""

    def open_card(
        self, template_id: str, *, number: str, card_number: str, person_id: str, token: str, fields: CardFields,
        opened_at: datetime, valid_until: date | None,
    ) -> str:  # fmt: skip
        """Open a card for a person and return its number at Alipay. Idempotent by `number`."""
        end = valid_until or ENDLESS
        content = {
            "out_serial_no": number, "card_template_id": template_id,
            "card_user_info": {"user_uni_id": person_id, "user_uni_id_type": _id_type(person_id)},
            "card_ext_info": {
                "external_card_no": card_number, "open_date": to_beijing_text(opened_at),
                "valid_date": f"{end.isoformat()} 23:59:59", **_to_card(fields),
            },
        }  # fmt: skip
        response = self._call("alipay.marketing.card.open", content, auth_token=token)
        return _require_number(response)

    def update_fields(self, card_no: str, fields: CardFields, *, at: datetime) -> None:
        """Set what a card shows. The totals replace those before, so a repeat changes nothing."""
        content = {
            "target_card_no": card_no,
            "target_card_no_type": BIZ_CARD,
            "occur_time": to_beijing_text(at),
            "card_info": _to_card(fields),
        }
        self._call("alipay.marketing.card.update", content)

    def read_card(self, card_no: str) -> CardState:
        """Return what Alipay knows of a card. One without an address is not in the pack of the person."""
        response = self._call(
            "alipay.marketing.card.query", {"target_card_no": card_no, "target_card_no_type": BIZ_CARD}
        )
        info = response.body.get("card_info")
        card = info if isinstance(info, dict) else {}
        points = str(card.get("point") or "")
        return CardState(
            state="active" if response.text("schema_url") else "deleted",
            fields=CardFields(
                points=int(points) if points.isascii() and points.isdigit() else None,
                balance_fen=parse_yuan(card.get("balance")), tier=str(card["level"]) if card.get("level") else None,
            ),
        )  # fmt: skip

    def delete(self, card_no: str, *, number: str) -> None:
        """Delete a card for good. Idempotent by `number`."""
        content = {
            "out_serial_no": number,
            "target_card_no": card_no,
            "target_card_no_type": BIZ_CARD,
            "reason_code": "CANCEL",
        }
        self._call("alipay.marketing.card.delete", content)

    def verify_notice(self, form: Mapping[str, str]) -> None:
        """Check the signature of a notice. Raises NoticeRejectedError."""
        notices.verify(self._sdk, form)

    @property
    def _sdk(self) -> Sdk:
        try:
            return load_sdk(self._credentials)
        except InvalidKeyError as error:
            raise PlatformRejectedError(PLATFORM, str(error), "支付宝密钥无法读取") from None

    def _call(self, method: str, content: Mapping[str, Any], **options: str) -> Response:
        return _ensure_success(transport.call(self._sdk, self._http, method, content, **options))


def _template(design: CardDesign) -> dict[str, Any]:
    shown = [name for name in COLUMNS if name in design.shown]
    return {
        "template_style_info": {
            "card_show_name": design.title, "logo_id": design.logo, "background_id": design.cover,
            "bg_color": design.colour_code, "brand_name": design.brand,
        },
        "column_info_list": [
            *({"code": COLUMNS[name][0], "title": COLUMNS[name][1]} for name in shown),
            {
                "code": "BENEFIT_INFO", "title": "会员特权", "value": design.privileges[:MAX_TEXT],
                "more_info": {"title": "会员特权", "desc": design.instructions[:MAX_TEXT]},
            },
        ],
        "field_rule_list": [
            {"field_name": RULES[name], "rule_name": "ASSIGN_FROM_REQUEST", "rule_value": RULES[name]} for name in shown
        ],
        "card_action_list": [{"code": "HOME", "text": "会员中心", "url": design.home_url}],
    }  # fmt: skip


def _to_card(fields: CardFields) -> dict[str, str]:
    card = {}
    if fields.points is not None:
        card["point"] = str(fields.points)
    if fields.balance_fen is not None:
        card["balance"] = f"{fields.balance_fen // 100}.{fields.balance_fen % 100:02d}"
    if fields.tier is not None:
        card["level"] = fields.tier
    return card


def _id_type(person_id: str) -> str:
    return "UID" if person_id.startswith("2088") and len(person_id) == 16 else "OPEN_ID"


def _ensure_success(response: Response) -> Response:
    if not response.is_success:
        raise transport.to_error(response)
    return response


def _require(response: Response, name: str) -> str:
    value = response.text(name)
    if not value:
        raise OutcomeUnknownError(PLATFORM, "unreadable", f"支付宝应答里没有 {name}")
    return value


def _require_number(response: Response) -> str:
    info = response.body.get("card_info")
    number = str(info.get("biz_card_no") or "") if isinstance(info, dict) else ""
    if not number:
        raise OutcomeUnknownError(PLATFORM, "unreadable", "支付宝应答里没有卡号")
    return number
