from store import rotation
from store.kernel import db, secrets
from tests.conftest import KEYS

BOTH = secrets.Keys(encryption=(("k2", b"2" * 32), *KEYS.encryption), index=KEYS.index)


def test_list_counts_the_values_of_each_key(told):
    said = told("keys", "list")
    assert said["newest"] == "k1"
    assert said["places"] == [{"place": "registry", "keys": {"k1": 2}}, {"place": "acme", "keys": {"k1": 4}}]


def test_rotate_leaves_only_the_newest_key(shell):
    secrets.load(BOTH)
    try:
        result = shell("keys", "rotate")
        assert result.exit_code == 0, result.output
        assert "acme：已用密钥 k2 重新加密 4 项" in result.output
        assert "待轮换" not in shell("keys", "list").output
    finally:
        secrets.load(secrets.Keys(encryption=(*KEYS.encryption, ("k2", b"2" * 32)), index=KEYS.index))
        list(rotation.rotate_registry())
        secrets.load(KEYS)


def test_rotate_tells_what_it_cannot_read_and_ends_with_1(shell):
    db.database.execute_sql("UPDATE channel SET secret = 'k0.eHh4' WHERE key = 'acme-mp'")
    result = shell("keys", "rotate")
    assert result.exit_code == 1
    assert "channel.secret" in result.stderr
    assert "XIAOER_KEYS" in result.stderr
