"""Cards in the packs of WeChat and Alipay, from the template to a deleted and a given card."""

from datetime import timedelta
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine

import card_calls
from platforms.wechat import card_signature
from store.core import clock
from store.customers import identities, members
from store.customers.members import Member
from store.member_cards import card_list, pack_cards, pack_templates, templates
from store.member_cards.pack_cards import PackCard
from store.member_cards.pack_templates import PackTemplate
from store.membership import registration
from store.payments import merchants
from store.points import points
from tasks import relay
from tasks.card_packs import reconciliation
from tests.support.card_packs import CardPacks, set_up
from tests.support.signed_notices import FORM, alipay_body


@pytest.fixture
def packs(web, sandbox, monkeypatch) -> CardPacks:
    return set_up(web, sandbox, monkeypatch)


@pytest.fixture
def mei(packs) -> Member:
    """A member with the phone of xiaomei, known by her openid."""
    person = packs.sandbox.state.people.get("xiaomei")
    member = registration.register_at_desk(phone=person.phone)
    account = packs.sandbox.state.accounts.get("wxacmemp")
    identities.bind(
        member.customer, provider=identities.WECHAT, account="wxacmemp", subject=person.openid_at(account)
    )
    return member


def add_card(packs: CardPacks, person: str, reference: str = "") -> PackCard:
    """The card in WeChat's pack of a person, who has added it with parameters of ours."""
    pack = PackTemplate.get(platform="wechat")
    tickets = card_calls.read_tickets(pack)
    given = card_signature.sign_card(
        ticket=tickets.card, card_id=pack.platform_id, timestamp=packs.sandbox.state.clock.wall_time(),
        reference=reference,
    )  # fmt: skip
    held = packs.sandbox.state.wechat_cards.add(person, card_id=given.card_id, card_ext=given.card_ext)
    packs.deliver(times=2)
    card = pack_cards.find_by_code("wechat", given.card_id, held.code)
    assert card is not None
    return card


def read(card: PackCard) -> PackCard:
    return PackCard.get_by_id(card.id)


def test_template_is_brought_to_both_platforms_once(packs):
    row = packs.make_template()
    found = {pack.platform: pack for pack in pack_templates.list_for(row)}
    assert {name: (pack.state, pack.problem, pack.due_at) for name, pack in found.items()} == {
        "wechat": ("live", "", None), "alipay": ("live", "", None),
    }  # fmt: skip
    pack_templates.submit_changes(public_id=row.public_id)
    relay.run("acme")
    assert len(packs.sandbox.state.wechat_cards.list_types(packs.sandbox.state.accounts.get("wxacmemp"))) == 1


def test_card_of_a_member_is_activated_with_the_ledger_and_follows_it(packs, mei):
    points.earn(member=mei, kind="promotion", value=100, key="e1")
    packs.make_template(activations=("jump",))
    card = add_card(packs, "xiaomei")
    held = packs.cards_of("xiaomei")[0]
    assert (read(card).state, held.is_active, held.fields["points"], held.fields["tier"]) == (
        "active",
        True,
        100,
        "普卡",
    )
    points.earn(member=mei, kind="promotion", value=20, key="e2")
    relay.run("acme")
    assert held.fields["points"] == 120


def test_deleted_card_changes_no_membership_and_comes_back(packs, mei):
    packs.make_template(activations=("auto",))
    card = add_card(packs, "xiaomei")
    packs.act("xiaomei", card.code, "delete")
    packs.deliver(times=2)
    assert (read(card).state, members.read_current(mei).status) == ("deleted", "active")
    points.earn(member=mei, kind="promotion", value=7, key="e1")
    relay.run("acme")
    assert add_card(packs, "xiaomei").id == card.id
    assert (read(card).state, packs.cards_of("xiaomei")[0].fields["points"]) == ("active", 7)


def test_given_card_ends_and_a_returned_one_is_alive_again(packs, mei):
    packs.make_template(activations=("auto",), can_gift=True)
    card = add_card(packs, "xiaomei")
    packs.act("xiaomei", card.code, "gift", friend="laowang")
    packs.deliver()
    assert read(card).state == "gifting"
    code = packs.act("laowang", card.code, "accept")["code"]
    packs.deliver(times=2)
    new = PackCard.get(code=code)
    assert (read(card).state, new.state, new.member_id != mei.id) == ("given", "active", True)
    packs.act("xiaomei", card.code, "return_gift")
    packs.deliver(times=2)
    assert (read(card).state, read(new).state) == ("active", "given")


def test_form_on_the_phone_joins_the_member_of_its_phone(packs):
    packs.make_template()
    card = add_card(packs, "xiaomei")
    assert read(card).state == "got"
    packs.act("xiaomei", card.code, "activate")
    packs.deliver(times=2)
    person = packs.sandbox.state.people.get("xiaomei")
    member = members.get_or_create(identities.find_by_phone(f"+86{person.phone}"))
    assert (read(card).state, read(card).member_id, member.joined_at is not None) == (
        "active",
        member.id,
        True,
    )
    assert packs.cards_of("xiaomei")[0].fields["points"] == 0


def test_form_whose_event_was_lost_is_found_when_the_card_is_viewed(packs):
    packs.make_template()
    card = add_card(packs, "xiaomei")
    packs.act("xiaomei", card.code, "activate")
    packs.events.clear()
    packs.act("xiaomei", card.code, "view")
    packs.deliver()
    assert read(card).state == "active"


def test_alipay_form_opens_one_card_for_the_member_of_its_phone(packs, mei):
    packs.make_template()
    template = PackTemplate.get(platform="alipay")
    phone = packs.sandbox.app.test_client()
    phone.set_cookie("sandbox_person", "xiaomei")
    for _ in range(2):
        form = phone.post(f"/card/apply?template_id={template.platform_id}")
        assert form.status_code == 302
        back = urlsplit(form.location)
        page = packs.web.test_client().get(f"{back.path}?{back.query}")
        assert "领卡成功" in page.text
    assert parse_qs(back.query)["template_id"] == [template.platform_id]
    card = PackCard.get(platform="alipay", state="active")
    assert (PackCard.select().count(), card.member_id) == (1, mei.id)
    points.earn(member=mei, kind="promotion", value=30, key="e1")
    relay.run("acme")
    assert packs.sandbox.state.held_cards.find("alipay", card.code).fields["points"] == 30


def test_card_that_the_platform_rejects_waits_for_staff_and_is_tried_again(packs, mei):
    packs.make_template(activations=("auto",))
    card = add_card(packs, "xiaomei")
    packs.sandbox.inject_fault("/card/membercard/updateuser", "errcode", errcode=45021, times=1)
    points.earn(member=mei, kind="promotion", value=5, key="e1")
    relay.run("acme")
    assert (read(card).problem != "", card_list.count_problems(None)) == (True, 1)
    card_list.retry(reference=card.reference)
    relay.run("acme")
    assert (read(card).problem, packs.cards_of("xiaomei")[0].fields["points"]) == ("", 5)


def test_card_whose_creation_lost_its_answer_is_found_and_not_created_twice(packs):
    packs.sandbox.inject_fault("/card/create", "late_answer", delay_s=0, times=1)
    row = packs.make_template()
    pack = next(one for one in pack_templates.list_for(row) if one.platform == "wechat")
    assert (pack.platform_id, pack.state, pack.due_at is not None) == (None, "waiting", True)
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        pack_templates.request_due()
        relay.run("acme")
    assert len(packs.sandbox.state.wechat_cards.list_types(packs.sandbox.state.accounts.get("wxacmemp"))) == 1
    assert PackTemplate.get_by_id(pack.id).state == "live"


def test_card_after_a_payment_needs_a_merchant_and_its_rule_is_replaced(packs):
    until = clock.now().date() + timedelta(days=30)
    row = packs.make_template(pay_from_fen=1_000, pay_until=until)
    pack = PackTemplate.get(platform="wechat")
    assert (pack.state, "商户号" in pack.problem) == ("live", True)
    made = packs.sandbox.app.test_client().post(
        "/sandbox/wechat-pay/merchants", json={"app_ids": ["wxacmemp"]}
    )
    given = made.json["credentials"]
    merchants.add(
        platform="wechat_pay",
        name="小二",
        merchant_id=given.pop("merchant_id"),
        app_id="wxacmemp",
        credentials=given,
    )
    pack_templates.retry(public_id=row.public_id, platform="wechat")
    relay.run("acme")
    (card_type,) = packs.sandbox.state.wechat_cards.list_types(packs.sandbox.state.accounts.get("wxacmemp"))
    assert [rule["member_rule"]["least_cost"] for rule in card_type.rules.values()] == [1_000]
    for from_fen in (2_000, None):
        templates.change(public_id=row.public_id, pay_from_fen=from_fen, pay_until=until)
        pack_templates.submit_changes(public_id=row.public_id)
        relay.run("acme")
        wanted = [from_fen] if from_fen else []
        assert [rule["member_rule"]["least_cost"] for rule in card_type.rules.values()] == wanted


def test_form_of_a_jump_activates_the_card_and_a_reload_changes_nothing(packs):
    packs.make_template(activations=("jump",))
    card = add_card(packs, "laowang")
    address = urlsplit(packs.act("laowang", card.code, "activate")["open"])
    for _ in range(2):
        page = packs.web.test_client().get(f"{address.path}?{address.query}")
        assert (page.status_code, page.location) == (302, "/m/card?a=acme-mp")
    person = packs.sandbox.state.people.get("laowang")
    member = members.get_or_create(identities.find_by_phone(f"+86{person.phone}"))
    assert (read(card).state, read(card).member_id, packs.cards_of("laowang")[0].number) == (
        "active", member.id, member.card_number,
    )  # fmt: skip
    forged = packs.web.test_client().get(
        f"{address.path}?card_id={parse_qs(address.query)['card_id'][0]}&encrypt_code=x"
    )
    assert forged.status_code == 503


def test_card_without_a_form_is_read_with_empty_fields(packs):
    """CARD-8: an automatically active card has no fields of its person."""
    packs.make_template(activations=("auto",))
    card = add_card(packs, "laowang")
    state = card_calls.read_card(read(card))
    assert (state.state, state.phone, state.fields.points) == ("active", "", 0)


def test_notice_of_a_deleted_card_counts_by_what_alipay_answers(packs, mei):
    packs.make_template()
    template = PackTemplate.get(platform="alipay")
    phone = packs.sandbox.app.test_client()
    phone.set_cookie("sandbox_person", "xiaomei")
    back = urlsplit(phone.post(f"/card/apply?template_id={template.platform_id}").location)
    packs.web.test_client().get(f"{back.path}?{back.query}")
    card = PackCard.get(platform="alipay")
    app = packs.sandbox.state.alipay.apps.get(template.channel.appid)
    body = alipay_body(
        app,
        {"app_id": app.app_id, "biz_card_no": card.code, "notify_type": "card_delete", "charset": "utf-8"},
    )

    def notify(text: str) -> int:
        answer = packs.web.test_client().post("/notify/alipay-cards/acme-ali", data=text, headers=FORM)
        relay.run("acme")
        return answer.status_code

    assert (notify(body), read(card).state) == (200, "active")  # the card is still in the pack
    packs.act("xiaomei", card.code, "delete")
    assert (notify(body.replace(card.code, "xe1")), notify(f"{body}x"), read(card).state) == (
        401,
        401,
        "active",
    )
    assert (notify(body), notify(body), read(card).state) == (200, 200, "deleted")
    assert members.read_current(mei).status == "active"


def test_former_member_s_cards_are_made_invalid_on_the_phone(packs, mei):
    packs.make_template(activations=("auto",))
    card = add_card(packs, "xiaomei")
    Member.update(status="closed").where(Member.id == mei.id).execute()
    for _ in range(2):
        reconciliation.withdraw_cards(SimpleNamespace(customer_id=mei.customer_id))
        relay.run("acme")
    held = packs.sandbox.state.held_cards.find("wechat", card.code)
    assert (read(card).state, held.state) == ("unavailable", "UNAVAILABLE")
