"""Every kind of push says in our words what the shopper did."""

import pytest

from platforms.wechat.crypto import InvalidPushError
from tests.platforms.wechat.samples import NOW, SHOPPER, encrypt_push, event, message_xml, parse_push, text


def test_words_lose_their_outer_space():
    push = parse_push(text("  你好 世界\n"))
    assert (push.kind, push.text, push.msg_id, push.sent_at) == (
        "text",
        "你好 世界",
        "23456789012345678",
        NOW,
    )


def test_location_message_is_gcj02():
    push = parse_push(
        message_xml(
            "<MsgType>location</MsgType><Location_X>23.134521</Location_X><Location_Y>113.358803</Location_Y>"
            "<Scale>20</Scale><Label>体育西路</Label><MsgId>1</MsgId>"
        )
    )
    assert (push.kind, push.datum, push.label) == ("location", "gcj02", "体育西路")
    assert (push.latitude, push.longitude) == (23.134521, 113.358803)


def test_location_event_is_wgs84():
    place = "<Latitude>-23.1374</Latitude><Longitude>113.3523</Longitude><Precision>119</Precision>"
    push = parse_push(event("LOCATION", place))
    assert (push.kind, push.datum) == ("location_event", "wgs84")
    assert (push.latitude, push.longitude) == (-23.1374, 113.3523)


def test_picked_location_is_read_from_inside():
    picked = (
        "<EventKey>nearby</EventKey><SendLocationInfo><Location_X>31.2</Location_X>"
        "<Location_Y>121.4</Location_Y><Label>南京路</Label><Poiname></Poiname></SendLocationInfo>"
    )
    push = parse_push(event("location_select", picked))
    assert (push.kind, push.event_key, push.label) == ("location_select", "nearby", "南京路")
    assert (push.latitude, push.longitude, push.datum) == (31.2, 121.4, "gcj02")


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        ("91", "1"),
        ("1", "180.1"),
        ("nan", "1"),
        ("inf", "1"),
        ("1e5", "1"),
        ("１", "1"),
        ("1_0", "1"),
        ("", ""),
    ],
)
def test_impossible_place_is_no_place(latitude, longitude):
    place = f"<Latitude>{latitude}</Latitude><Longitude>{longitude}</Longitude>"
    push = parse_push(event("LOCATION", place))
    assert (push.latitude, push.longitude) == (None, None)


def test_follow_by_code_tells_the_scene():
    push = parse_push(event("subscribe", "<EventKey>qrscene_table-7</EventKey><Ticket>TICKET</Ticket>"))
    assert (push.kind, push.scene, push.ticket) == ("subscribe", "table-7", "TICKET")


def test_scan_by_follower_tells_the_scene():
    push = parse_push(event("SCAN", "<EventKey>table-7</EventKey><Ticket>TICKET</Ticket>"))
    assert (push.kind, push.scene) == ("scan", "table-7")


def test_follow_after_payment_is_no_scene():
    push = parse_push(event("subscribe", "<EventKey>last_trade_no_42000012</EventKey>"))
    assert (push.scene, push.event_key) == ("", "last_trade_no_42000012")


def test_follow_by_search_has_no_scene():
    assert parse_push(event("subscribe", "<EventKey></EventKey>")).scene == ""


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("unsubscribe", "unsubscribe"),
        ("CLICK", "click"),
        ("VIEW", "view"),
        ("MASSSENDJOBFINISH", "event:masssendjobfinish"),
        ("TEMPLATESENDJOBFINISH", "template_result"),
        ("subscribe_msg_popup_event", "subscribe_popup"),
    ],
)
def test_events_are_called_in_lower_case(name, kind):
    assert parse_push(event(name, "<EventKey>K</EventKey>")).kind == kind


@pytest.mark.parametrize("kind", ["image", "voice", "video", "shortvideo", "link", "miniprogrampage"])
def test_known_messages_keep_their_name(kind):
    assert parse_push(message_xml(f"<MsgType>{kind}</MsgType><MsgId>1</MsgId>")).kind == kind


def test_unknown_message_is_distinguished():
    assert parse_push(message_xml("<MsgType>hologram</MsgType>")).kind == "message:hologram"


def test_recognised_speech_and_scanned_codes_are_text():
    voice = parse_push(
        message_xml("<MsgType>voice</MsgType><Recognition>附近门店</Recognition><MsgId>1</MsgId>")
    )
    scanned = "<ScanCodeInfo><ScanType>qrcode</ScanType><ScanResult>012345678901</ScanResult></ScanCodeInfo>"
    scan = parse_push(event("scancode_waitmsg", scanned))
    assert (voice.text, scan.text) == ("附近门店", "012345678901")


def test_repeated_children_are_all_kept():
    lists = "<SubscribeMsgPopupEvent><List><TemplateId>A</TemplateId></List><List><TemplateId>B</TemplateId>"
    push = parse_push(event("subscribe_msg_popup_event", lists + "</List></SubscribeMsgPopupEvent>"))
    assert push.fields["SubscribeMsgPopupEvent"] == {"List": [{"TemplateId": "A"}, {"TemplateId": "B"}]}


def test_repeat_of_a_message_has_the_same_key_under_another_envelope():
    first, second = parse_push(text("hi")), parse_push(text("hi"))
    assert first.dedupe_key == second.dedupe_key
    assert first != second  # the signatures differ


def test_same_msg_id_of_two_shoppers_is_two_messages():
    one, other = text("hi"), text("hi").replace(SHOPPER.encode(), b"oSomebodyElse")
    assert parse_push(one).dedupe_key != parse_push(other).dedupe_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (event("CLICK", "<EventKey>A</EventKey>"), event("CLICK", "<EventKey>B</EventKey>")),
        (event("LOCATION"), event("CLICK")),
        (event("CLICK"), event("CLICK", at=NOW + 1)),
        (event("subscribe"), event("unsubscribe")),
        (
            event("TEMPLATESENDJOBFINISH", "<MsgID>1</MsgID>"),
            event("TEMPLATESENDJOBFINISH", "<MsgID>2</MsgID>"),
        ),
        (
            event("user_get_card", "<UserCardCode>1</UserCardCode>"),
            event("user_get_card", "<UserCardCode>2</UserCardCode>"),
        ),
    ],
)
def test_different_events_of_one_second_stay_different(one, other):
    assert parse_push(one).dedupe_key != parse_push(other).dedupe_key


@pytest.mark.parametrize("element", ["TransId", "OrderId", "trace_id", "MsgID", "UserCardCode", "MenuId"])
def test_f18_events_that_differ_in_one_number_only_are_two(element):
    one, other, repeat = (
        parse_push(event("user_pay", f"<{element}>{number}</{element}>")) for number in (1, 2, 1)
    )
    assert one.dedupe_key != other.dedupe_key
    assert one.dedupe_key == repeat.dedupe_key


def test_push_shows_neither_words_nor_place_nor_keys():
    push = parse_push(text("我的电话13800000000"))
    assert "13800000000" not in repr(push)
    assert "token-of" not in repr(push)


def test_letters_of_the_tests_are_what_wechatpy_reads():
    from wechatpy import parse_message
    from wechatpy.crypto import WeChatCrypto

    from tests.platforms.wechat.samples import AES_KEY, APPID, TOKEN

    body, asked = encrypt_push(text("hi"))
    reader = WeChatCrypto(TOKEN, AES_KEY, APPID)
    xml = reader.decrypt_message(body, asked["msg_signature"], asked["timestamp"], asked["nonce"])
    assert parse_message(xml).content == "hi"


def test_name_too_long_for_wechat_is_refused():
    with pytest.raises(InvalidPushError):
        parse_push(message_xml("<MsgType>text</MsgType>", sender="o" * 65))
    assert parse_push(message_xml("<MsgType>text</MsgType>", sender="o" * 64)).sender == "o" * 64


def test_scene_too_long_for_wechat_is_no_scene():
    assert parse_push(event("SCAN", f"<EventKey>{'s' * 65}</EventKey>")).scene == ""
    assert parse_push(event("subscribe", f"<EventKey>qrscene_{'s' * 64}</EventKey>")).scene == "s" * 64
