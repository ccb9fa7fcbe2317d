"""Cards in the packs of WeChat and Alipay, from the template to a deleted and a given card."""

from urllib.parse import parse_qs, urlsplit

import pytest

from store.customers import identities, members
from store.customers.members import Member
from store.member_cards import card_list, pack_cards, pack_templates
from store.member_cards.pack_cards import PackCard
from store.membership import registration
from store.points import points
from tasks import relay
from tests.support.card_packs import CardPacks, set_up


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
    import card_calls
    from platforms.wechat import card_signature

    pack = PackCard.template.rel_model.get(platform="wechat")
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
    template = next(
        row
        for row in pack_templates.list_for(PackCard.template.rel_model.get().template)
        if row.platform == "alipay"
    )
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
