"""The envelope opens for the right keys only, and agrees with wechatpy both ways."""

import base64

import pytest
from wechatpy.crypto import PrpCrypto

from platforms.wechat_envelope import AccountKeys, BadPush, decrypt, encrypt, signature, signed
from platforms.wechat_inbound import open_push

from .wechat_letters import AES_KEY, APPID, NOW, PLAIN, SAFE, TOKEN, text, with_ciphertext

THEIRS = PrpCrypto(base64.b64decode(AES_KEY + "="))


@pytest.mark.parametrize("message", ["", "x", "<xml>你好😀</xml>", "x" * 31, "x" * 32, "汉" * 5000])
def test_wechatpy_reads_ours_and_we_read_theirs(message):
    assert THEIRS.decrypt(encrypt(message, keys=SAFE), APPID) == message
    assert decrypt(THEIRS.encrypt(message, APPID).decode(), keys=SAFE) == message.encode()


def test_signature_covers_every_part_and_bears_any_words():
    made = signature("token", "1", "nonce", "body")
    assert signed(made, "token", "1", "nonce", "body")
    assert not signed(made, "token", "1", "nonce", "other")
    assert not signed("签名\ud800", "token", "\ud800")


def test_keys_hide_themselves():
    for hidden in (TOKEN, AES_KEY):
        assert hidden not in repr(SAFE)


def test_account_without_key_can_neither_read_nor_write():
    with pytest.raises(BadPush):
        decrypt("AAAA", keys=PLAIN)
    with pytest.raises(ValueError):
        encrypt("hi", keys=PLAIN)


@pytest.mark.parametrize("aes_key", [AES_KEY[:42], AES_KEY + "A", "!" * 43, "", None])
def test_wrong_aes_key_is_told_when_it_is_set(aes_key):
    with pytest.raises(ValueError):
        AccountKeys(appid=APPID, token=TOKEN, encoding_aes_key=aes_key, mode="safe")


@pytest.mark.parametrize("ciphertext", ["", "汉字", "AAAA", "A" * 44, "="])
def test_signed_garbage_ciphertext_is_a_bad_request(ciphertext):
    assert refusal(ciphertext).status == 400


def test_plaintext_with_a_wrong_length_or_padding_is_refused():
    too_long = b"r" * 16 + (2**32 - 1).to_bytes(4, "big") + text("hi") + APPID.encode()
    no_room = b"r" * 8
    for content in (too_long, no_room, b"", bytes(32), b"\x21" * 64):
        for padding in (b"\x00", b"\x21", bytes([32]) * 31, bytes([16]) * 16):
            block = (content + padding).rjust(-(-len(content + padding) // 16) * 16, b"r")
            assert refusal(sealed(block)).status in (400, 403)


def test_padding_must_be_whole():
    body = text("hi")
    content = b"r" * 16 + len(body).to_bytes(4, "big") + body + APPID.encode()
    count = 32 - len(content) % 32
    right, wrong = bytes([count]) * count, b"?" * (count - 1) + bytes([count])
    assert count > 1
    assert decrypt(sealed(content + right), keys=SAFE) == body
    assert refusal(sealed(content + wrong)).status == 400


def sealed(padded: bytes) -> str:
    return base64.b64encode(SAFE.cipher.encrypt(padded)).decode()


def refusal(ciphertext: str) -> BadPush:
    with pytest.raises(BadPush) as caught:
        open_push(*with_ciphertext(ciphertext), SAFE, NOW)
    return caught.value
