"""The envelope opens for the right keys only, and agrees with wechatpy both ways."""

import base64

import pytest
from wechatpy.crypto import PrpCrypto

from platforms.wechat.crypto import (
    AccountKeys,
    InvalidPushError,
    compute_signature,
    decrypt,
    encrypt,
    is_signature_valid,
)
from platforms.wechat.webhook import verify_and_parse
from tests.platforms.wechat.samples import AES_KEY, APPID, NOW, PLAIN, SAFE, TOKEN, text, with_ciphertext

REFERENCE_CRYPTO = PrpCrypto(base64.b64decode(AES_KEY + "="))


@pytest.mark.parametrize("message", ["", "x", "<xml>你好😀</xml>", "x" * 31, "x" * 32, "汉" * 5000])
def test_wechatpy_reads_ours_and_we_read_theirs(message):
    assert REFERENCE_CRYPTO.decrypt(encrypt(message, keys=SAFE), APPID) == message
    assert decrypt(REFERENCE_CRYPTO.encrypt(message, APPID).decode(), keys=SAFE) == message.encode()


def test_signature_covers_every_part_and_bears_any_words():
    made = compute_signature("token", "1", "nonce", "body")
    assert is_signature_valid(made, "token", "1", "nonce", "body")
    assert not is_signature_valid(made, "token", "1", "nonce", "other")
    assert not is_signature_valid("签名\ud800", "token", "\ud800")


def test_keys_hide_themselves():
    for hidden in (TOKEN, AES_KEY):
        assert hidden not in repr(SAFE)


def test_account_without_key_can_neither_read_nor_write():
    with pytest.raises(InvalidPushError):
        decrypt("AAAA", keys=PLAIN)
    with pytest.raises(ValueError):
        encrypt("hi", keys=PLAIN)


@pytest.mark.parametrize("aes_key", [AES_KEY[:42], AES_KEY + "A", "!" * 43, "", None])
def test_wrong_aes_key_is_reported_when_it_is_set(aes_key):
    with pytest.raises(ValueError):
        AccountKeys(appid=APPID, token=TOKEN, encoding_aes_key=aes_key, mode="safe")


@pytest.mark.parametrize("ciphertext", ["", "汉字", "AAAA", "A" * 44, "="])
def test_signed_garbage_ciphertext_is_a_bad_request(ciphertext):
    assert error_of(ciphertext).status == 400


def test_plaintext_with_a_wrong_length_or_padding_is_refused():
    too_long = b"r" * 16 + (2**32 - 1).to_bytes(4, "big") + text("hi") + APPID.encode()
    no_length = b"r" * 8
    for content in (too_long, no_length, b"", bytes(32), b"\x21" * 64):
        for padding in (b"\x00", b"\x21", bytes([32]) * 31, bytes([16]) * 16):
            block = (content + padding).rjust(-(-len(content + padding) // 16) * 16, b"r")
            assert error_of(encrypt_padded(block)).status in (400, 403)


def test_padding_must_be_whole():
    body = text("hi")
    content = b"r" * 16 + len(body).to_bytes(4, "big") + body + APPID.encode()
    count = 32 - len(content) % 32
    right, wrong = bytes([count]) * count, b"?" * (count - 1) + bytes([count])
    assert count > 1
    assert decrypt(encrypt_padded(content + right), keys=SAFE) == body
    assert error_of(encrypt_padded(content + wrong)).status == 400


def encrypt_padded(padded: bytes) -> str:
    return base64.b64encode(SAFE.cipher.encrypt(padded)).decode()


def error_of(ciphertext: str) -> InvalidPushError:
    with pytest.raises(InvalidPushError) as caught:
        verify_and_parse(*with_ciphertext(ciphertext), SAFE, NOW)
    return caught.value
