"""Message settings of a customer (消息设置): consent to marketing, and media opted out of it."""

from collections.abc import Collection

import peewee

from store.core import clock, errors, events
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.customers import customers, identities, phones, profiles
from store.customers.customers import Customer
from store.customers.merging import rules as merge_rules
from store.messages.kinds import MEDIA, SENT_MEDIA


class MessageOptOut(Model):
    """A medium on which a customer wants no marketing. `source` is the customer's own choice or an SMS reply."""

    customer = peewee.ForeignKeyField(Customer, index=False)
    medium = peewee.CharField(max_length=20, constraints=[peewee.Check(f"medium IN {SENT_MEDIA}")])
    source = peewee.CharField(
        max_length=10, constraints=[peewee.Check("source IN ('customer', 'sms_reply')")]
    )
    created_at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("customer", "medium"), True),)


merge_rules.register_rule(MessageOptOut.customer, merge_rules.move_or_drop_duplicates("medium"))


def list_opted_out(customer: Customer) -> list[str]:
    """Return the media on which a customer wants no marketing."""
    return sorted(row.medium for row in MessageOptOut.find_all(customer=customer.id))


def accepts_marketing(customer: Customer, medium: str) -> bool:
    """Return whether a customer has consented to marketing and not opted out of this medium."""
    opt_out = MessageOptOut.find(customer=customer.id, medium=medium)
    return bool(customer.marketing_consent) and opt_out is None


@db.transactional
def change(customer: Customer, *, marketing: bool, opted_out_media: Collection[str]) -> Customer:
    """Change the consent to marketing and the media opted out of it. Idempotent. Raises DomainError(invalid)."""
    unknown = set(opted_out_media) - set(SENT_MEDIA)
    if unknown:
        raise errors.invalid("opted_out_media", f"可选 {'、'.join(MEDIA[medium] for medium in SENT_MEDIA)}")
    owner = customers.lock_unless_erased(customer)
    if owner.marketing_consent != marketing:
        owner = profiles.change(owner, marketing_consent=marketing)
    before = set(list_opted_out(owner))
    for medium in sorted(before - set(opted_out_media)):
        MessageOptOut.delete().where(
            (MessageOptOut.customer == owner.id) & (MessageOptOut.medium == medium)
        ).execute()
    for medium in sorted(set(opted_out_media) - before):
        MessageOptOut.create(customer=owner.id, medium=medium, source="customer")
    if before != set(opted_out_media):
        events.record("message_settings.changed", customer_id=owner.id, opted_out=sorted(opted_out_media))
    return owner


@db.transactional
def opt_out_by_sms(phone: str) -> bool:
    """Record that the holder of a phone wants no marketing by SMS, and return whether there is one. Idempotent."""
    normalized = phones.find_normalized(phone)
    customer = identities.find_by_phone(normalized) if normalized else None
    if customer is None:
        return False
    owner = customers.lock(customer.id)
    if MessageOptOut.find(customer=owner.id, medium="sms") is None:
        MessageOptOut.create(customer=owner.id, medium="sms", source="sms_reply")
        events.record("message_settings.changed", customer_id=owner.id, opted_out=list_opted_out(owner))
    return True
