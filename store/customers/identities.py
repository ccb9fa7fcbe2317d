"""Identities (身份): the names under which platforms know a customer.

Provider, account and subject are unique among the bound ones: an openid per appid, a unionid per open-platform
group, a verified phone (its keyed hash; the number itself is encrypted beside it).
"""

import peewee

from store.core import clock
from store.core.database.fields import EncryptedField, UtcDateTimeField
from store.core.database.models import Model
from store.customers import phones
from store.customers.customers import Customer, survivor

WECHAT = "wechat"  # account: appid, subject: openid
UNIONID = "wechat_union"  # account: open-platform group, subject: unionid
ALIPAY = "alipay_user"  # account: "" for a user id, appid for an open_id, subject: the id
PHONE = "phone"  # account: "", subject: keyed hash


class Identity(Model):
    """A bound identity; unbound ones stay as history and no longer resolve."""

    customer = peewee.ForeignKeyField(Customer, backref="identities", index=False)
    provider = peewee.CharField(max_length=20)
    account = peewee.CharField(max_length=64, default="")
    subject = peewee.CharField(max_length=128)
    value = EncryptedField(context="identity.value", null=True)
    bound_at = UtcDateTimeField(default=clock.now)
    unbound_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("customer", "provider"), False),)


Identity.add_index(
    Identity.index(
        Identity.provider, Identity.account, Identity.subject, unique=True, name="identity_bound"
    ).where(peewee.SQL("unbound_at IS NULL"))
)


def find_customer(*, provider: str, account: str = "", subject: str) -> Customer | None:
    """Return the customer of a bound identity, or None."""
    row = _find_bound(provider, account, subject)
    found = row and Customer.find(id=row.customer_id)
    return survivor(found) if found else None


def bind(
    customer: Customer, *, provider: str, account: str = "", subject: str, value: str | None = None
) -> Identity:
    """Bind a free identity. Idempotent for the same customer.

    Raises IntegrityError if another customer has it: the caller merges or moves it first.
    """
    row = _find_bound(provider, account, subject)
    if row is not None and row.customer_id == customer.id:
        return row
    return Identity.create(
        customer=customer, provider=provider, account=account, subject=subject, value=value
    )


def unbind(identity: Identity) -> None:
    """Unbind an identity, which stays in the history."""
    identity.update_fields(unbound_at=clock.now())


def list_for(customer: Customer, provider: str | None = None) -> list[Identity]:
    """Return the bound identities of a customer."""
    query = Identity.select().where((Identity.customer == customer) & Identity.unbound_at.is_null())
    return list(query.where(Identity.provider == provider) if provider else query)


def list_history(customer: Customer) -> list[Identity]:
    """Return all identities of a customer, the unbound ones last."""
    bound_first = (Identity.unbound_at.is_null(False), Identity.id)
    return list(Identity.select().where(Identity.customer == customer).order_by(*bound_first))


def find_phone(customer: Customer) -> str | None:
    """Return the verified phone of a customer in E.164, or None."""
    rows = list_for(customer, PHONE)
    return rows[0].value if rows else None


def find_openid(customer: Customer, appid: str) -> str | None:
    """Return the openid of a customer for an account, or None."""
    rows = [row for row in list_for(customer, WECHAT) if row.account == appid]
    return rows[-1].subject if rows else None


def find_by_phone(phone: str) -> Customer | None:
    """Return the customer with this verified phone, or None."""
    return find_customer(provider=PHONE, subject=phones.blind_index(phone))


def _find_bound(provider: str, account: str, subject: str) -> Identity | None:
    return Identity.find(provider=provider, account=account, subject=subject, unbound_at=None)
