"""Card templates (会员卡): how the member card of a programme looks and what it shows, in our pages and in card packs.

draft → active → retired. A programme has one active template. What is changed on an active one is brought to the
platforms; cards that were issued keep their validity there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import peewee

from store.core import clock, errors, ids, listing
from store.core.database import db
from store.core.database.fields import DateField, JsonField, UtcDateTimeField
from store.core.database.models import Model
from store.core.listing import Page
from store.customers import programmes
from store.customers.programmes import Programme
from store.member_cards import template_fields
from store.tenants import audit

STATES = {"draft": "草稿", "active": "使用中", "retired": "已停用"}
PLATFORMS = {"wechat": "微信卡包", "alipay": "支付宝卡包"}
FIELDS = {"points": "积分", "balance": "余额", "tier": "等级"}


class CardTemplate(Model):
    """`shown` names the fields on the card, `platforms` the packs in which it is issued.

    `activation` is how a card of WeChat becomes active. `pay_from_fen` is the payment after which WeChat offers the
    card (支付即会员), until `pay_until`.
    """

    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public_id("ctp_"))
    programme = peewee.ForeignKeyField(Programme)
    title = peewee.CharField(max_length=9)
    brand = peewee.CharField(max_length=12)
    colour = peewee.CharField(max_length=10)
    logo_url = peewee.CharField(max_length=200)
    cover_url = peewee.CharField(max_length=200, default="")
    privileges = peewee.CharField(max_length=1000)
    instructions = peewee.CharField(max_length=1000)
    notice = peewee.CharField(max_length=16)
    service_phone = peewee.CharField(max_length=24, default="")
    validity = peewee.CharField(
        max_length=10, default="permanent",
        constraints=[peewee.Check(f"validity IN {tuple(template_fields.VALIDITIES)}")],
    )  # fmt: skip
    valid_from = DateField(null=True)
    valid_until = DateField(null=True)
    valid_days = peewee.IntegerField(null=True)
    shown = JsonField(default=list)
    platforms = JsonField(default=list)
    activation = peewee.CharField(
        max_length=10, default="one_click",
        constraints=[peewee.Check(f"activation IN {tuple(template_fields.ACTIVATIONS)}")],
    )  # fmt: skip
    can_gift = peewee.BooleanField(default=False)
    pay_from_fen = peewee.BigIntegerField(null=True)
    pay_until = DateField(null=True)
    state = peewee.CharField(
        max_length=10, default="draft", constraints=[peewee.Check(f"state IN {tuple(STATES)}")]
    )
    created_at = UtcDateTimeField(default=clock.now)
    changed_at = UtcDateTimeField(default=clock.now)


CardTemplate.add_index(
    CardTemplate.index(CardTemplate.programme, unique=True, name="card_template_active").where(
        peewee.SQL("state = 'active'")
    )
)


@dataclass(frozen=True)
class TemplateFilter:
    """`search` is a part of the title."""

    search: str = ""
    state: str | None = None


@db.transactional
def add(
    *, programme: Programme | None = None, activations: tuple[str, ...] = ("one_click",), **values: Any
) -> CardTemplate:
    """Add a draft. Raises DomainError(invalid).

    WeChat allows one of the activations only, so several are rejected with what to drop.
    """
    programme = programme or programmes.get_default()
    checked = template_fields.check(
        {**values, "activation": template_fields.check_activations(activations)}, today=clock.now().date()
    )
    row = CardTemplate.create(programme=programme, **checked)
    audit.record("card_templates.add", f"card_template:{row.public_id}", after=_to_audit(checked))
    return row


@db.transactional
def change(*, public_id: str, activations: tuple[str, ...] | None = None, **values: Any) -> CardTemplate:
    """Change a template, also an active one. Idempotent. Raises DomainError(not_found, invalid, card_template_state).

    WeChat keeps the activation of a card for ever, so it is changed in a draft only.
    """
    row = lock(public_id)
    if row.state == "retired":
        raise errors.DomainError("card_template_state", "已停用的会员卡不能修改", 409)
    activation = template_fields.check_activations(activations) if activations is not None else row.activation
    if row.state != "draft" and activation != row.activation:
        raise errors.DomainError("card_template_state", "启用后不能更换激活方式，请新建会员卡", 409)
    before = {name: getattr(row, name) for name in template_fields.NAMES}
    after = template_fields.check(
        {**before, **values, "activation": activation}, today=clock.now().date(), before=before
    )
    if after == before:
        return row
    if row.state == "active" and not set(before["platforms"]) <= set(after["platforms"]):
        raise errors.invalid("platforms", "启用后不能取消已选的卡包，请停用会员卡")
    row.update_fields(**after, changed_at=clock.now())
    changed = {name for name in after if after[name] != before[name]}
    audit.record(
        "card_templates.change", f"card_template:{row.public_id}",
        before=_to_audit({name: before[name] for name in changed}),
        after=_to_audit({name: after[name] for name in changed}),
    )  # fmt: skip
    return row


def lock(public_id: str) -> CardTemplate:
    """Lock a template until the transaction ends. Raises DomainError(not_found)."""
    row = CardTemplate.find(public_id=public_id, lock=True)
    if row is None:
        raise errors.not_found("该会员卡")
    return row


def get(public_id: str) -> CardTemplate:
    """Return a template. Raises DomainError(not_found)."""
    row = CardTemplate.find(public_id=public_id)
    if row is None:
        raise errors.not_found("该会员卡")
    return row


def find_active(programme_id: int) -> CardTemplate | None:
    """Return the active template of a programme, or None."""
    return CardTemplate.find(programme=programme_id, state="active")


def list_page(criteria: TemplateFilter, page: Page) -> tuple[list[CardTemplate], int]:
    """Return a page of templates and the number of all."""
    query = CardTemplate.select(CardTemplate, Programme).join(Programme)
    if criteria.search:
        query = query.where(CardTemplate.title.contains(criteria.search))
    if criteria.state:
        query = query.where(CardTemplate.state == criteria.state)
    sorts = {"title": CardTemplate.title, "changed_at": CardTemplate.changed_at}
    return listing.read_page(query, page, sorts=sorts, default="-changed_at", id_field=CardTemplate.id)


def is_pay_rule_open(row: CardTemplate, day: date) -> bool:
    """Return whether WeChat offers the card after a payment on a day."""
    return row.pay_from_fen is not None and row.pay_until is not None and day <= row.pay_until


def _to_audit(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, date) else value for name, value in values.items()}
