"""Bring card templates to the card packs: pictures, the card, its form, and the rule of cards after a payment.

Each step is recorded, so that a repeat after a lost answer continues where it stopped.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

import structlog

import config
import platform_clients
from platforms.card_answers import CardDesign
from platforms.errors import PlatformError, PlatformRejectedError
from platforms.wechat.errors import TEMPORARY_CODES
from store.core.database import db
from store.core.events import Event
from store.member_cards import pack_templates, template_fields, templates
from store.member_cards.pack_templates import PackTemplate
from store.member_cards.templates import CardTemplate
from store.payments import merchants
from store.tenants import business_days, pictures

log = structlog.get_logger("card_packs")


def submit(event: Event) -> None:
    """Submit a template to its platform, or record why that failed."""
    row = pack_templates.claim(event.properties["pack_template_id"])
    if row is None:
        return
    version = row.template.changed_at
    try:
        row = _submit_wechat(row) if row.platform == "wechat" else _submit_alipay(row)
    except PlatformRejectedError as rejected:
        is_final = rejected.code not in TEMPORARY_CODES
        pack_templates.fail(row, reason=f"{rejected.message}（{rejected.code}）", is_final=is_final)
    except PlatformError as error:
        log.warning("card_template_unknown", platform=row.platform, code=error.code)
        pack_templates.fail(row, reason=error.message, is_final=False)
    else:
        pack_templates.finish(row, version=version)


def _submit_wechat(row: PackTemplate) -> PackTemplate:
    client = platform_clients.wechat_cards_client(row.channel)
    row = _upload_pictures(row, client.upload_picture)
    design = build_design(row)
    if row.platform_id is None:
        # Of a creation whose answer was lost the card is there already.
        found = client.find(design.reference) if row.facts.get("creating") else None
        if found is None:
            row = pack_templates.record_fact(row, creating=True)
            found = client.create(design)
        row = pack_templates.record_created(row, platform_id=found, state="reviewing")
    else:
        client.update(row.platform_id, design)
    if design.activation != "auto" and not row.facts.get("form_set"):
        client.set_form(row.platform_id)
        row = pack_templates.record_fact(row, form_set=True)
    row = _read_review(row)
    return _apply_pay_rule(row)


def _read_review(row: PackTemplate) -> PackTemplate:
    """Ask for the outcome of WeChat's check: its event may have come before the card was known here."""
    if row.state != "reviewing":
        return row
    passed = platform_clients.wechat_cards_client(row.channel).find_review(row.platform_id)
    if passed is not None:
        pack_templates.record_review(
            channel=row.channel, card_id=row.platform_id, passed=passed, reason="微信审核未通过"
        )
    return PackTemplate.get_by_id(row.id)


def _submit_alipay(row: PackTemplate) -> PackTemplate:
    client = platform_clients.alipay_cards_client(row.channel)
    row = _upload_pictures(row, client.upload_picture)
    design, notify_url = (
        build_design(row),
        platform_clients.to_absolute_url(f"/notify/alipay-cards/{row.channel.key}"),
    )
    if row.platform_id is None:
        created = client.create(design, notify_url=notify_url)
        row = pack_templates.record_created(row, platform_id=created, state="waiting")
    else:
        request_id = f"{design.reference}{int(row.template.changed_at.timestamp() * 1000)}"
        client.update(row.platform_id, design, request_id=request_id, notify_url=notify_url)
    if not row.facts.get("form_set"):
        client.set_form(row.platform_id)
        row = pack_templates.record_fact(row, form_set=True)
    if not row.facts.get("apply_url"):
        callback = platform_clients.to_absolute_url(f"/m/card/opening/{row.channel.key}")
        url = client.apply_url(row.platform_id, callback=callback, reference=design.reference)
        row = pack_templates.record_fact(row, apply_url=url)
    return pack_templates.make_live(row)


def build_design(row: PackTemplate) -> CardDesign:
    """Return the design of a template for its platform. Requires the uploaded pictures."""
    design: CardTemplate = row.template
    key = row.channel.key
    return CardDesign(
        reference=design.public_id, title=design.title, brand=design.brand, colour=design.colour,
        colour_code=template_fields.COLOURS[design.colour], logo=row.facts["logo"], cover=row.facts.get("cover", ""),
        privileges=design.privileges, instructions=design.instructions, notice=design.notice,
        service_phone=design.service_phone, shown=tuple(design.shown), activation=design.activation,
        home_url=platform_clients.to_absolute_url(f"/m/card?a={key}&card={design.public_id}"),
        activation_url=platform_clients.to_absolute_url(f"/m/card/activation/{key}"),
        valid_from=design.valid_from, valid_until=design.valid_until, valid_days=design.valid_days,
        can_gift=design.can_gift,
    )  # fmt: skip


def _upload_pictures(row: PackTemplate, upload: Callable[[bytes, str], str]) -> PackTemplate:
    """Upload the pictures that the platform has not."""
    for name in ("logo", "cover"):
        url = getattr(row.template, f"{name}_url")
        if not url or row.facts.get(f"{name}_source") == url:
            continue
        file_name = urlsplit(url).path.rpartition("/")[2]
        path = pictures.path_of(db.current_tenant(), file_name, var=config.current().var)
        try:
            content = path.read_bytes()
        except OSError:
            raise PlatformRejectedError("own", "picture", "图片文件已丢失，请重新上传") from None
        row = pack_templates.record_fact(row, **{name: upload(content, file_name), f"{name}_source": url})
    return row


def _apply_pay_rule(row: PackTemplate) -> PackTemplate:
    """Bring the rule of cards after a payment to WeChat. A changed one replaces the one before."""
    design, today = row.template, business_days.today()
    wanted = f"{design.pay_from_fen}:{design.pay_until}" if templates.is_pay_rule_open(design, today) else ""
    if row.facts.get("pay_rule_terms", "") == wanted:
        return row
    client = platform_clients.wechat_cards_client(row.channel)
    if row.facts.get("pay_rule_id"):
        client.delete_pay_rule(row.facts["pay_rule_id"])
        row = pack_templates.record_fact(row, pay_rule_id="", pay_rule_terms="")
    if not wanted:
        return row
    numbers = sorted({one.merchant_id for one in merchants.list_merchants() if one.platform == "wechat_pay"})
    if not numbers:
        raise PlatformRejectedError("own", "merchant", "支付后领卡需要先添加微信支付商户号")
    rule_id = client.set_pay_rule(
        row.platform_id, merchant_ids=numbers, from_fen=design.pay_from_fen, begin=today, end=design.pay_until
    )
    return pack_templates.record_fact(row, pay_rule_id=rule_id, pay_rule_terms=wanted)
