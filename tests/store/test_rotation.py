"""Rotation with an old and a new key on the ring, then with the old one taken away."""

import base64

import pytest

from store import rotation
from store.company import channels, tenants
from store.kernel import db, recent, secrets
from store.people import customers, fans
from tests.conftest import KEYS

NEW = ("k2", b"2" * 32)
BOTH = secrets.Keys(encryption=(NEW, *KEYS.encryption), index=KEYS.index)
NEW_ALONE = secrets.Keys(encryption=(NEW,), index=KEYS.index)


def test_everything_is_readable_once_the_old_key_is_gone(acme, ring):
    customer = fans.known(channel=channels.of_key("acme-mp"), openid="o1", source="wechat_official")
    customers.Customer.update(name="王小美").where(customers.Customer.id == customer.id).execute()
    ring(BOTH)
    list(rotation.rotate_company())
    ring(NEW_ALONE)
    assert channels.of_key("acme-mp").secret == "s" * 32
    assert customers.Customer.get_by_id(customer.id).name == "王小美"
    assert set(rotation.count_company()) == {"k2"}


def test_without_rotation_the_old_key_is_missed(acme, ring):
    ring(NEW_ALONE)
    with pytest.raises(secrets.UnreadableSecret):
        channels.of_key("acme-mp")


def test_the_registry_is_rotated_too(acme, ring):
    ring(BOTH)
    assert rotation.count_registry() == {"k1": 2}
    list(rotation.rotate_registry())
    ring(NEW_ALONE)
    assert tenants.slugs() == ["acme", "rival"]
    assert rotation.count_registry() == {"k2": 2}


def test_rotated_again_nothing_changes(acme, ring):
    ring(BOTH)
    list(rotation.rotate_company())
    before = stored()
    assert list(rotation.rotate_company()) == []
    assert stored() == before


def test_a_rotation_that_was_cut_short_goes_on(acme, ring, monkeypatch):
    monkeypatch.setattr(rotation, "PORTION", 1)
    ring(BOTH)
    first = next(rotation.rotate_company())
    assert first.done == 1
    assert rotation.count_company()["k1"] > 0
    list(rotation.rotate_company())
    assert set(rotation.count_company()) == {"k2"}


def test_a_value_that_no_key_reads_is_told_and_holds_nothing_up(acme, ring):
    lost = "k0." + base64.b64encode(b"x" * 40).decode()
    db.database.execute_sql(f"UPDATE channel SET secret = '{lost}' WHERE key = 'acme-mp'")
    ring(BOTH)
    unreadable = {(portion.column, *portion.unreadable) for portion in rotation.rotate_company()}
    official = channels.Channel.select(channels.Channel.id).where(channels.Channel.key == "acme-mp").scalar()
    assert ("channel.secret", official) in unreadable
    assert rotation.count_company() == {"k0": 1, "k2": 3}


def test_a_value_changed_in_the_meantime_keeps_its_change(acme, ring):
    column = channels.Channel.secret
    ring(BOTH)
    read_before = rotation._under_older_keys(column, after_id=0)
    channels.Channel.update(secret="another").where(channels.Channel.key == "acme-mp").execute()
    assert rotation._written_anew(column, read_before).done == 1
    recent.forget()
    assert channels.of_key("acme-mp").secret == "another"


def stored() -> list:
    return db.database.execute_sql(
        "SELECT id, secret, token, encoding_aes_key FROM channel ORDER BY id"
    ).fetchall()


@pytest.fixture
def ring(acme):
    """Puts a key ring in force; afterwards all is again as the other tests expect it."""

    def load(keys: secrets.Keys) -> None:
        secrets.load(keys)
        recent.forget()

    yield load
    secrets.load(secrets.Keys(encryption=(*KEYS.encryption, NEW), index=KEYS.index))
    list(rotation.rotate_registry())
    secrets.load(KEYS)
