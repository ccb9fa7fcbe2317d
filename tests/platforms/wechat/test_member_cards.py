"""Member cards of WeChat: the one activation of a card, its signature, and the events of the card pack."""

import hashlib
import json

import pytest

from platforms.card_answers import CardDesign
from platforms.errors import PlatformRejectedError
from platforms.wechat import card_events, card_signature, member_cards

DESIGN = CardDesign(
    reference="ctp_1", title="小二会员", brand="小二便利", colour="Color010", colour_code="#63b359", logo="http://logo",
    cover="", privileges="会员价", instructions="出示会员码", notice="请出示", service_phone="", shown=("points",),
    activation="one_click", home_url="https://shop/m/card?card=ctp_1", activation_url="https://shop/a",
)  # fmt: skip


def test_card_with_several_activations_is_rejected_with_what_to_drop():
    card = {"auto_activate": True, "wx_activate": True, "activate_url": "https://shop/a"}
    with pytest.raises(PlatformRejectedError, match="请去掉 wx_activate、activate_url"):
        member_cards.ensure_one_activation(card)
    with pytest.raises(PlatformRejectedError):
        member_cards.ensure_one_activation({})
    built = member_cards.build_card(DESIGN)
    assert [name for name in member_cards.ACTIVATIONS if built.get(name)] == ["wx_activate"]
    assert (built["supply_bonus"], built["supply_balance"], "custom_field1" in built) == (True, False, False)


def test_signature_covers_the_card_and_the_person_in_the_order_of_their_values():
    given = card_signature.sign_card(
        ticket="zz", card_id="pCard", timestamp=1_800_000_000, openid="oMei", reference="pcd_1", nonce="abc"
    )
    extra = json.loads(given.card_ext)
    expected = hashlib.sha1(
        "".join(sorted(["zz", "pCard", "1800000000", "abc", "", "oMei"])).encode()
    ).hexdigest()
    assert (extra["signature"], extra["outer_str"], "code" in extra) == (expected, "pcd_1", False)


def test_event_of_a_gift_names_both_codes_and_a_form_its_card():
    fields = {
        "CardId": "pCard", "UserCardCode": "2", "IsGiveByFriend": "1", "OldUserCardCode": "1", "OuterStr": "pcd_1",
    }  # fmt: skip
    event = card_events.parse("user_get_card", fields, sender="oMei", sent_at=1)
    assert (event.code, event.old_code, event.reference, event.is_gift) == ("2", "1", "pcd_1", True)
    own = card_events.parse("user_get_card", {**fields, "IsGiveByFriend": "0"}, sender="oMei", sent_at=1)
    assert own.old_code == ""
    form = card_events.parse(
        "submit_membercard_user_info", {"CardId": "pCard", "UserCardCode": "2"}, sender="oMei", sent_at=1
    )
    assert (form.card_id, form.code) == ("pCard", "2")
    assert card_events.parse("user_del_card", {"CardId": ["x"]}, sender="oMei", sent_at=1).card_id == ""
