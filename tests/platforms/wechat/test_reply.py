"""Replies reach the shopper as meant, whatever words are in them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto
from wechatpy.replies import deserialize_reply

from platforms.wechat.reply import Article, Articles, EmptyReply, Image, Text, TransferToAgent, write_reply
from platforms.wechat.webhook import verify_and_parse
from platforms.xml import parse_xml
from tests.platforms.wechat.samples import (
    ACCOUNT,
    AES_KEY,
    APPID,
    NOW,
    SAFE,
    SHOPPER,
    TOKEN,
    encrypt_push,
    parse_push,
    text,
)

plain_push = parse_push(text("hi"))
safe_push = verify_and_parse(*encrypt_push(text("hi")), SAFE, NOW)


def to_xml(reply) -> dict:
    return parse_xml(write_reply(plain_push, reply).encode())


def test_text_goes_back_to_the_sender():
    reply = deserialize_reply(write_reply(plain_push, Text("您好😀")))
    assert (reply.target, reply.source, reply.content, reply.time) == (SHOPPER, ACCOUNT, "您好😀", NOW)


def test_articles_are_read_by_wechatpy():
    # Two of them, because wechatpy cannot read back a single one.
    reply = Articles([Article("满<100>减20", "今日 & 明日", "https://x/p.jpg?a=1&b=2", "https://x/")] * 2)
    article, _ = deserialize_reply(write_reply(plain_push, reply)).articles
    assert article["title"] == "满<100>减20"
    assert article["image"] == "https://x/p.jpg?a=1&b=2"


@pytest.mark.parametrize("count", [0, 9])
def test_too_few_or_too_many_articles_are_refused(count):
    with pytest.raises(ValueError):
        Articles([Article("t", "d", "p", "u")] * count)


def test_image_names_its_media():
    assert deserialize_reply(write_reply(plain_push, Image("MEDIA"))).media_id == "MEDIA"


def test_transfer_names_the_agent_only_when_asked():
    assert "TransInfo" not in to_xml(TransferToAgent())
    assert to_xml(TransferToAgent("ann@shop"))["TransInfo"] == {"KfAccount": "ann@shop"}


@pytest.mark.parametrize("reply", [EmptyReply(), Text(""), Text(" \n"), Text("\x00\x07")])
def test_nothing_to_say_is_success_even_in_safe_mode(reply):
    assert write_reply(plain_push, reply) == "success"
    assert write_reply(safe_push, reply) == "success"


def test_words_cannot_leave_their_element():
    reply = to_xml(Text("a]]></Content><MsgType>evil</MsgType><Content><![CDATA[b"))
    assert reply["MsgType"] == "text"
    assert reply["Content"].startswith("a]]></Content><MsgType>evil")


@pytest.mark.parametrize("content", ["汉" * 700, "x" + "😀" * 600, "x" * 3000])
def test_long_text_is_cut_between_characters(content):
    cut = to_xml(Text(content))["Content"]
    assert content.startswith(cut)
    assert 2048 - 3 <= len(cut.encode()) <= 2048


@given(content=st.text(max_size=200))
def test_any_words_come_through(content):
    kept = "".join(
        sign for sign in content if sign in "\t\n\r" or " " <= sign <= "\ud7ff" or sign >= "\ue000"
    )
    kept = kept.replace("\ufffe", "").replace("\uffff", "")
    body = write_reply(plain_push, Text("|" + content + "|"))
    assert parse_xml(body.encode())["Content"] == ("|" + kept + "|").replace("\r\n", "\n").replace("\r", "\n")


def test_encrypted_reply_is_opened_by_wechatpy():
    encrypted = write_reply(safe_push, Text("悄悄话"))
    outer = parse_xml(encrypted.encode())
    crypto = WeChatCrypto(TOKEN, AES_KEY, APPID)
    inner = crypto.decrypt_message(encrypted, outer["MsgSignature"], outer["TimeStamp"], outer["Nonce"])
    assert deserialize_reply(inner).content == "悄悄话"
    assert "悄悄话" not in encrypted


def test_encrypted_replies_never_repeat_their_ciphertext():
    ciphertexts = {parse_xml(write_reply(safe_push, Text("hi")).encode())["Encrypt"] for _ in range(20)}
    assert len(ciphertexts) == 20


def test_reading_and_answering_costs_about_as_much_as_wechatpy_alone():
    """Both take the same time within some percent; the margin keeps other processes from failing the test."""
    rounds = [(_cpu_seconds(_answer), _cpu_seconds(_answer_with_wechatpy)) for _ in range(9)]
    assert min(ours for ours, _ in rounds) <= 1.5 * min(theirs for _, theirs in rounds)


def _cpu_seconds(work) -> float:
    start = time.process_time()
    for _ in range(50):
        work()
    return time.process_time() - start


_body, _query = encrypt_push(text("请问附近有门店吗"))


def _answer() -> None:
    write_reply(verify_and_parse(_body, _query, SAFE, NOW), Text("有的，请看菜单“附近门店”。"))


def _answer_with_wechatpy() -> None:
    from wechatpy import create_reply, parse_message

    crypto = WeChatCrypto(TOKEN, AES_KEY, APPID)
    xml = crypto.decrypt_message(_body, _query["msg_signature"], _query["timestamp"], _query["nonce"])
    reply = create_reply("有的，请看菜单“附近门店”。", parse_message(xml))
    crypto.encrypt_message(reply.render(), _query["nonce"], _query["timestamp"])
