"""Customers by a platform's identity: found or opened, once, and joined by a unionid."""

from dataclasses import dataclass

from store.core.database import db
from store.customers import customers, identities
from store.customers.customers import Customer
from store.customers.merging import merges


@dataclass(frozen=True)
class PlatformIdentity:
    """One person at a platform: `account` is the application and `subject` the person's id there.

    `unionid` names the same person in all applications of `union_group`, which for Alipay are all.
    """

    provider: str
    account: str
    subject: str
    union_group: str = ""
    unionid: str | None = None
    union_provider: str = identities.UNIONID


@db.transactional
def get_or_create(
    identity: PlatformIdentity, *, source: str, shop_id: int | None = None
) -> tuple[Customer, bool]:
    """Return the customer of an identity and whether it was created. A unionid merges the accounts of one person."""
    customer = identities.find_customer(
        provider=identity.provider, account=identity.account, subject=identity.subject
    )
    union = identity.unionid and identities.find_customer(
        provider=identity.union_provider, account=identity.union_group, subject=identity.unionid
    )
    is_new = customer is None and not union
    if customer is None:
        # Locked, so that what is bound now cannot stay behind with a row that is being merged away.
        customer = (
            customers.lock(union.id) if union else customers.create_customer(source=source, shop_id=shop_id)
        )
        identities.bind(
            customer, provider=identity.provider, account=identity.account, subject=identity.subject
        )
    if union and union.id != customer.id:
        customer = _merge(union, customer)
    elif identity.unionid and not union:
        customer = customers.lock(customer.id)
        identities.bind(
            customer, provider=identity.union_provider, account=identity.union_group, subject=identity.unionid
        )
    return customer, is_new


def _merge(union_customer: Customer, customer: Customer) -> Customer:
    """Merge two customers that share a unionid. Keep the one with a verified phone, otherwise the older one.

    Both are locked before their phones are read, so that neither gets one meanwhile.
    """
    older, newer = (customers.lock(row_id) for row_id in sorted((union_customer.id, customer.id)))
    if older.id == newer.id:
        return older
    with_phone = [row for row in (older, newer) if identities.find_phone(row)]
    if len(with_phone) == 2:
        return customer  # two verified phones are never joined without proof of both
    keep = with_phone[0] if with_phone else older
    return merges.merge(survivor=keep, duplicate=newer if keep is older else older, proof="unionid")
