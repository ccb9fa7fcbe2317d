from store import key_rotation
from store.core import encryption
from store.core.database import db
from tests.conftest import KEYS

BOTH = encryption.Keys(encryption=(("k2", b"2" * 32), *KEYS.encryption), index=KEYS.index)


def test_list_counts_the_values_of_each_key(run_json):
    said = run_json("encryption-keys", "list")
    assert said["current_key"] == "k1"
    assert said["databases"] == [
        {"database": "registry", "keys": {"k1": 2}},
        {"database": "acme", "keys": {"k1": 6}},
    ]


def test_rotate_leaves_only_the_newest_key(run_command):
    encryption.load_keys(BOTH)
    try:
        result = run_command("encryption-keys", "rotate")
        assert result.exit_code == 0, result.output
        assert "acme：已用密钥 k2 重新加密 6 项" in result.output
        assert "待轮换" not in run_command("encryption-keys", "list").output
    finally:
        encryption.load_keys(
            encryption.Keys(encryption=(*KEYS.encryption, ("k2", b"2" * 32)), index=KEYS.index)
        )
        list(key_rotation.rotate_registry())
        encryption.load_keys(KEYS)


def test_rotate_tells_what_it_cannot_read_and_ends_with_1(run_command):
    db.database.execute_sql("UPDATE channel SET secret = 'k0.eHh4' WHERE key = 'acme-mp'")
    result = run_command("encryption-keys", "rotate")
    assert result.exit_code == 1
    assert "channel.secret" in result.stderr
    assert "XIAOER_KEYS" in result.stderr
