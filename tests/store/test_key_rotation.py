"""Rotation with an old and a new key on the ring, then with the old one taken away."""

import base64

import pytest

from store import key_rotation
from store.core import cache, encryption
from store.core.database import db
from store.customers import customers, followers
from store.tenants import channels, registry
from tests.conftest import KEYS

NEW = ("k2", b"2" * 32)
BOTH = encryption.Keys(encryption=(NEW, *KEYS.encryption), index=KEYS.index)
NEW_ALONE = encryption.Keys(encryption=(NEW,), index=KEYS.index)


def test_everything_is_readable_once_the_old_key_is_gone(acme, use_keyring):
    customer = followers.get_or_create_customer(
        channel=channels.get_by_key("acme-mp"), openid="o1", source="wechat_official"
    )
    customers.Customer.update(name="王小美").where(customers.Customer.id == customer.id).execute()
    use_keyring(BOTH)
    list(key_rotation.rotate_tenant())
    use_keyring(NEW_ALONE)
    assert channels.get_by_key("acme-mp").secret == "s" * 32
    assert customers.Customer.get_by_id(customer.id).name == "王小美"
    assert set(key_rotation.count_tenant()) == {"k2"}


def test_without_rotation_the_old_key_is_missed(acme, use_keyring):
    use_keyring(NEW_ALONE)
    with pytest.raises(encryption.DecryptionError):
        channels.get_by_key("acme-mp")


def test_the_registry_is_rotated_too(acme, use_keyring):
    use_keyring(BOTH)
    assert key_rotation.count_registry() == {"k1": 2}
    list(key_rotation.rotate_registry())
    use_keyring(NEW_ALONE)
    assert registry.list_slugs() == ["acme", "rival"]
    assert key_rotation.count_registry() == {"k2": 2}


def test_rotated_again_nothing_changes(acme, use_keyring):
    use_keyring(BOTH)
    list(key_rotation.rotate_tenant())
    before = stored()
    assert list(key_rotation.rotate_tenant()) == []
    assert stored() == before


def test_a_rotation_that_was_cut_short_goes_on(acme, use_keyring, monkeypatch):
    monkeypatch.setattr(key_rotation, "BATCH_SIZE", 1)
    use_keyring(BOTH)
    first = next(key_rotation.rotate_tenant())
    assert first.rewritten_count == 1
    assert key_rotation.count_tenant()["k1"] > 0
    list(key_rotation.rotate_tenant())
    assert set(key_rotation.count_tenant()) == {"k2"}


def test_a_value_that_no_key_reads_is_reported_and_holds_nothing_up(acme, use_keyring):
    lost = "k0." + base64.b64encode(b"x" * 40).decode()
    db.database.execute_sql(f"UPDATE channel SET secret = '{lost}' WHERE key = 'acme-mp'")
    use_keyring(BOTH)
    unreadable = {(batch.column, *batch.unreadable) for batch in key_rotation.rotate_tenant()}
    official = channels.Channel.select(channels.Channel.id).where(channels.Channel.key == "acme-mp").scalar()
    assert ("channel.secret", official) in unreadable
    assert key_rotation.count_tenant() == {"k0": 1, "k2": 5}


def test_a_value_changed_in_the_meantime_keeps_its_change(acme, use_keyring):
    column = channels.Channel.secret
    use_keyring(BOTH)
    read_before = key_rotation._select_old_keys(column, after_id=0)
    channels.Channel.update(secret="another").where(channels.Channel.key == "acme-mp").execute()
    assert key_rotation._reencrypt(column, read_before).rewritten_count == 1
    cache.clear()
    assert channels.get_by_key("acme-mp").secret == "another"


def stored() -> list:
    return db.database.execute_sql(
        "SELECT id, secret, token, encoding_aes_key FROM channel ORDER BY id"
    ).fetchall()


@pytest.fixture
def use_keyring(acme):
    """Puts a key ring active; afterwards all is again as the other tests expect it."""

    def load(keys: encryption.Keys) -> None:
        encryption.load_keys(keys)
        cache.clear()

    yield load
    encryption.load_keys(encryption.Keys(encryption=(*KEYS.encryption, NEW), index=KEYS.index))
    list(key_rotation.rotate_registry())
    encryption.load_keys(KEYS)
