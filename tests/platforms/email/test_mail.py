"""The headers and parts of an e-mail: readable in Chinese, and with nothing that a line break smuggles in."""

from email import message_from_bytes, policy
from typing import Any

import pytest

from platforms.email.mail import Mail

FIELDS = {
    "number": "M-20261128.1",
    "sender_address": "shop@teahouse.example",
    "recipient": "xiaomei@example.com",
    "sender_name": "小二便利, 上海",
    "subject": "您的积分将在七天后过期，请尽快使用，否则就没有了：三千八百六十五分，可以换一壶茶",
    "text": "亲爱的小美：\n\n.以点开头的一行\n您的积分快过期了。",
}


def parse(**changes: Any) -> Any:
    return message_from_bytes(Mail(**FIELDS | changes).to_bytes(), policy=policy.default)


def test_headers_are_read_as_they_were_written() -> None:
    message = parse(html="<p>您的积分快过期了。</p>", list_unsubscribe="https://shop.example/u?t=1")
    assert message["Subject"] == FIELDS["subject"]
    assert message["From"].addresses[0].display_name == FIELDS["sender_name"]
    assert message["From"].addresses[0].addr_spec == FIELDS["sender_address"]
    assert message["To"] == FIELDS["recipient"]
    assert message["Message-ID"] == "<M-20261128.1@teahouse.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime.year >= 2026
    assert message["List-Unsubscribe"] == "<https://shop.example/u?t=1>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message.get_content_type() == "multipart/alternative"
    text = message.get_body(("plain",)).get_content()
    assert text.replace("\r\n", "\n").strip() == FIELDS["text"]
    assert "<p>您的积分" in message.get_body(("html",)).get_content()


def test_lines_are_short_and_ascii() -> None:
    content = Mail(**FIELDS | {"html": "<p>" + "茶" * 3000 + "</p>"}).to_bytes()
    assert content.isascii()
    assert max(len(line) for line in content.split(b"\r\n")) <= 78
    assert b"\n" not in content.replace(b"\r\n", b"")


def test_long_number_and_address_stay_whole() -> None:
    mail = Mail(
        **FIELDS | {"number": "m" * 64, "list_unsubscribe": "https://shop.example/unsubscribe/" + "t" * 200}
    )
    content = mail.to_bytes().decode()
    assert f"Message-ID: <{'m' * 64}@teahouse.example>\r\n" in content
    assert f"List-Unsubscribe: <{mail.list_unsubscribe}>\r\n" in content


def test_plain_mail_has_one_part_and_no_unsubscription() -> None:
    message = parse()
    assert message.get_content_type() == "text/plain"
    assert message["List-Unsubscribe"] is None


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "积分\r\nBcc: all@example.com"},
        {"subject": "积分\nBcc: all@example.com"},
        {"subject": "积分\u2028Bcc"},
        {"subject": " "},
        {"subject": "积" * 256},
        {"sender_name": "小二\r\nBcc: all@example.com"},
        {"sender_name": "小二\x00"},
        {"sender_name": "小二\ud800"},
        {"recipient": "a@example.com\r\nBcc: b@example.com"},
        {"recipient": "a@example.com, b@example.com"},
        {"recipient": "小美@example.com"},
        {"recipient": "a..b@example.com"},
        {"recipient": "a@localhost"},
        {"recipient": f"{'a' * 65}@example.com"},
        {"sender_address": "shop"},
        {"sender_address": "<shop@teahouse.example>"},
        {"number": "m 1"},
        {"number": "m>\r\nBcc: all@example.com"},
        {"number": ""},
        {"list_unsubscribe": "https://shop.example/>\r\nBcc: all@example.com"},
        {"list_unsubscribe": "mailto:shop@teahouse.example"},
    ],
)
def test_injected_header_is_rejected(changes: dict[str, str]) -> None:
    with pytest.raises(ValueError) as caught:
        Mail(**FIELDS | changes)
    assert "all@example.com" not in str(caught.value)


def test_mail_hides_its_addresses_and_text() -> None:
    assert "example.com" not in repr(Mail(**FIELDS))
    assert "小美" not in repr(Mail(**FIELDS))
