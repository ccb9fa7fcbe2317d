"""Bodies that WeChat would never send: what a stranger may have thought of, one line a thought."""

from collections.abc import Iterator
from typing import Any

from tests.support.wechat_pushes import event, location, push_xml, text

XML_ESCAPES = [
    "]]>",
    "]]]]>>",
    "]]></Content><Evil>1</Evil>",
    "]]></ToUserName><Evil/><ToUserName><![CDATA[",
    "]]&gt;<Evil/>",
    "<![CDATA[",
    "<![CDATA[]]]]><![CDATA[>",
    "<Evil/>",
    "&lt;Evil/&gt;",
    "&#60;Evil/&#62;",
    "<?evil?>",
    "<!-- evil -->",
    "<!DOCTYPE html>",
    "</xml><xml>",
]
NUMBERS = [
    "",
    "-1",
    "0",
    "1e99",
    "1" * 12,
    "9" * 5000,
    "0x10",
    "1.5",
    "NaN",
    "１２３",
    " 1 ",
    "1\n2",
    "+5",
    "null",
]
PLACES = [
    (91, 0), (-91, 0), (0, 181), (0, -181), (999, 999), ("NaN", "NaN"), ("inf", "-inf"), ("1e3", "1e3"),
    ("", ""), ("north", "east"), ("39.9" + "9" * 400, "116"), ("-0", "-0"), ("39.9", ""), ("٣٩", "١١٦"),
]  # fmt: skip
KINDS = [
    "",
    " ",
    "EVENT",
    "Text",
    "texte",
    "text\u0000x".replace("\u0000", "\u2028"),
    "x" * 5000,
    "../../etc",
    "'--",
]
EVENTS = [
    "",
    "SUBSCRIBE",
    "subscribe_msg_popup_event",
    "user_authorization_revoke",
    "x" * 5000,
    "'; DROP TABLE follower",
]
PUSH = push_xml("o1", **text("你好"))


def list_malicious_pushes() -> dict[str, bytes]:
    """Every body by name."""
    found = {**_not_xml(), **_declarations(), **_odd_structures()}
    for number, push in enumerate(_odd_fields()):
        found[f"odd-{number}"] = push_xml("o1", **push).encode()
    for number, name in enumerate(XML_ESCAPES):
        found[f"sender-{number}"] = push_xml(name, **event("CLICK", "HELLO")).encode()
        found[f"account-{number}"] = push_xml("o1", ToUserName=name, **event("CLICK", "HELLO")).encode()
        found[f"raw-{number}"] = PUSH.replace("你好", name).encode()
    return found


def _not_xml() -> dict[str, bytes]:
    return {
        "empty": b"",
        "blank": b" \n\t ",
        "zero-bytes": b"\0" * 100,
        "words": b"hello",
        "json": b'{"xml": {"MsgType": "text"}}',
        "form": b"MsgType=text&Content=hi",
        "half": PUSH[:-20].encode(),
        "two-roots": (PUSH + PUSH).encode(),
        "tail": (PUSH + "tail").encode(),
        "utf-16": PUSH.encode("utf-16"),
        "utf-16-declared": b'<?xml version="1.0" encoding="utf-16"?>' + PUSH.encode("utf-16-le"),
        "utf-32": PUSH.encode("utf-32"),
        "gbk": PUSH.encode("gbk"),
        "gbk-declared": b'<?xml version="1.0" encoding="gbk"?>' + PUSH.encode("gbk"),
        "utf-7-declared": b'<?xml version="1.0" encoding="utf-7"?>' + PUSH.encode(),
        "latin-1": PUSH.replace("你好", "é").encode("latin-1"),
        "bad-utf-8": PUSH.encode().replace("你好".encode(), b"\xff\xfe"),
        "overlong-utf-8": PUSH.encode().replace("你好".encode(), b"\xc0\xbc"),
        "cut-utf-8": PUSH.encode().replace("你好".encode(), b"\xe4\xbd"),
        "byte-order-mark": b"\xef\xbb\xbf" + PUSH.encode(),
        "zero-byte-in-text": PUSH.encode().replace("你好".encode(), b"a\0b"),
        "bell-in-text": PUSH.encode().replace("你好".encode(), b"a\x07b"),
        "lone-surrogate": PUSH.replace("你好", "\ud800").encode("utf-8", "surrogatepass"),
        "surrogate-pair": PUSH.replace("你好", "\ud83d\ude00").encode("utf-8", "surrogatepass"),
        "not-a-character": PUSH.replace("你好", "\uffff").encode(),
    }


def _declarations() -> dict[str, bytes]:
    declared = {
        "doctype": "<!DOCTYPE xml>",
        "entity": '<!DOCTYPE xml [<!ENTITY e "ha">]>',
        "external-file": '<!DOCTYPE xml [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        "external-address": '<!DOCTYPE xml [<!ENTITY e SYSTEM "http://127.0.0.1:1/">]>',
        "external-type": '<!DOCTYPE xml SYSTEM "file:///etc/passwd">',
        "public-type": '<!DOCTYPE xml PUBLIC "-//W3C//DTD" "http://127.0.0.1:1/">',
        "parameter": '<!DOCTYPE xml [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]>',
        "laughs": "<!DOCTYPE xml [<!ENTITY a0 'ha'>"
        + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
        + "<!ENTITY e '&a9;'>]>",
        "attribute-list": "<!DOCTYPE xml [<!ATTLIST xml a CDATA 'x'>]>",
        "notation": '<!DOCTYPE xml [<!NOTATION n SYSTEM "x">]>',
        "loop": "<!DOCTYPE xml [<!ENTITY e '&e;'>]>",
    }
    named = PUSH.replace("<![CDATA[你好]]>", "&e;")
    found = {name: (head + named).encode() for name, head in declared.items()}
    for name, reference in {"nil": "&#0;", "bell": "&#7;", "high": "&#xD800;", "far": "&#x110000;"}.items():
        found[f"reference-{name}"] = PUSH.replace("<![CDATA[你好]]>", reference).encode()
    return {**found, "unknown-entity": named.encode(), "instruction": b"<?php evil ?>" + PUSH.encode()}


def _odd_structures() -> dict[str, bytes]:
    found = {
        "empty-root": b"<xml/>",
        "wrong-root": PUSH.replace("xml>", "html>").encode(),
        "namespace": PUSH.replace("<xml>", '<xml xmlns="urn:x">').encode(),
        "prefixed-root": PUSH.replace("<xml>", '<a:xml xmlns:a="urn:x">')
        .replace("</xml>", "</a:xml>")
        .encode(),
        "attributes": PUSH.replace("<MsgType>", '<MsgType a="1" b="2">').encode(),
        "deep": PUSH.replace("</xml>", "<a>" * 2000 + "</a>" * 2000 + "</xml>").encode(),
        "wide": PUSH.replace("</xml>", "<a/>" * 8000 + "</xml>").encode(),
        "many-names": PUSH.replace("</xml>", "".join(f"<a{n}/>" for n in range(4000)) + "</xml>").encode(),
        "text-between": PUSH.replace("<MsgType>", "words<MsgType>").encode(),
        "encrypted-nothing": b"<xml><Encrypt/></xml>",
        "encrypted-words": b"<xml><Encrypt>hello</Encrypt></xml>",
        "encrypted-tree": b"<xml><Encrypt><MsgType>text</MsgType></Encrypt></xml>",
        "sender-tree": push_xml("o1", **event("subscribe"), FromUserName={"a": "1"}).encode(),
    }
    for name in ("ToUserName", "FromUserName", "CreateTime", "MsgType", "Content", "MsgId"):
        found[f"without-{name}"] = PUSH.replace(f"{name}>", "Other>").encode()
        found[f"twice-{name}"] = PUSH.replace("</xml>", f"<{name}>again</{name}></xml>").encode()
        found[f"tree-{name}"] = PUSH.replace("</xml>", "").replace(f"<{name}>", f"<{name}><a>1</a>").encode()
    return found


def _odd_fields() -> Iterator[dict[str, Any]]:
    for number in NUMBERS:
        yield {**text("你好"), "CreateTime": number}
        yield {**text("你好"), "MsgId": number}
    yield from (location(*place) for place in PLACES)
    yield from (
        {"MsgType": "event", "Event": "LOCATION", "Latitude": lat, "Longitude": lng} for lat, lng in PLACES
    )
    yield from ({"MsgType": kind, "Content": "你好"} for kind in KINDS)
    yield from (event(name) for name in EVENTS)
    yield from (event(name, "x" * 5000) for name in ("CLICK", "VIEW", "SCAN", "subscribe"))
    yield from (
        event("subscribe", key) for key in ("qrscene_", "qrscene_" * 50, "last_trade_no_1", "qrscene_'--")
    )
    yield from (
        text(words) for words in (*XML_ESCAPES, "签到\u202e", "越狱", " " * 3000, "%s%n{}{0}", "长" * 15_000)
    )
    yield {**event("scancode_waitmsg"), "ScanCodeInfo": {"ScanType": "qr", "ScanResult": "]]>"}}
    yield {**event("location_select"), "SendLocationInfo": {"Location_X": "999", "Location_Y": "x"}}
    yield {**event("location_select"), "SendLocationInfo": "nowhere"}
    yield {"MsgType": "voice", "MediaId": "m", "Format": "amr", "Recognition": "]]><Evil/>"}
    yield {**event("subscribe"), "FromUserName": "o" * 5000}
    yield {**text("签到"), "FromUserName": "o" * 5000}
