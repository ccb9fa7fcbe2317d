"""Characters that XML forbids are dropped, and what is left keeps its structure."""

import pytest

from platforms.wechat.webhook import verify_and_parse
from platforms.xml import InvalidXmlError, parse_xml
from tests.platforms.wechat.samples import COMPATIBLE, NOW, PLAIN, SAFE, encrypt_push, message_xml, query

FORBIDDEN = [
    "\u0008",
    "\u0010",
    "\u001d",
    "\x00",
    "\ufffe",
    "&#29;",
    "&#x1D;",
    "&#0;",
    "&#xFFFF;",
    "&#1114112;",
]


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
@pytest.mark.parametrize("forbidden", FORBIDDEN)
def test_f01_forbidden_characters_are_dropped_in_every_mode(mode: str, forbidden: str):
    content = f"<MsgType>text</MsgType><Content>签{forbidden}到</Content><MsgId>1</MsgId>"
    body = message_xml(content)
    if mode == "plain":
        push = verify_and_parse(body, query(nonce=forbidden), PLAIN, NOW)
    else:
        keys = COMPATIBLE if mode == "compatible" else SAFE
        push = verify_and_parse(*encrypt_push(body, copy=body if mode == "compatible" else b""), keys, NOW)
    assert push.text == "签到"


def test_f01_a_dropped_character_in_a_cdata_section_does_not_end_it():
    body = "<xml><Content><![CDATA[a]\x08]></Content><Evil>1</Evil><Content>]]></Content></xml>"
    assert parse_xml(body.encode()) == {"Content": "a]]></Content><Evil>1</Evil><Content>"}


def test_f01_allowed_references_and_ampersands_in_a_cdata_section_stay():
    body = "<xml><A>&#20320;&#x597D;&#9;!</A><B><![CDATA[&#29;\x08]]></B></xml>"
    assert parse_xml(body.encode()) == {"A": "你好\t!", "B": "&#29;"}


@pytest.mark.parametrize("hidden", ["<!DOC\x08TYPE xml>", "<!DOCTYPE\x08 xml [<!ENTITY e 'x'>]>"])
def test_f01_a_doctype_hidden_by_a_forbidden_character_is_refused(hidden: str):
    with pytest.raises(InvalidXmlError):
        parse_xml(f"{hidden}<xml><A>1</A></xml>".encode())
