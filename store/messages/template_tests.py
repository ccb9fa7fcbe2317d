"""Tests of message templates (测试发送): a message with the example values of its kind, to one customer."""

from collections.abc import Collection
from dataclasses import dataclass

from store.core import errors
from store.core.database import db
from store.core.validation import validate
from store.customers import member_scope, person_search
from store.customers.customers import Customer
from store.customers.members import Member
from store.messages import kinds, messages, templates, texts
from store.messages.kinds import MessageKind
from store.messages.messages import Message
from store.messages.templates import MessageTemplate, RenderedMessage, TemplateInput
from store.tenants import audit, branding

SOURCE_PREFIX = "test:"


@dataclass(frozen=True)
class TemplatePreview:
    """What a template makes of the examples. `uncut` are the values before they are fitted to the platform's limits."""

    content: RenderedMessage
    uncut: dict[str, str]


def preview(**values: object) -> TemplatePreview:
    """Return what a template would say that is not stored. Raises DomainError(invalid)."""
    entered = validate(TemplateInput, values)
    kind = _get_kind(entered.kind)
    templates.ensure_texts(entered, kind)
    examples = read_examples(kind)
    template = MessageTemplate(**entered.model_dump(exclude={"channel_key"}))
    uncut = {name: texts.fill(text, examples) for name, text in entered.fields.items()}
    return TemplatePreview(templates.render(kind, template, examples), uncut)


@db.transactional
def write_test(*, template_id: int, customer: Customer, source: str) -> Message:
    """Write a message by a template to a customer, with example values. Idempotent by `source`.

    The message is sent as any other: to the account by which the customer is reached. A switch that is off and the
    other media of the policy do not count. Raises DomainError(not_found).
    """
    template = templates.get(template_id)
    existing = Message.find(source=source, medium=template.medium)
    if existing is not None:
        return existing
    kind = _get_kind(template.kind)
    examples = read_examples(kind)
    content = templates.render(kind, template, examples)
    message = messages.insert(
        kind=kind.key, customer=customer.id, medium=template.medium, source=source, priority=kinds.TRANSACTIONAL,
        variables=examples, path=content.path, title=content.title, text=content.text,
    )  # fmt: skip
    audit.record(
        "message_templates.test", f"message_template:{template.id}", after={"message": message.number}
    )
    if message.medium != "site":
        messages.request_sending()
    return message


def get_recipient(search: str, *, shop_ids: Collection[int] | None) -> Customer:
    """Return the person of a card number or phone, among the members of shops. Raises DomainError(invalid)."""
    owner = person_search.find_customer(search)
    if owner is not None and shop_ids is not None:
        theirs = member_scope.select_member_ids(shop_ids)
        if not Member.select().where((Member.customer == owner.id) & Member.id.in_(theirs)).exists():
            owner = None
    if owner is None:
        raise errors.invalid("member", "没有这位会员")
    return owner


def is_test(message: Message) -> bool:
    """Return whether a message was written as a test."""
    return bool(message.source.startswith(SOURCE_PREFIX))


def read_examples(kind: MessageKind) -> dict[str, str]:
    """Return an example of each variable of a kind, with the tenant's own name."""
    return {**kinds.variables_of(kind), "品牌": branding.read_name()}


def _get_kind(key: str) -> MessageKind:
    kind = kinds.find(key)
    if kind is None:
        raise errors.invalid("kind", "没有这种消息")
    return kind
