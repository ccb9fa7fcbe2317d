"""The platform routes of WeChat's member cards."""

from typing import Any

from flask import Blueprint, request

from sandbox.errors import WeChatError
from sandbox.held_cards import HeldCard
from sandbox.routes.request_context import platform_payload, require_official_account, sandbox_state
from sandbox.wechat_cards import TICKET_LIFETIME_S, WRONG_FIELD

member_cards = Blueprint("member_cards", __name__)
OK = {"errcode": 0, "errmsg": "ok"}
NAMES = {"bonus": "points", "balance": "balance_fen", "custom_field_value1": "tier"}


@member_cards.get("/cgi-bin/ticket/getticket")
def get_ticket() -> dict[str, Any]:
    ticket = sandbox_state().wechat_cards.ticket(require_official_account(), request.args.get("type", ""))
    return {**OK, "ticket": ticket, "expires_in": TICKET_LIFETIME_S}


@member_cards.post("/cgi-bin/media/uploadimg")
def upload_picture() -> dict[str, Any]:
    account = require_official_account()
    given = request.files.get("buffer")
    if given is None or not given.read(8):
        raise WeChatError(41005)
    return {"url": f"http://mmbiz.qpic.cn/mmbiz/{account.appid}/{given.filename}"}


@member_cards.post("/card/create")
def create_card() -> dict[str, Any]:
    account, card = require_official_account(), platform_payload().get("card")
    if not isinstance(card, dict):
        raise WeChatError(WRONG_FIELD)
    return {**OK, "card_id": sandbox_state().wechat_cards.create(account, card).card_id}


@member_cards.post("/card/update")
def update_card() -> dict[str, Any]:
    account, payload = require_official_account(), platform_payload()
    row, changes = (
        sandbox_state().wechat_cards.get_type(account, payload.get("card_id")),
        payload.get("member_card"),
    )
    if not isinstance(changes, dict) or "date_info" in changes.get("base_info", {}):
        raise WeChatError(WRONG_FIELD)
    row.base.update(changes.pop("base_info", {}))
    row.body.update(changes)
    return {**OK, "send_check": False}


@member_cards.post("/card/batchget")
def list_cards() -> dict[str, Any]:
    account, payload = require_official_account(), platform_payload()
    wanted = payload.get("status_list") or []
    rows = [
        row for row in sandbox_state().wechat_cards.list_types(account) if not wanted or row.status in wanted
    ]
    start = int(payload.get("offset", 0))
    some = rows[start : start + int(payload.get("count", 50))]
    return {**OK, "card_id_list": [row.card_id for row in some], "total_num": len(rows)}


@member_cards.post("/card/get")
def get_card() -> dict[str, Any]:
    row = sandbox_state().wechat_cards.get_type(require_official_account(), platform_payload().get("card_id"))
    base = {**row.base, "id": row.card_id, "status": row.status}
    return {**OK, "card": {"card_type": "MEMBER_CARD", "member_card": {**row.body, "base_info": base}}}


@member_cards.post("/card/membercard/activateuserform/set")
def set_form() -> dict[str, Any]:
    account, payload = require_official_account(), platform_payload()
    row = sandbox_state().wechat_cards.get_type(account, payload.get("card_id"))
    if not row.body.get("wx_activate") or not isinstance(payload.get("required_form"), dict):
        raise WeChatError(WRONG_FIELD)
    row.has_form = True
    return OK


@member_cards.post("/card/membercard/activatetempinfo/get")
def get_form() -> dict[str, Any]:
    require_official_account()
    phone = sandbox_state().wechat_cards.find_form(platform_payload().get("activate_ticket"))
    return {**OK, "info": _to_info(phone)}


@member_cards.post("/card/code/decrypt")
def decrypt_code() -> dict[str, Any]:
    require_official_account()
    return {**OK, "code": sandbox_state().wechat_cards.find_form(platform_payload().get("encrypt_code"))}


@member_cards.post("/card/membercard/activate")
def activate_card() -> dict[str, Any]:
    account, payload = require_official_account(), platform_payload()
    card = sandbox_state().wechat_cards.get_usable(account, payload.get("card_id"), payload.get("code"))
    if not payload.get("membership_number"):
        raise WeChatError(WRONG_FIELD)
    if card.is_active:
        raise WeChatError(WRONG_FIELD)  # the platform takes an activation once
    _set_fields(card, {name.removeprefix("init_"): value for name, value in payload.items()})
    card.is_active, card.number = True, str(payload["membership_number"])
    return OK


@member_cards.post("/card/membercard/updateuser")
def update_fields() -> dict[str, Any]:
    account, payload = require_official_account(), platform_payload()
    card = sandbox_state().wechat_cards.get_usable(account, payload.get("card_id"), payload.get("code"))
    before = dict(card.fields)
    _set_fields(card, payload)
    if card.is_active:
        changed = {
            name: (card.fields.get(key) or 0) - (before.get(key) or 0)
            for name, key in (("ModifyBonus", "points"), ("ModifyBalance", "balance_fen"))
        }
        if any(changed.values()):
            sandbox_state().wechat_cards.report("update_member_card", card, **changed)
    return {
        **OK, "result_bonus": card.fields.get("points", 0), "result_balance": card.fields.get("balance_fen", 0),
        "openid": _openid(card),
    }  # fmt: skip


@member_cards.post("/card/membercard/userinfo/get")
def get_holder() -> dict[str, Any]:
    account, payload = require_official_account(), platform_payload()
    card = sandbox_state().wechat_cards.get_held(account, payload.get("card_id"), payload.get("code"))
    return {
        **OK, "openid": _openid(card), "membership_number": card.number, "bonus": card.fields.get("points", 0),
        "balance": card.fields.get("balance_fen", 0), "user_info": _to_info(card.phone),
        "user_card_status": card.state, "has_active": card.is_active,
    }  # fmt: skip


@member_cards.post("/card/code/unavailable")
def withdraw_card() -> dict[str, Any]:
    account, payload = require_official_account(), platform_payload()
    sandbox_state().wechat_cards.get_usable(
        account, payload.get("card_id"), payload.get("code")
    ).state = "UNAVAILABLE"
    return OK


@member_cards.post("/card/paygiftcard/add")
def add_pay_rule() -> dict[str, Any]:
    account, rule = require_official_account(), platform_payload().get("rule_info")
    if not isinstance(rule, dict) or rule.get("type") != "RULE_TYPE_PAY_MEMBER_CARD":
        raise WeChatError(WRONG_FIELD)
    row = sandbox_state().wechat_cards.get_type(account, rule.get("member_rule", {}).get("card_id"))
    rule_id = str(100 + len(row.rules))
    row.rules[rule_id] = rule
    return {
        **OK,
        "rule_id": int(rule_id),
        "fail_mchid_list": [],
        "succ_mchid_list": rule["base_info"]["mchid_list"],
    }


@member_cards.post("/card/paygiftcard/delete")
def delete_pay_rule() -> dict[str, Any]:
    account, rule_id = require_official_account(), str(platform_payload().get("rule_id"))
    for row in sandbox_state().wechat_cards.list_types(account):
        row.rules.pop(rule_id, None)
    return OK


def _set_fields(card: HeldCard, payload: dict[str, Any]) -> None:
    for name, key in NAMES.items():
        if name in payload:
            card.fields[key] = payload[name]


def _openid(card: HeldCard) -> str:
    state = sandbox_state()
    return state.people.get(card.person_id).openid_at(state.accounts.get(card.app_id))


def _to_info(phone: str) -> dict[str, Any]:
    rows = [{"name": "USER_FORM_INFO_FLAG_MOBILE", "value": phone}] if phone else []
    return {"common_field_list": rows, "custom_field_list": []}
