"""The card methods of Alipay's gateway: from the content of a request to the fields of its response."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from sandbox.alipay_cards import INVALID, AlipayCards, require_open_card
from sandbox.alipay_methods import SUCCESS, Call
from sandbox.alipay_trades import AlipayError, to_text, to_yuan


def upload_picture(call: Call) -> dict[str, Any]:
    """Keep a picture."""
    if not call.parameters.get("image_type") or not call.parameters.get("image_name"):
        raise INVALID
    return {**SUCCESS, "image_id": f"img{call.parameters['image_name'][:20]}", "image_url": ""}


def create_template(call: Call) -> dict[str, Any]:
    """Create a card template."""
    content = _parse(call)
    if not content.get("request_id") or content.get("card_type") != "OUT_MEMBER_CARD":
        raise INVALID
    row = _cards(call).add_template(call.app, content, notify_url=call.notify_url)
    return {**SUCCESS, "template_id": row.template_id}


def change_template(call: Call) -> dict[str, Any]:
    """Change a card template."""
    row = _cards(call).change_template(call.app, _parse(call), notify_url=call.notify_url)
    return {**SUCCESS, "template_id": row.template_id}


def set_form(call: Call) -> dict[str, Any]:
    """Set the form of a template."""
    content = _parse(call)
    row = _cards(call).get_template(call.app, content.get("template_id"))
    if "required" not in content.get("fields", {}):
        raise INVALID
    row.has_form = True
    return SUCCESS


def apply_url(call: Call) -> dict[str, Any]:
    """Return the address at which people open a card."""
    content = _parse(call)
    row = _cards(call).get_template(call.app, content.get("template_id"))
    if not row.has_form:
        raise AlipayError("FORM_NOT_EXIST", "请先配置表单")
    row.callback, row.out_string = str(content.get("callback", "")), str(content.get("out_string", ""))
    url = f"https://memberprod.alipay.com/card/apply?template_id={row.template_id}"
    return {**SUCCESS, "apply_card_url": quote(url, safe="")}


def query_form(call: Call) -> dict[str, Any]:
    """Return what a person has filled in."""
    infos = _cards(call).read_form(call.app, _parse(call), call.parameters.get("auth_token", ""))
    return {**SUCCESS, "infos": json.dumps(infos, ensure_ascii=False)}


def open_card(call: Call) -> dict[str, Any]:
    """Open a card for a person."""
    card = _cards(call).open(call.app, _parse(call), call.parameters.get("auth_token", ""))
    return {**SUCCESS, "card_info": {"biz_card_no": card.code, "external_card_no": card.number}}


def update_card(call: Call) -> dict[str, Any]:
    """Set what a card shows."""
    content = _parse(call)
    card = require_open_card(_cards(call).get_card(call.app, content))
    if not content.get("occur_time"):
        raise INVALID
    _cards(call).set_fields(card, content.get("card_info", {}))
    return {**SUCCESS, "result_code": "SUCCESS"}


def query_card(call: Call) -> dict[str, Any]:
    """Return a card. One that is not in the pack has no address."""
    card = _cards(call).get_card(call.app, _parse(call))
    info = {"biz_card_no": card.code, "external_card_no": card.number, "open_date": to_text(0)}
    shown = card.fields
    info |= {"point": str(shown["points"])} if "points" in shown else {}
    info |= {"balance": to_yuan(shown["balance_fen"])} if "balance_fen" in shown else {}
    info |= {"level": shown["tier"]} if "tier" in shown else {}
    schema = (
        f"alipays://platformapi/startapp?appId=20000021&cardNo={card.code}" if card.state == "NORMAL" else ""
    )
    return {**SUCCESS, "card_info": info, "schema_url": schema}


def delete_card(call: Call) -> dict[str, Any]:
    """Delete a card. Idempotent."""
    content = _parse(call)
    if not content.get("out_serial_no") or content.get("reason_code") not in ("CANCEL", "PRESENT"):
        raise INVALID
    _cards(call).delete(_cards(call).get_card(call.app, content))
    return {**SUCCESS, "biz_serial_no": content["out_serial_no"]}


def _cards(call: Call) -> AlipayCards:
    assert call.cards is not None
    return call.cards


def _parse(call: Call) -> dict[str, Any]:
    try:
        content = json.loads(call.content or "{}")
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise INVALID
    return content


CARD_METHODS: dict[str, Callable[[Call], dict[str, Any]]] = {
    "alipay.offline.material.image.upload": upload_picture,
    "alipay.marketing.card.template.create": create_template,
    "alipay.marketing.card.template.modify": change_template,
    "alipay.marketing.card.formtemplate.set": set_form,
    "alipay.marketing.card.activateurl.apply": apply_url,
    "alipay.marketing.card.activateform.query": query_form,
    "alipay.marketing.card.open": open_card,
    "alipay.marketing.card.update": update_card,
    "alipay.marketing.card.query": query_card,
    "alipay.marketing.card.delete": delete_card,
}
