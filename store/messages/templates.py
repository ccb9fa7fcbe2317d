"""Message templates (消息模板): what a tenant says for a kind of message on a medium.

Site messages, customer-service messages and e-mails have the texts of their kind until a template changes them.
The platforms' template messages and SMS need a template that the platform has approved.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import peewee
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from store.core import cache, clock, errors
from store.core.database import db
from store.core.database.fields import JsonField, UtcDateTimeField
from store.core.database.models import Model
from store.core.validation import validate
from store.messages import kinds, texts
from store.messages.kinds import MEDIA, MessageKind
from store.tenants import audit
from store.tenants.channels import Channel

CHANNEL_KINDS = {"official_template": "wechat_official", "subscribe": "wechat_miniprogram"}
FREE_TEXT_MEDIA = ("site", "customer_service", "email")  # these need no template of a platform
SMS_PURPOSES: Mapping[str, str] = {"notice": "通知类", "marketing": "营销类"}
UNSUBSCRIBE_NOTE = "拒收请回复R"  # required at the end of marketing by SMS

_Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
_Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=texts.MAX_TEXT_LENGTH)]


class MessageTemplate(Model):
    """`fields` are the platform's keywords with our text for each.

    `platform_id` is the template's id at the platform or SMS provider. `path` is the page that it opens.
    """

    kind = peewee.CharField(max_length=40)
    medium = peewee.CharField(max_length=20, constraints=[peewee.Check(f"medium IN {tuple(MEDIA)}")])
    channel = peewee.ForeignKeyField(Channel, null=True, index=False, on_delete="CASCADE")
    name = peewee.CharField(max_length=60)
    title = peewee.CharField(max_length=texts.MAX_TITLE_LENGTH, default="")
    text = peewee.CharField(max_length=texts.MAX_TEXT_LENGTH, default="")
    platform_id = peewee.CharField(max_length=500, default="")
    purpose = peewee.CharField(
        max_length=10, default="notice", constraints=[peewee.Check(f"purpose IN {tuple(SMS_PURPOSES)}")]
    )
    fields = JsonField(default=dict)
    path = peewee.CharField(max_length=200, default="")
    created_at = UtcDateTimeField(default=clock.now)
    changed_at = UtcDateTimeField(default=clock.now)


MessageTemplate.add_index(
    MessageTemplate.index(
        MessageTemplate.kind, MessageTemplate.medium, unique=True, name="message_template_medium"
    ).where(peewee.SQL('"channel_id" IS NULL'))
)
MessageTemplate.add_index(
    MessageTemplate.index(
        MessageTemplate.kind, MessageTemplate.medium, MessageTemplate.channel, unique=True,
        name="message_template_channel",
    ).where(peewee.SQL('"channel_id" IS NOT NULL'))
)  # fmt: skip


class TemplateInput(BaseModel):
    """What staff enter. `channel_key` names the account of a platform's template message."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: _Short
    medium: Literal["site", "customer_service", "official_template", "subscribe", "sms", "email"]
    channel_key: str | None = None
    name: _Short
    title: Annotated[str, StringConstraints(strip_whitespace=True, max_length=texts.MAX_TITLE_LENGTH)] = ""
    text: _Line = ""
    platform_id: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""
    purpose: Literal["notice", "marketing"] = "notice"
    fields: Annotated[
        dict[Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]{1,30}\d{0,3}$")], _Line],
        Field(max_length=20),
    ] = {}
    path: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""


@dataclass(frozen=True)
class RenderedMessage:
    """The content of a message. `data` are the platform's keywords and their values."""

    title: str
    text: str
    data: Mapping[str, str]
    path: str


@db.transactional
def save(template_id: int | None = None, **values: object) -> MessageTemplate:
    """Create a template, or change the one with this id. Idempotent: there is one per kind, medium and account.

    Raises DomainError(not_found, invalid, template_exists).
    """
    entered = validate(TemplateInput, values)
    kind = kinds.find(entered.kind)
    if kind is None:
        raise errors.invalid("kind", "没有这种消息")
    channel = _find_channel(entered)
    _ensure_complete(entered, kind)
    columns = entered.model_dump(exclude={"channel_key"}) | {"channel": channel.id if channel else None}
    db.advisory_lock("message_templates.save")
    row = _lock(template_id) if template_id is not None else None
    same = MessageTemplate.find(kind=kind.key, medium=entered.medium, channel=columns["channel"])
    if same is not None and (row is None or same.id != row.id):
        if row is None and all(same.__data__[name] == value for name, value in columns.items()):
            return same
        label = f"{kind.label}的{MEDIA[entered.medium]}"
        raise errors.DomainError("template_exists", f"{label}已有模板，请直接修改", 409)
    before = None if row is None else {name: row.__data__[name] for name in columns}
    if row is None:
        row = MessageTemplate.create(**columns)
    elif before != columns:
        row.update_fields(changed_at=clock.now(), **columns)
    if before != columns:
        audit.record("message_templates.save", f"message_template:{row.id}", before=before, after=columns)
        db.after_commit(cache.clear)
    return row


@db.transactional
def delete(template_id: int) -> None:
    """Delete a template. Idempotent. What was sent with it keeps its content."""
    row = MessageTemplate.find(id=template_id, lock=True)
    if row is not None:
        row.delete_instance()
        audit.record("message_templates.delete", f"message_template:{template_id}", before={"name": row.name})
        db.after_commit(cache.clear)


def get(template_id: int) -> MessageTemplate:
    """Return a template. Raises DomainError(not_found)."""
    row = MessageTemplate.find(id=template_id)
    if row is None:
        raise errors.not_found("该模板")
    return row


@cache.cached(ttl_s=1)
def list_for(kind: str, medium: str) -> list[MessageTemplate]:
    """Return the templates of a kind for a medium, one per account."""
    return sorted(MessageTemplate.find_all(kind=kind, medium=medium), key=lambda row: row.id)


def is_usable(kind: MessageKind, medium: str) -> bool:
    """Return whether the tenant has what a medium needs for a kind of message."""
    return medium in FREE_TEXT_MEDIA or bool(list_for(kind.key, medium))


def render(
    kind: MessageKind, template: MessageTemplate | None, variables: Mapping[str, str], *, path: str = ""
) -> RenderedMessage:
    """Return the content of a message by its template, or by the texts of its kind."""
    title = texts.fill((template and template.title) or kind.title, variables)[: texts.MAX_TITLE_LENGTH]
    text = texts.fill((template and template.text) or kind.text, variables)[: texts.MAX_TEXT_LENGTH]
    data = _fill_fields(template, variables) if template is not None else {}
    if template is not None and data and not template.text:
        text = "；".join(data.values())[: texts.MAX_TEXT_LENGTH]
    return RenderedMessage(title, text, data, path or (template and template.path) or kind.path)


def _fill_fields(template: MessageTemplate, variables: Mapping[str, str]) -> dict[str, str]:
    filled = {name: texts.fill(text, variables) for name, text in template.fields.items()}
    if template.medium in CHANNEL_KINDS:
        return {name: texts.fit_keyword(name, value) for name, value in filled.items()}
    return filled


def _find_channel(entered: TemplateInput) -> Channel | None:
    wanted = CHANNEL_KINDS.get(entered.medium)
    if wanted is None:
        return None
    channel = Channel.find(key=entered.channel_key) if entered.channel_key else None
    if channel is None or channel.kind != wanted:
        raise errors.invalid("channel_key", f"请选择发送{MEDIA[entered.medium]}的账号")
    return channel


def _ensure_complete(entered: TemplateInput, kind: MessageKind) -> None:
    if entered.medium not in FREE_TEXT_MEDIA and not entered.platform_id:
        raise errors.invalid("platform_id", "请填写平台的模板 ID")
    if entered.medium in CHANNEL_KINDS and not entered.fields:
        raise errors.invalid("fields", "请为平台模板的每个字段填写内容")
    if entered.medium == "sms":
        _ensure_sms_purpose(entered, kind)
    ensure_texts(entered, kind)


def ensure_texts(entered: TemplateInput, kind: MessageKind) -> None:
    """Raise DomainError(invalid) if a text has a placeholder that is no variable of the kind."""
    known = kinds.variables_of(kind)
    texts.ensure_known("title", entered.title, known)
    texts.ensure_known("text", entered.text, known)
    for text in entered.fields.values():
        texts.ensure_known("fields", text, known)


def _ensure_sms_purpose(entered: TemplateInput, kind: MessageKind) -> None:
    if kind.is_marketing and entered.purpose != "marketing":
        raise errors.invalid("purpose", f"{kind.label}是营销消息，请选营销类模板")
    if entered.purpose == "marketing" and not (entered.text or entered.platform_id).endswith(
        UNSUBSCRIBE_NOTE
    ):
        raise errors.invalid("text", f"营销短信须以“{UNSUBSCRIBE_NOTE}”结尾")


def _lock(template_id: int) -> MessageTemplate:
    row = MessageTemplate.find(id=template_id, lock=True)
    if row is None:
        raise errors.not_found("该模板")
    return row
