"""An identity (身份): a name under which a platform or the world knows a customer.

Provider + account + subject is unique among the bound ones: an openid per appid, a unionid per
open-platform group, a verified phone (its keyed hash; the number itself is encrypted beside it).
"""

import peewee

from store.core import clock
from store.core.database.fields import EncryptedField, UtcDateTimeField
from store.core.database.models import Model
from store.customers import phones
from store.customers.customers import Customer, survivor

WECHAT = "wechat"  # account: appid, subject: openid
UNIONID = "wechat_union"  # account: open-platform group, subject: unionid
PHONE = "phone"  # account: "", subject: keyed hash


class Identity(Model):
    """Unbound identities stay as history and no longer resolve."""

    customer = peewee.ForeignKeyField(Customer, backref="identities")
    provider = peewee.CharField(max_length=20)
    account = peewee.CharField(max_length=64, default="")
    subject = peewee.CharField(max_length=128)
    value = EncryptedField(context="identity.value", null=True)
    bound_at = UtcDateTimeField(default=clock.now)
    unbound_at = UtcDateTimeField(null=True)


Identity.add_index(
    Identity.index(
        Identity.provider, Identity.account, Identity.subject, unique=True, name="identity_bound"
    ).where(peewee.SQL("unbound_at IS NULL"))
)


def find_customer(*, provider: str, account: str = "", subject: str) -> Customer | None:
    """The customer whom an identity is bound to now."""
    row = _find_bound(provider, account, subject)
    found = row and Customer.find(id=row.customer_id)
    return survivor(found) if found else None


def bind(
    customer: Customer, *, provider: str, account: str = "", subject: str, value: str | None = None
) -> Identity:
    """Bind an identity that nobody holds; bound twice to the same person it is the same row.

    Held by somebody else it raises IntegrityError: the caller merges or moves first.
    """
    row = _find_bound(provider, account, subject)
    if row is not None and row.customer_id == customer.id:
        return row
    return Identity.create(
        customer=customer, provider=provider, account=account, subject=subject, value=value
    )


def unbind(identity: Identity) -> None:
    """End an identity; it stays in the history."""
    identity.update_fields(unbound_at=clock.now())


def list_for(customer: Customer, provider: str | None = None) -> list[Identity]:
    """The bound identities of a customer."""
    query = Identity.select().where((Identity.customer == customer) & Identity.unbound_at.is_null())
    return list(query.where(Identity.provider == provider) if provider else query)


def find_phone(customer: Customer) -> str | None:
    """The verified phone of a customer in E.164, to be shown masked."""
    rows = list_for(customer, PHONE)
    return rows[0].value if rows else None


def find_openid(customer: Customer, appid: str) -> str | None:
    """The openid under which an account reaches a customer."""
    rows = [row for row in list_for(customer, WECHAT) if row.account == appid]
    return rows[-1].subject if rows else None


def find_by_phone(phone: str) -> Customer | None:
    """The customer whose verified phone this is."""
    return find_customer(provider=PHONE, subject=phones.blind_index(phone))


def _find_bound(provider: str, account: str, subject: str) -> Identity | None:
    return Identity.find(provider=provider, account=account, subject=subject, unbound_at=None)
