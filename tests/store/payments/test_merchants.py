"""Merchants: secrets that are never shown, the choice for a shop, and keys that are rotated with overlap."""

import pytest

from store.core.errors import DomainError
from store.key_rotation import encrypted_columns
from store.payments import credentials, merchants
from store.payments.merchants import Merchant
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.tenants.audit import AuditEntry
from tests.store.payments.conftest import ALIPAY_CREDENTIALS, WECHAT_CREDENTIALS


def add(**values):
    known = {
        "platform": "wechat_pay", "name": "商户", "merchant_id": "1900000200", "app_id": "wx1",
        "credentials": WECHAT_CREDENTIALS,
    }  # fmt: skip
    return merchants.add(**{**known, **values})


def test_adding_a_merchant_twice_is_idempotent(acme):
    assert add() == add()
    assert Merchant.select().count() == 1
    with pytest.raises(DomainError):
        add(name="另一个名称")


def test_secrets_are_encrypted_and_neither_audited_nor_printed(acme):
    row = add()
    stored = Merchant.select(Merchant.credentials.cast("text")).where(Merchant.id == row.id).tuples().get()[0]
    audited = " ".join(str(entry.__data__) for entry in AuditEntry.select())
    for secret in ("PRIVATE-KEY-OF-WECHAT", "k" * 32):
        assert secret not in stored
        assert secret not in audited
        assert secret not in repr(row) + str(row)
        assert secret not in repr(credentials.WeChatPaySecrets(**WECHAT_CREDENTIALS))
    assert Merchant.credentials in encrypted_columns([Merchant])
    assert merchants.read_credentials(row)["private_key_pem"] == "PRIVATE-KEY-OF-WECHAT"


def test_wrong_values_are_refused_without_the_secret(acme):
    for values in (
        {"platform": "paypal"}, {"name": " "}, {"merchant_id": "190-1"}, {"app_id": ""}, {"key": "a/b"},
        {"brand": "一", "shop_id": 1}, {"shop_id": 10**9}, {"credentials": {}},
        {"credentials": {**WECHAT_CREDENTIALS, "api_v3_keys": ["SECRET-TOO-SHORT"]}},
        {"credentials": {**WECHAT_CREDENTIALS, "other": "SECRET"}},
    ):  # fmt: skip
        with pytest.raises(DomainError) as refused:
            add(**values)
        assert "SECRET" not in refused.value.message + str(refused.value.details)
    assert Merchant.select().count() == 0


def test_the_shop_s_own_comes_before_the_brand_s_and_the_tenant_s(acme):
    location = Coordinates(121.4, 31.2)
    one, two, three = (
        shops.create_shop(code=f"M{n}", name=f"店{n}", location=location, brand=brand)
        for n, brand in enumerate(("甲", "甲", "乙"))
    )
    general, brand, own = add(), add(brand="甲"), add(shop_id=one.id)

    def choose(shop):
        return merchants.choose(platform="wechat_pay", shop_id=shop.id)

    assert [choose(shop) for shop in (one, two, three)] == [own, brand, general]
    for _ in range(2):
        merchants.retire(key=own.key)
    assert choose(one) == brand
    assert merchants.choose(platform="wechat_pay", shop_id=None) == general
    assert merchants.get_by_key(own.key).state == "retired"
    with pytest.raises(DomainError) as refused:
        merchants.choose(platform="alipay", shop_id=one.id)
    assert refused.value.code == "no_merchant"
    with pytest.raises(DomainError):
        merchants.choose(platform="wechat_pay", shop_id=one.id, app_id="wx2")


def test_a_new_key_keeps_the_one_before_until_it_is_retired(acme):
    row = add()
    new = "n" * 32
    for _ in range(2):
        row = merchants.add_key(key=row.key, name="api_v3_keys", value=new)
    assert merchants.read_credentials(row)["api_v3_keys"] == [new, "k" * 32]
    for _ in range(2):
        row = merchants.retire_key(
            key=row.key, name="api_v3_keys", identifier=credentials.fingerprint("k" * 32)
        )
    assert merchants.read_credentials(row)["api_v3_keys"] == [new]
    with pytest.raises(DomainError) as refused:
        merchants.retire_key(key=row.key, name="api_v3_keys", identifier=credentials.fingerprint(new))
    assert refused.value.code == "last_key"


def test_platform_keys_overlap_by_their_serial(acme):
    row = add()
    with pytest.raises(DomainError):
        merchants.add_key(key=row.key, name="public_keys", value="PEM")
    row = merchants.add_key(key=row.key, name="public_keys", value="PEM", serial="PUB_KEY_ID_2")
    assert merchants.list_keys(row)[1:] == [
        ("public_keys", "PUB_KEY_ID_2"), ("public_keys", "PUB_KEY_ID_1"),
    ]  # fmt: skip
    row = merchants.retire_key(key=row.key, name="public_keys", identifier="PUB_KEY_ID_1")
    assert list(merchants.read_credentials(row)["public_keys"]) == ["PUB_KEY_ID_2"]


def test_alipay_s_keys_overlap_and_a_signing_key_is_replaced(acme):
    row = add(platform="alipay", credentials=ALIPAY_CREDENTIALS)
    row = merchants.add_key(key=row.key, name="public_keys", value="PUBLIC-KEY-B")
    for _ in range(2):
        row = merchants.replace_private_key(key=row.key, private_key_pem="NEW")
    assert merchants.read_credentials(row) == {
        "private_key_pem": "NEW", "public_keys": ["PUBLIC-KEY-B", "PUBLIC-KEY-A"], "seller_id": "",
    }  # fmt: skip
    with pytest.raises(DomainError):
        merchants.add_key(key=row.key, name="api_v3_keys", value="x")
