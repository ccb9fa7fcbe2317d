"""Pack templates: a card template on one platform, with what the platform knows of it.

waiting → reviewing (WeChat checks a new card) → live, or rejected; withdrawn with the template. A row that is due is
brought to the platform by a task, which records each step, so that a repeat continues where it stopped.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import peewee

from store.core import clock, errors, events
from store.core.database import db
from store.core.database.fields import EncryptedField, JsonField, UtcDateTimeField
from store.core.database.models import Model
from store.member_cards import templates
from store.member_cards.templates import CardTemplate
from store.tenants import audit, channels
from store.tenants.channels import Channel

STATES = {
    "waiting": "待提交", "reviewing": "审核中", "live": "已上线", "rejected": "未通过", "withdrawn": "已停用",
}  # fmt: skip
CHANNEL_KINDS = {"wechat": "wechat_official", "alipay": "alipay"}
LEASE = timedelta(seconds=60)
_BACKOFF_S = (5, 30, 120, 600, 3600)


class PackTemplate(Model):
    """`platform_id` is the card_id of WeChat or the template_id of Alipay.

    `facts` hold what earlier steps brought: addresses of uploaded pictures, the application URL, the pay rule.
    `shown_version` is the content that the platform has. `form_key` is the last part of the address to which Alipay
    sends who filled in the form.
    """

    template = peewee.ForeignKeyField(CardTemplate, backref="packs", index=False)
    platform = peewee.CharField(
        max_length=10, constraints=[peewee.Check(f"platform IN {tuple(templates.PLATFORMS)}")]
    )
    channel = peewee.ForeignKeyField(Channel)
    platform_id = peewee.CharField(max_length=64, null=True)
    state = peewee.CharField(
        max_length=10, default="waiting", constraints=[peewee.Check(f"state IN {tuple(STATES)}")]
    )
    facts = JsonField(default=dict)
    shown_version = UtcDateTimeField(null=True)
    due_at = UtcDateTimeField(null=True, index=True)
    attempts = peewee.IntegerField(default=0)
    problem = peewee.CharField(max_length=300, default="")
    tickets = EncryptedField(context="pack_template.tickets", null=True)
    tickets_end_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("template", "platform"), True), (("platform", "platform_id"), True))


@db.transactional
def activate(*, public_id: str) -> CardTemplate:
    """Publish a draft in place of the active one, and submit it to its platforms. Idempotent.

    Raises DomainError(not_found, card_template_state, channel_missing).
    """
    row = templates.lock(public_id)
    if row.state == "active":
        return row
    if row.state == "retired":
        raise errors.DomainError("card_template_state", "已停用的会员卡不能再启用", 409)
    db.advisory_lock(f"card_templates:{row.programme_id}")
    before = templates.find_active(row.programme_id)
    if before is not None:
        retire(public_id=before.public_id)
    row.update_fields(state="active", changed_at=clock.now())
    _submit(row)
    audit.record("card_templates.activate", f"card_template:{row.public_id}")
    return row


@db.transactional
def submit_changes(*, public_id: str) -> None:
    """Submit an active template that has changed to its platforms, also to one that was added."""
    row = templates.lock(public_id)
    if row.state == "active":
        _submit(row)


@db.transactional
def retire(*, public_id: str) -> CardTemplate:
    """End a template: no new card is issued. Cards in packs stay and are kept up to date. Idempotent."""
    row = templates.lock(public_id)
    if row.state == "retired":
        return row
    row.update_fields(state="retired", changed_at=clock.now())
    for pack in list_for(row):
        pack.update_fields(state="withdrawn", due_at=None)
    audit.record("card_templates.retire", f"card_template:{row.public_id}")
    return row


@db.transactional
def retry(*, public_id: str, platform: str) -> PackTemplate:
    """Submit a template to a platform again after a problem. Raises DomainError(not_found, card_template_state)."""
    template = templates.lock(public_id)
    row = PackTemplate.find(template=template.id, platform=platform, lock=True)
    if row is None:
        raise errors.not_found("该卡包")
    if template.state != "active":
        raise errors.DomainError("card_template_state", "会员卡没有启用", 409)
    audit.record("card_templates.retry", f"card_template:{template.public_id}", after={"platform": platform})
    row.update_fields(state="waiting" if row.state == "rejected" else row.state, attempts=0)
    request(row)
    return row


def request(row: PackTemplate) -> None:
    """Make a row due and record the event whose subscriber submits it. Requires a transaction."""
    row.update_fields(due_at=clock.now(), problem="")
    events.record("card_templates.due", pack_template_id=row.id)


@db.transactional
def claim(pack_template_id: int) -> PackTemplate | None:
    """Claim a due row under a lease, or return None if another process has it or nothing is to do."""
    row = PackTemplate.find(id=pack_template_id, lock=True)
    now = clock.now()
    if row is None or row.due_at is None or row.due_at > now or row.template.state != "active":
        return None
    row.update_fields(due_at=now + LEASE, attempts=row.attempts + 1)
    return row


@db.transactional
def record_fact(row: PackTemplate, **facts: Any) -> PackTemplate:
    """Record what one step brought, so that a repeat does not execute it again."""
    current = _lock_row(row.id)
    current.update_fields(facts={**current.facts, **facts})
    return current


@db.transactional
def record_created(row: PackTemplate, *, platform_id: str, state: str) -> PackTemplate:
    """Record the platform's number of a template. Idempotent."""
    current = _lock_row(row.id)
    if current.platform_id is None:
        current.update_fields(platform_id=platform_id, state=state)
    return current


@db.transactional
def make_live(row: PackTemplate) -> PackTemplate:
    """Record that a platform without a review issues the card. Idempotent."""
    current = _lock_row(row.id)
    if current.state == "waiting":
        current.update_fields(state="live")
    return current


@db.transactional
def finish(row: PackTemplate, *, version: datetime) -> PackTemplate:
    """Record that the platform has the content of a version. A newer one stays due."""
    current = _lock_row(row.id)
    template = CardTemplate.get_by_id(current.template_id)
    is_newest = template.changed_at == version
    current.update_fields(
        shown_version=version, due_at=None if is_newest else clock.now(), attempts=0, problem=""
    )
    if not is_newest:
        events.record("card_templates.due", pack_template_id=current.id)
    return current


@db.transactional
def fail(row: PackTemplate, *, reason: str, is_final: bool) -> PackTemplate:
    """Record a failed step: it is tried again later, or waits for staff if the platform rejects it for good."""
    current = _lock_row(row.id)
    delay_s = _BACKOFF_S[min(current.attempts, len(_BACKOFF_S)) - 1]
    due_at = None if is_final else clock.now() + timedelta(seconds=delay_s)
    current.update_fields(due_at=due_at, problem=reason[:300])
    return current


@db.transactional
def record_review(*, channel: Channel, card_id: str, passed: bool, reason: str = "") -> PackTemplate | None:
    """Record the outcome of WeChat's check of a card, or return None for an unknown card. Idempotent."""
    found = PackTemplate.find(platform="wechat", platform_id=card_id)
    if found is None or found.channel_id != channel.id:
        return None
    row = _lock_row(found.id)
    if row.state in ("reviewing", "rejected", "live"):
        # What else is wrong, such as a rule without a merchant, stays until it is submitted again.
        problem = ("" if row.state == "rejected" else row.problem) if passed else reason[:300]
        row.update_fields(state="live" if passed else "rejected", problem=problem)
    return row


@db.transactional
def keep_tickets(row: PackTemplate, tickets: Mapping[str, str], *, lasts_s: int) -> None:
    """Keep the tickets of WeChat that sign cards and pages, for all processes."""
    ends_at = clock.now() + timedelta(seconds=lasts_s)
    _lock_row(row.id).update_fields(tickets=json.dumps(dict(tickets)), tickets_end_at=ends_at)


def find_tickets(row: PackTemplate) -> dict[str, str] | None:
    """Return the tickets that are still valid, or None."""
    is_valid = row.tickets is not None and row.tickets_end_at is not None and row.tickets_end_at > clock.now()
    return dict(json.loads(row.tickets)) if is_valid else None


def list_due() -> list[PackTemplate]:
    """Return the rows that are due."""
    return list(PackTemplate.select().where(PackTemplate.due_at <= clock.now()).order_by(PackTemplate.id))


@db.transactional
def request_due() -> int:
    """Record the events of all due rows, so that a task submits them, and return their number."""
    rows = list_due()
    for row in rows:
        events.record("card_templates.due", pack_template_id=row.id)
    return len(rows)


def list_for(template: CardTemplate) -> list[PackTemplate]:
    """Return the platforms of a template, WeChat first."""
    return list(
        PackTemplate.select()
        .where(PackTemplate.template == template.id)
        .order_by(PackTemplate.platform.desc())
    )


def find(template: CardTemplate, platform: str) -> PackTemplate | None:
    """Return the template on a platform, or None."""
    return PackTemplate.find(template=template.id, platform=platform)


def find_by_platform_id(platform: str, platform_id: str) -> PackTemplate | None:
    """Return the template of a platform's number, or None."""
    return PackTemplate.find(platform=platform, platform_id=platform_id) if platform_id else None


def _submit(row: CardTemplate) -> None:
    for platform in row.platforms:
        channel = channels.find_first(CHANNEL_KINDS[platform])
        if channel is None:
            name = {"wechat": "公众号", "alipay": "支付宝应用"}[platform]
            raise errors.DomainError("channel_missing", f"请先在渠道账号里添加{name}", 409, field="platforms")
        pack = find(row, platform) or PackTemplate.create(template=row, platform=platform, channel=channel)
        request(pack)


def _lock_row(row_id: int) -> PackTemplate:
    row = PackTemplate.find(id=row_id, lock=True)
    assert row is not None, "pack templates are never deleted"
    return row
