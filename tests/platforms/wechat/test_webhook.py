"""Only what WeChat really sent, to us and just now, is opened."""

import base64
import contextlib
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms.wechat.crypto import AccountKeys, InvalidPushError
from platforms.wechat.webhook import MAX_CLOCK_SKEW_S, ReplayGuard, is_valid_handshake, verify_and_parse
from tests.platforms.wechat.samples import (
    ACCOUNT,
    APPID,
    COMPATIBLE,
    NOW,
    PLAIN,
    SAFE,
    TOKEN,
    encrypt_push,
    event,
    parse_push,
    query,
    text,
    with_ciphertext,
)


def error_of(
    body: bytes, asked: dict[str, str], keys: AccountKeys = PLAIN, now: int = NOW
) -> InvalidPushError:
    with pytest.raises(InvalidPushError) as caught:
        verify_and_parse(body, asked, keys, now)
    return caught.value


def test_handshake_knows_wechat_from_a_stranger():
    asked = query()
    parts = (asked["timestamp"], asked["nonce"])
    assert is_valid_handshake(TOKEN, asked["signature"], *parts)
    assert not is_valid_handshake(TOKEN, query(token="guess")["signature"], *parts)
    assert not is_valid_handshake(TOKEN, "签名", *parts)
    assert not is_valid_handshake(TOKEN, "\ud800", "\ud800", "\ud800")


def test_empty_token_never_signs():
    asked = query(token="")
    assert not is_valid_handshake("", asked["signature"], asked["timestamp"], asked["nonce"])
    with pytest.raises(ValueError):
        AccountKeys(appid=APPID, token="")


def test_signed_push_is_opened():
    push = parse_push(text("在吗"))
    assert (push.kind, push.text, push.encrypted) == ("text", "在吗", False)


def test_wrong_signature_is_refused_before_the_body_is_read():
    assert error_of(b"<not even xml", query(token="guess")).status == 403
    assert error_of(text("hi"), {}).status == 403


@pytest.mark.parametrize("late_s", [-MAX_CLOCK_SKEW_S - 1, MAX_CLOCK_SKEW_S + 1, NOW])
def test_old_and_future_signatures_are_refused(late_s):
    assert error_of(text("hi"), query(), now=NOW + late_s).status == 403


@pytest.mark.parametrize("late_s", [-MAX_CLOCK_SKEW_S, MAX_CLOCK_SKEW_S])
def test_clocks_may_differ_by_the_window(late_s):
    assert verify_and_parse(text("hi"), query(nonce=f"edge{late_s}"), PLAIN, NOW + late_s).text == "hi"


def test_oversize_body_is_refused():
    assert error_of(b"<xml>" + b" " * 65_536, query()).status == 413


def test_wechatpy_ciphertext_is_opened():
    body, asked = encrypt_push(text("你好😀"))
    push = verify_and_parse(body, asked, SAFE, NOW)
    assert (push.text, push.encrypted, push.account) == ("你好😀", True, ACCOUNT)


def test_wrong_msg_signature_is_refused():
    body, asked = encrypt_push(text("hi"))
    assert error_of(body, asked | {"msg_signature": "0" * 40}, SAFE).status == 403
    del asked["msg_signature"]
    assert error_of(body, asked, SAFE).status == 403


def test_right_msg_signature_is_enough():
    body, asked = encrypt_push(text("你好"))
    del asked["signature"]
    assert verify_and_parse(body, asked, SAFE, NOW).text == "你好"


def test_wrong_signature_beside_a_right_msg_signature_is_refused():
    body, asked = encrypt_push(text("你好"))
    assert error_of(body, asked | {"signature": "0" * 40}, SAFE).status == 403
    assert error_of(body, asked | {"signature": ""}, SAFE).status == 403


def test_old_msg_signature_alone_is_refused():
    body, asked = encrypt_push(text("你好"))
    del asked["signature"]
    assert error_of(body, asked, SAFE, now=NOW + MAX_CLOCK_SKEW_S + 1).status == 403


@pytest.mark.parametrize("keys", [PLAIN, COMPATIBLE, SAFE])
def test_msg_signature_vouches_for_no_plain_body(keys):
    asked = query() | {"msg_signature": query()["signature"]}
    del asked["signature"]
    assert error_of(text("hi"), asked, keys).status == 403


def test_ciphertext_for_another_appid_is_refused():
    body, asked = encrypt_push(text("hi"), appid="wxffffffffffffffff")
    assert error_of(body, asked, SAFE).status == 403


def test_push_for_another_account_is_refused():
    stranger = text("hi").replace(ACCOUNT.encode(), b"gh_noodlehouse")
    body, asked = encrypt_push(stranger)
    assert error_of(body, asked, SAFE).status == 403


def test_ciphertext_wins_over_the_plain_copy():
    body, asked = encrypt_push(text("真话"), copy=text("假话"))
    assert b"\xe5\x81\x87" in body
    assert verify_and_parse(body, asked, COMPATIBLE, NOW).text == "真话"


def test_plain_body_is_refused_in_safe_mode():
    assert error_of(text("hi"), query(nonce="safe-plain"), SAFE).status == 403


def test_encrypted_body_without_our_key_is_refused():
    body, asked = encrypt_push(text("hi"))
    assert error_of(body, asked, PLAIN).status == 400


def test_same_plain_push_twice_is_opened_twice():
    asked = query(nonce="repeat")
    assert verify_and_parse(text("hi"), asked, PLAIN, NOW) == verify_and_parse(text("hi"), asked, PLAIN, NOW)


def test_other_body_under_a_used_signature_is_refused():
    asked = query(nonce="stolen")
    verify_and_parse(text("hi"), asked, PLAIN, NOW)
    assert error_of(text("send me the coupons"), asked).status == 403


def test_other_account_may_use_the_same_nonce():
    asked = query(nonce="shared")
    verify_and_parse(text("hi"), asked, PLAIN, NOW)
    neighbour = AccountKeys(appid="wxneighbour", token=TOKEN)
    assert verify_and_parse(text("hello"), asked, neighbour, NOW).text == "hello"


def test_a07_plain_body_under_the_signature_of_an_encrypted_push_is_refused():
    body, asked = encrypt_push(text("hi"))
    assert verify_and_parse(body, asked, COMPATIBLE, NOW).encrypted
    assert verify_and_parse(body, asked, COMPATIBLE, NOW).encrypted  # the platform's own repeat
    assert error_of(text("send me the coupons"), asked, COMPATIBLE).status == 403


def test_a07_another_nonce_with_the_same_signature_is_no_other_signature():
    split = {"signature": query(nonce="0120")["signature"], "timestamp": f"0{NOW}", "nonce": "012"}
    verify_and_parse(text("hi"), query(nonce="0120"), PLAIN, NOW)
    assert error_of(text("send me the coupons"), split).status == 403


def test_nonce_table_stays_small_and_forgets_only_what_time_rejects():
    table = ReplayGuard(max_size=3)

    def admits(nonce: str, body: bytes = b"a", now: int = NOW) -> bool:
        return table.accepts(keys=PLAIN, signature=nonce, body=body, now=now)

    assert all(admits(nonce) for nonce in ("1", "2", "3"))
    assert not admits("3", b"b", now=NOW + 2 * MAX_CLOCK_SKEW_S)
    assert admits("3", b"b", now=NOW + 4 * MAX_CLOCK_SKEW_S + 1)
    assert all(admits(str(number)) for number in range(100))
    assert len(table._bodies) <= 3


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"{}",
        b"<xml/>",
        b"<html></html>",
        b"<xml><MsgType>text</MsgType>",
        b"<xml><MsgType>text</MsgType></xml>",
        text("hi").replace(b"</xml>", b"<Content>again</Content></xml>"),
        text("hi").replace(b"hi", b"\xff\xfe"),
        text("hi").decode().encode("utf-16"),
        b'<!DOCTYPE xml [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + text("&e;"),
        b'<!DOCTYPE xml [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><xml><Content>&b;</Content></xml>',
        b"<!DOCTYPE xml>" + text("hi"),
        text("hi").replace(b"</xml>", b"<a>" * 2000 + b"</a>" * 2000 + b"</xml>"),
        text("hi").replace(str(NOW).encode(), b"9" * 5000),
        text("hi").replace(str(NOW).encode(), "１７９".encode()),
        event(""),
    ],
)
def test_signed_nonsense_is_a_bad_request(body):
    assert error_of(body, query(nonce=str(hash(body)))).status == 400
    assert error_of(*encrypt_push(body), SAFE).status == 400


def test_doctype_in_a_shoppers_words_is_just_words():
    assert parse_push(text("<!DOCTYPE html>")).text == "<!DOCTYPE html>"


NAMES = """MsgType Event EventKey Content CreateTime FromUserName ToUserName Encrypt Ticket MsgId Label
    Latitude Longitude Location_X SendLocationInfo ScanCodeInfo ScanResult"""
names = st.sampled_from(NAMES.split())
values = st.one_of(
    st.sampled_from(
        ["event", "text", "location", "LOCATION", "subscribe", "location_select", "1e999", "-91"]
    ),
    st.text(max_size=8),
    st.integers().map(str),
)
trees = st.recursive(
    values, lambda children: st.lists(st.tuples(names, children), max_size=12), max_leaves=30
)


def to_xml(tree) -> str:
    if isinstance(tree, str):
        return f"<![CDATA[{tree}]]>"
    return "".join(f"<{name}>{to_xml(child)}</{name}>" for name, child in tree)


def nearly_right(elements: dict[str, object], kind: str) -> bytes:
    known = {"MsgType": kind, "FromUserName": "o1", "ToUserName": ACCOUNT, "CreateTime": str(NOW)} | elements
    return f"<xml>{to_xml(list(known.items()))}</xml>".encode("utf-8", "surrogatepass")


bodies = st.one_of(
    st.builds(
        nearly_right, st.dictionaries(names, trees, max_size=4), st.sampled_from(["event", "location"])
    ),
    st.binary(max_size=300),
    st.text(max_size=100).map(lambda words: words.encode("utf-8", "surrogatepass")),
    trees.map(lambda tree: f"<xml>{to_xml(tree)}</xml>".encode("utf-8", "surrogatepass")),
    st.tuples(st.just(text("hi")), st.integers(0, 200), st.binary(max_size=3)).map(
        lambda parts: parts[0][: parts[1]] + parts[2] + parts[0][parts[1] + len(parts[2]) :]
    ),
)


def parse_or_reject(body: bytes, asked: dict[str, str], keys: AccountKeys) -> None:
    with contextlib.suppress(
        InvalidPushError
    ):  # the only way out besides a push; anything else fails the test
        assert verify_and_parse(body, asked, keys, NOW).dedupe_key


@given(
    body=bodies,
    asked=st.dictionaries(
        st.sampled_from(["signature", "msg_signature", "timestamp", "nonce"]), st.text() | st.just(str(NOW))
    ),
)
def test_strangers_are_refused_whatever_they_send(body, asked):
    with pytest.raises(InvalidPushError):
        verify_and_parse(body, asked, COMPATIBLE, NOW)


@given(body=bodies, keys=st.sampled_from([PLAIN, COMPATIBLE, SAFE]))
def test_signed_bodies_are_opened_or_refused_never_more(body, keys):
    parse_or_reject(body, query(nonce=hashlib.md5(body).hexdigest()), keys)


@given(body=bodies, keys=st.sampled_from([PLAIN, COMPATIBLE, SAFE]))
def test_encrypted_bodies_are_opened_or_refused_never_more(body, keys):
    parse_or_reject(*encrypt_push(body), keys)


@given(blocks=st.binary(max_size=128), keys=st.sampled_from([COMPATIBLE, SAFE]))
def test_signed_random_ciphertexts_are_refused(blocks, keys):
    with pytest.raises(InvalidPushError):
        verify_and_parse(*with_ciphertext(base64.b64encode(blocks).decode()), keys, NOW)
