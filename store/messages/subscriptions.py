"""Acceptances of subscribe messages (订阅消息): one acceptance allows one message per person and template."""

from collections.abc import Collection, Mapping
from datetime import timedelta

import peewee

from store.core import clock, errors
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.customers import customers, identities
from store.customers.customers import Customer
from store.customers.merging import rules as merge_rules
from store.messages import kinds, policies
from store.messages.templates import MessageTemplate
from store.tenants import channels
from store.tenants.channels import Channel

MAX_REMAINING = 1_000
# The mini-program reports an acceptance and so does the platform's event: the second within this time is the same.
SAME_ANSWER = timedelta(seconds=30)


class SubscribeAllowance(Model):
    """How many messages a person accepts for a template of a mini-program. `reported_by` is api or event."""

    customer = peewee.ForeignKeyField(Customer, index=False)
    channel = peewee.ForeignKeyField(Channel, index=False, on_delete="CASCADE")
    platform_template = peewee.CharField(max_length=100)
    remaining = peewee.IntegerField(default=0, constraints=[peewee.Check('"remaining" >= 0')])
    reported_by = peewee.CharField(max_length=10, default="")
    reported_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("customer", "channel", "platform_template"), True),)


# Of two rows of one template the survivor's stays: what the other person had accepted ends with that account.
merge_rules.register_rule(
    SubscribeAllowance.customer, merge_rules.move_or_drop_duplicates("channel", "platform_template")
)


@db.transactional
def record_answers(
    customer: Customer,
    channel: Channel,
    *,
    asked: Collection[str],
    accepted: Collection[str],
    reported_by: str,
) -> dict[str, int]:
    """Count an acceptance for each accepted template and return what remains by template.

    What the mini-program and the platform's event report within 30 seconds is one answer. Raises
    DomainError(invalid) for a template that the mini-program does not have.
    """
    known = {row.platform_id for row in MessageTemplate.find_all(medium="subscribe", channel=channel.id)}
    unknown = sorted((set(asked) | set(accepted)) - known)
    if unknown:
        raise errors.invalid("template_ids", f"没有模板 {unknown[0]}")
    owner = customers.lock_unless_erased(customer)
    return {
        template: _count_answer(owner, channel, template, template in accepted, reported_by)
        for template in sorted(set(asked))
    }


@db.transactional
def record_event(customer: Customer, channel: Channel, choices: Mapping[str, bool]) -> None:
    """Record what the platform reports by template: an acceptance is one message more.

    A rejection leaves what was accepted before. Templates that we do not use are ignored.
    """
    known = {row.platform_id for row in MessageTemplate.find_all(medium="subscribe", channel=channel.id)}
    owner = customers.survivor(customer)
    accepted = sorted(template for template in known & set(choices) if choices[template])
    record_answers(owner, channel, asked=accepted, accepted=accepted, reported_by="event")


@db.transactional
def consume(customer: Customer, channel: Channel, platform_template: str) -> bool:
    """Take one message from the allowance and return whether there was one."""
    mine = _where(customer, channel, platform_template) & (SubscribeAllowance.remaining > 0)
    left = SubscribeAllowance.remaining - 1
    return bool(SubscribeAllowance.update(remaining=left).where(mine).execute())


@db.transactional
def give_back(customer: Customer, channel: Channel, platform_template: str) -> None:
    """Give back what `consume` took for a message that was not sent."""
    mine = _where(customer, channel, platform_template) & (SubscribeAllowance.remaining < MAX_REMAINING)
    SubscribeAllowance.update(remaining=SubscribeAllowance.remaining + 1).where(mine).execute()


@db.transactional
def end(customer: Customer, channel: Channel, platform_template: str) -> None:
    """Set the allowance to 0, because the platform says so. Idempotent."""
    mine = _where(customer, channel, platform_template)
    SubscribeAllowance.update(remaining=0).where(mine).execute()


def find_mini_program(customer: Customer, preferred: Channel) -> Channel | None:
    """Return the mini-program whose subscribe messages reach a customer: the preferred one, or one that they opened."""
    with_templates = {row.channel_id for row in MessageTemplate.find_all(medium="subscribe")}
    if preferred.id in with_templates:
        return preferred
    found = [channels.get_by_id(channel_id) for channel_id in sorted(with_templates)]
    return next((row for row in found if identities.find_openid(customer, row.appid)), None)


def list_templates(channel: Channel) -> list[MessageTemplate]:
    """Return the templates of a mini-program that a person can accept, of kinds that are sent."""
    rows = sorted(MessageTemplate.find_all(medium="subscribe", channel=channel.id), key=lambda row: row.id)
    found = [(row, kinds.find(row.kind)) for row in rows]
    return [row for row, kind in found if kind is not None and "subscribe" in policies.read(kind).media]


def remaining_by_template(customer: Customer, channel: Channel) -> Mapping[str, int]:
    """Return how many messages a person accepts, by the platform's template id."""
    rows = SubscribeAllowance.find_all(customer=customer.id, channel=channel.id)
    return {row.platform_template: row.remaining for row in rows}


def _count_answer(owner: Customer, channel: Channel, template: str, accepted: bool, reported_by: str) -> int:
    row = SubscribeAllowance.find(
        customer=owner.id, channel=channel.id, platform_template=template, lock=True
    )
    if row is None:
        row = SubscribeAllowance.create(customer=owner.id, channel=channel.id, platform_template=template)
    now = clock.now()
    is_same = (
        row.reported_at is not None and row.reported_by != reported_by and now - row.reported_at < SAME_ANSWER
    )
    if accepted and not is_same:
        row.update_fields(
            remaining=min(row.remaining + 1, MAX_REMAINING), reported_by=reported_by, reported_at=now
        )
    return int(row.remaining)


def _where(customer: Customer, channel: Channel, platform_template: str) -> peewee.Expression:
    return (
        (SubscribeAllowance.customer == customer.id)
        & (SubscribeAllowance.channel == channel.id)
        & (SubscribeAllowance.platform_template == platform_template)
    )
