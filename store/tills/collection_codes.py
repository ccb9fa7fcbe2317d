"""Collection codes (聚合收款码): the fixed code of a shop, printed, for customers of WeChat and of Alipay."""

import hashlib

import peewee

from store.core import clock, errors, ids
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.shops import shops
from store.shops.shops import Shop
from store.tenants import audit

PATH = "/pay/"


class CollectionCode(Model):
    """`token` cannot be guessed; the code in print is `<tenant>.<token>`."""

    shop = peewee.ForeignKeyField(Shop, unique=True)
    token = peewee.CharField(max_length=40, unique=True)
    created_at = UtcDateTimeField(default=clock.now)
    renewed_at = UtcDateTimeField(null=True)

    @property
    def code(self) -> str:
        """Return the code, which says whose it is."""
        return f"{db.current_tenant()}.{self.token}"

    @property
    def path(self) -> str:
        """Return the path of the page that the printed picture opens."""
        return PATH + self.code


@db.transactional
def get_or_create(shop: Shop) -> CollectionCode:
    """Return the code of a shop and create it on the first call. Idempotent. Raises DomainError(shop_closed)."""
    shop = shops.lock(shop)
    ensure_not_closed(shop)
    found = CollectionCode.find(shop=shop.id)
    if found is not None:
        return found
    row = CollectionCode.create(shop=shop, token=ids.public_id())
    _record(row, "create")
    return row


@db.transactional
def renew(shop: Shop, *, replaced_code: str) -> CollectionCode:
    """Replace the code of a shop. Pictures in print with the old one lead nowhere from now on.

    Idempotent by the replaced code. Raises DomainError(not_found, shop_closed).
    """
    shop = shops.lock(shop)
    ensure_not_closed(shop)
    row = get_of_shop(shop)
    if row.code == replaced_code:
        row.update_fields(token=ids.public_id(), renewed_at=clock.now())
        _record(row, "renew")
    return row


def get_of_shop(shop: Shop) -> CollectionCode:
    """Return the code of a shop. Raises DomainError(not_found) if it has none yet."""
    row = CollectionCode.find(shop=shop.id)
    if row is None:
        raise errors.not_found("该门店的收款码")
    return row


def get_by_code(code: str) -> CollectionCode:
    """Return the row of a code of the current tenant. Raises DomainError(not_found), also for a replaced code."""
    slug, _, token = code.partition(".")
    row = CollectionCode.find(token=token) if slug == db.current_tenant() else None
    if row is None:
        raise errors.DomainError("not_found", "收款码已失效，请店员出示新的收款码", 404)
    return row


def list_codes() -> list[CollectionCode]:
    """Return all codes by the code of their shop."""
    query = CollectionCode.select(CollectionCode, Shop).join(Shop)
    return list(query.order_by(Shop.code))


def ensure_not_closed(shop: Shop) -> None:
    """Raise DomainError(shop_closed) for a shop that has closed for good."""
    if shop.state == "closed":
        raise errors.DomainError("shop_closed", "门店已关店，不能收款", 409)


def _record(row: CollectionCode, what: str) -> None:
    fingerprint = hashlib.sha256(row.token.encode()).hexdigest()[:8]
    audit.record(f"collection_codes.{what}", f"shop:{row.shop.code}", after={"fingerprint": fingerprint})
