"""Merchants (商户号): the accounts with which a tenant takes money, bound to a brand or shop, and their keys."""

import json
from typing import Any

import peewee

from store.core import cache, clock, errors, ids, input_limits
from store.core.database import db
from store.core.database.fields import EncryptedField, UtcDateTimeField
from store.core.database.models import Model
from store.payments import credentials as merchant_credentials
from store.shops.shops import Shop
from store.tenants import audit, registry
from store.tenants.channels import KEY_PATTERN

PLATFORMS = {"wechat_pay": "微信支付", "alipay": "支付宝"}
GENERATED_KEY_LENGTH = 12


class Merchant(Model):
    """`key` is part of the notice URL, `merchant_id` the platform's number (mchid, or the seller's PID).

    A retired merchant takes no new attempt, but its notices and refunds.
    """

    key = peewee.CharField(max_length=40, unique=True)
    platform = peewee.CharField(max_length=12, constraints=[peewee.Check(f"platform IN {tuple(PLATFORMS)}")])
    name = peewee.CharField(max_length=60)
    merchant_id = peewee.CharField(max_length=32)
    app_id = peewee.CharField(max_length=64)
    brand = peewee.CharField(max_length=60, null=True)
    shop_id = peewee.BigIntegerField(null=True)
    credentials = EncryptedField(context="merchant.credentials")
    state = peewee.CharField(
        max_length=10, default="active", constraints=[peewee.Check("state IN ('active', 'retired')")]
    )
    created_at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("platform", "merchant_id"), False),)


@db.transactional
def add(
    *, platform: str, name: str, merchant_id: str, app_id: str, credentials: dict[str, Any],
    brand: str | None = None, shop_id: int | None = None, key: str | None = None,
) -> Merchant:  # fmt: skip
    """Add a merchant. Idempotent by platform, numbers and binding.

    Raises DomainError(invalid, account_key_taken, already_exists).
    """
    merchant_id, app_id = merchant_id.strip(), app_id.strip()
    _check(platform=platform, name=name, merchant_id=merchant_id, app_id=app_id, key=key)
    if brand and shop_id is not None:
        raise errors.invalid("brand", "只能绑定品牌或门店其中一个")
    if shop_id is not None and not Shop.by_ids([input_limits.check_id(shop_id, field="shop_id")]):
        raise errors.not_found("该门店")
    stored = merchant_credentials.check(platform, credentials)
    db.advisory_lock("merchants.add")
    facts: dict[str, Any] = {"platform": platform, "merchant_id": merchant_id, "app_id": app_id}
    found = Merchant.find(**facts, brand=brand or None, shop_id=shop_id, state="active")
    if found is not None:
        errors.ensure_equal(
            "商户", ("name", "名称", found.name, name), ("key", "标识", found.key, key or found.key)
        )
        if read_credentials(found) != stored:
            raise errors.DomainError("already_exists", "该商户已存在，更换密钥请另行添加新密钥", 409)
        return found
    key = key or ids.public_id()[:GENERATED_KEY_LENGTH]
    if Merchant.find(key=key) is not None:
        raise errors.DomainError("account_key_taken", f"账号标识 {key} 已被使用", field="key")
    registry.register_account_key(key=key, kind=platform)
    row = Merchant.create(
        **facts, name=name, key=key, brand=brand or None, shop_id=shop_id, credentials=_dump(stored)
    )
    _record(row, "add", {**facts, "name": name})
    return row


@cache.cached(ttl_s=2)
def get_by_key(key: str) -> Merchant:
    """Return the merchant of a key in any state. Raises DomainError(not_found)."""
    return _get(Merchant.find(key=key))


def get_by_id(merchant_row_id: int) -> Merchant:
    """Return the merchant of a row id in any state. Raises DomainError(not_found)."""
    return _get(next(iter(Merchant.by_ids([merchant_row_id])), None))


@cache.cached(ttl_s=60)
def get_number(merchant_row_id: int) -> str:
    """Return the platform's number of a merchant, which never changes. Raises DomainError(not_found)."""
    return get_by_id(merchant_row_id).merchant_id


def list_merchants() -> list[Merchant]:
    """Return all merchants by platform and key."""
    return list(Merchant.select().order_by(Merchant.platform, Merchant.key))


def choose(*, platform: str, shop_id: int | None, app_id: str | None = None) -> Merchant:
    """Return the active merchant for a shop: its own, that of its brand, or that of the tenant.

    Of several the newest. `app_id` limits the choice to those of an application. Raises DomainError(no_merchant).
    """
    active = Merchant.find_all(platform=platform, state="active")
    shop = next(iter(Shop.by_ids([shop_id])), None) if shop_id is not None else None
    rows = [row for row in active if app_id in (None, row.app_id)]
    rows.sort(key=lambda row: int(row.id), reverse=True)
    own = [row for row in rows if shop is not None and row.shop_id == shop.id]
    brand = [row for row in rows if shop is not None and row.brand is not None and row.brand == shop.brand]
    general = [row for row in rows if row.shop_id is None and row.brand is None]
    found = next(iter(own + brand + general), None)
    if found is None:
        raise errors.DomainError("no_merchant", f"尚未开通{PLATFORMS.get(platform, '该付款方式')}", 503)
    return found


@db.transactional
def retire(*, key: str) -> Merchant:
    """Take a merchant out of service. Its notices and refunds stay valid. Idempotent."""
    row = _lock(key)
    if row.state == "active":
        row.update_fields(state="retired")
        _record(row, "retire", {"state": "retired"})
    return row


@db.transactional
def add_key(*, key: str, name: str, value: str, serial: str = "") -> Merchant:
    """Add a key beside the present ones, which stay valid until `retire_key`. Idempotent.

    `name` is `api_v3_keys` or `public_keys`, `serial` the id of a WeChat public key or certificate.
    """
    row = _lock(key)
    changed = merchant_credentials.add_key(row.platform, read_credentials(row), name, value, serial)
    return _store(
        row, changed, "add_key", {"name": name, "fingerprint": merchant_credentials.fingerprint(value)}
    )


@db.transactional
def retire_key(*, key: str, name: str, identifier: str) -> Merchant:
    """Remove a key by its serial or fingerprint. Idempotent. Raises DomainError(last_key) for the only one."""
    row = _lock(key)
    changed = merchant_credentials.retire_key(row.platform, read_credentials(row), name, identifier)
    return _store(row, changed, "retire_key", {"name": name, "identifier": identifier})


@db.transactional
def replace_private_key(*, key: str, private_key_pem: str, certificate_serial: str = "") -> Merchant:
    """Replace the key with which requests are signed, at once. `certificate_serial` is that of WeChat Pay."""
    row = _lock(key)
    values = {**read_credentials(row), "private_key_pem": private_key_pem}
    if certificate_serial:
        values["certificate_serial"] = certificate_serial
    changed = merchant_credentials.check(row.platform, values)
    return _store(row, changed, "replace_private_key", {"certificate_serial": certificate_serial})


@db.transactional
def replace_v2_secrets(*, key: str, api_v2_key: str = "", client_certificate_pem: str = "") -> Merchant:
    """Replace key and certificate of API v2, with which red packets are sent. An empty one stays. Idempotent."""
    row = _lock(key)
    given = {"api_v2_key": api_v2_key, "client_certificate_pem": client_certificate_pem}
    new = {name: value for name, value in given.items() if value}
    changed = merchant_credentials.check(row.platform, {**read_credentials(row), **new})
    return _store(row, changed, "replace_v2_secrets", {"replaced": sorted(new)})


def read_credentials(merchant: Merchant) -> dict[str, Any]:
    """Return the secrets of a merchant, for its platform client only. They are never shown."""
    return parse_credentials(merchant.credentials)


def parse_credentials(text: str) -> dict[str, Any]:
    """Return the secrets of a text of `Merchant.credentials`."""
    secrets: dict[str, Any] = json.loads(text)
    return secrets


def list_keys(merchant: Merchant) -> list[tuple[str, str]]:
    """Return the keys of a merchant as name and identifier, without a secret."""
    return merchant_credentials.list_keys(merchant.platform, read_credentials(merchant))


def _lock(key: str) -> Merchant:
    return _get(Merchant.find(lock=True, key=key))


def _get(row: Merchant | None) -> Merchant:
    if row is None:
        raise errors.not_found("该商户")
    return row


def _store(row: Merchant, changed: dict[str, Any], what: str, facts: dict[str, Any]) -> Merchant:
    if changed != read_credentials(row):
        row.update_fields(credentials=_dump(changed))
        _record(row, what, facts)
    return row


def _dump(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False)


def _record(row: Merchant, what: str, facts: dict[str, Any]) -> None:
    audit.record(f"merchants.{what}", f"merchant:{row.key}", after=facts)
    db.after_commit(cache.clear)


def _check(*, platform: str, name: str, merchant_id: str, app_id: str, key: str | None) -> None:
    if platform not in PLATFORMS:
        raise errors.invalid("platform", "支付平台应为 wechat_pay 或 alipay")
    if not name.strip() or len(name) > 60 or not input_limits.is_storable_text(name):
        raise errors.invalid("name", "请填写商户名称，最多 60 个字")
    if not merchant_id.isascii() or not merchant_id.isalnum() or len(merchant_id) > 32:
        raise errors.invalid("merchant_id", "商户号应为不超过 32 位的字母和数字")
    if not app_id.isascii() or not app_id.isalnum() or len(app_id) > 64:
        raise errors.invalid("app_id", "AppID 应为不超过 64 位的字母和数字")
    if key is not None and not KEY_PATTERN.fullmatch(key):
        raise errors.invalid("key", "账号标识只能用字母、数字、- 和 _，最多 40 位")
