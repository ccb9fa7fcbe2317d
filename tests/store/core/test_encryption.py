"""What is encrypted belongs to its column, outlives its key's turn and shows every altered byte."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.core import encryption, masking
from tests.conftest import KEYS

NEW = ("k2", b"2" * 32)


@pytest.fixture(autouse=True)
def keyring():
    encryption.load_keys(KEYS)
    yield
    encryption.load_keys(KEYS)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_text_reads_back_and_is_never_written_twice_alike(text):
    first, second = (encryption.encrypt(text, context="a.b") for _ in range(2))
    assert encryption.decrypt(first, context="a.b") == encryption.decrypt(second, context="a.b") == text
    assert first != second


def test_a_value_moved_to_another_column_is_unreadable():
    stored = encryption.encrypt("13812345678", context="identity.value")
    with pytest.raises(encryption.DecryptionError, match=r"customer\.name"):
        encryption.decrypt(stored, context="customer.name")


def test_the_newest_key_writes_and_every_key_reads():
    old = encryption.encrypt("王小美", context="a.b")
    encryption.load_keys(encryption.Keys(encryption=(NEW, *KEYS.encryption), index=KEYS.index))
    assert encryption.decrypt(old, context="a.b") == "王小美"
    assert encryption.encrypt("王小美", context="a.b").startswith("k2.")
    encryption.load_keys(encryption.Keys(encryption=(NEW,), index=KEYS.index))
    with pytest.raises(encryption.DecryptionError, match="k1"):
        encryption.decrypt(old, context="a.b")


def test_each_altered_byte_is_found():
    stored = encryption.encrypt("王小美", context="a.b")
    encrypted = base64.b64decode(stored.partition(".")[2])
    for place in range(len(encrypted)):
        altered = bytearray(encrypted)
        altered[place] ^= 1
        with pytest.raises(encryption.DecryptionError):
            encryption.decrypt(f"k1.{base64.b64encode(altered).decode()}", context="a.b")


@pytest.mark.parametrize("stored", ["", "k1", "k1.", "k1.!!!", "k1.AAAA", "no one.AAAA", ".", "王小美"])
def test_what_was_never_encrypted_is_unreadable(stored):
    with pytest.raises(encryption.DecryptionError):
        encryption.decrypt(stored, context="a.b")


def test_the_blind_index_outlives_keys_and_keeps_purposes_apart():
    before = encryption.blind_index("+8613812345678", purpose="phone")
    encryption.load_keys(encryption.Keys(encryption=(NEW,), index=KEYS.index))
    assert encryption.blind_index("+8613812345678", purpose="phone") == before
    assert encryption.blind_index("+8613812345678", purpose="email") != before
    assert encryption.blind_index("+8613812345679", purpose="phone") != before
    encryption.load_keys(encryption.Keys(encryption=KEYS.encryption, index=b"j" * 32))
    assert encryption.blind_index("+8613812345678", purpose="phone") != before


def test_a_public_id_is_stable_and_of_one_purpose():
    one = encryption.encode_row_id(5, purpose="entry")
    assert (len(one), encryption.decode_row_id(one, purpose="entry")) == (32, 5)
    encryption.load_keys(encryption.Keys(encryption=(NEW,), index=KEYS.index))
    assert encryption.encode_row_id(5, purpose="entry") == one
    assert len({encryption.encode_row_id(n, purpose="entry")[:8] for n in range(100)}) == 100
    with pytest.raises(encryption.DecryptionError):
        encryption.decode_row_id(one, purpose="coupon")


@pytest.mark.parametrize(
    "change", [str.swapcase, lambda x: x[:-4], lambda x: x + "AAAA", lambda x: "", lambda x: "美"]
)
def test_a_changed_public_id_is_refused(change):
    with pytest.raises(encryption.DecryptionError):
        encryption.decode_row_id(change(encryption.encode_row_id(5, purpose="entry")), purpose="entry")


@pytest.mark.parametrize("key_id", ["", "k.1"])
def test_a_key_id_that_could_not_be_read_back_is_refused(key_id):
    with pytest.raises(ValueError, match="dot"):
        encryption.Keys(encryption=((key_id, b"1" * 32),), index=b"i" * 32)


def test_a_key_ring_does_not_print_its_keys():
    assert "1111" not in repr(KEYS)


@pytest.mark.parametrize(
    ("masked", "shown"),
    [
        (masking.mask_phone("+8613812345678"), "138****5678"),
        (masking.mask_phone("+14155550123"), "+14****0123"),
        (masking.mask_name("王小美"), "王**"),
        (masking.mask_name(""), ""),
    ],
)
def test_masks_show_little(masked, shown):
    assert masked == shown


def test_secrets_are_compared_whole():
    assert encryption.constant_time_equal("abc", "abc")
    assert not encryption.constant_time_equal("abc", "abd")
    assert not encryption.constant_time_equal("abc", "ab")
    assert not encryption.constant_time_equal("王", "美")
