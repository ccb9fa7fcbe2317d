"""Applications for plastic cards: four steps with messages, changes until the card is mailed, erasure."""

import pytest

from store.core.database import db
from store.core.listing import Page
from store.customers import profiles
from store.messages.messages import Message
from store.physical_cards import application_list, application_steps, applications, cards, losses
from store.physical_cards.application_list import ApplicationFilter
from store.physical_cards.applications import CardApplication
from store.tills import member_search
from tasks import relay
from tests.support.coupon_fixtures import create_member, error_code_of
from tests.support.plastic_card_fixtures import (
    ID_NUMBER,
    NUMBER,
    OTHER_NUMBER,
    apply,
    create_kinds,
    import_stock,
    raise_tier,
)


@pytest.fixture
def mei(acme: str):
    import_stock(create_kinds()[0])
    return create_member(1)


def test_an_application_sent_twice_is_one_and_encrypted(mei):
    assert apply(mei) == apply(mei)
    assert error_code_of(lambda: apply(mei, "b")) == "application_open"
    stored = str(db.database.execute_sql("SELECT * FROM card_application").fetchone())
    assert not any(
        text in stored for text in ("王小美", ID_NUMBER, "13800138000", "mei@example.com", "南京东路")
    )


def test_the_card_counts_from_its_receipt_on(mei):
    row = apply(mei)
    mail = lambda: application_steps.mail(row, courier="顺丰", tracking_number="SF1", card_number=NUMBER)  # noqa: E731
    assert error_code_of(mail) == "application_state"
    for _ in range(2):
        application_steps.approve(row)
    assert mei.customer.__class__.get_by_id(mei.customer_id).id_number == ID_NUMBER
    for _ in range(2):
        mail()
    assert error_code_of(lambda: member_search.find_member(NUMBER, till="t")) == "card_not_received"
    for _ in range(2):
        application_steps.receive(row)
    assert member_search.find_member(NUMBER, till="t") == mei
    assert applications.find_open(mei) is None


def test_what_was_sent_back_is_corrected_and_submitted_again(mei):
    row = apply(mei)
    for _ in range(2):
        application_steps.reject(row, reason="地址不完整")
    changed = applications.change(row, {"detail": "南京东路 2 号", "phone": "13900139000"})
    assert (changed.state, changed.phone, changed.reason) == ("submitted", "+8613900139000", "")
    application_steps.approve(row)
    assert applications.change(row, {"detail": "南京东路 3 号"}).state == "approved"
    application_steps.mail(row, courier="顺丰", tracking_number="SF1")
    assert error_code_of(lambda: applications.change(row, {"detail": "4"})) == "application_state"
    assert error_code_of(lambda: applications.cancel(row)) == "application_state"


def test_a_cancelled_application_lets_another_be_sent(mei):
    row = apply(mei)
    for _ in range(2):
        applications.cancel(row)
    assert apply(mei, "b").state == "submitted"


def test_a_lost_card_is_replaced_by_mail(mei):
    receive(apply(mei), NUMBER)
    losses.report(member=mei)
    assert applications.preview_purpose(mei)[0] == "replacement"
    receive(apply(mei, "b", purpose="replacement"), OTHER_NUMBER)
    assert member_search.find_member(OTHER_NUMBER, till="t") == mei
    assert error_code_of(lambda: member_search.find_member(NUMBER, till="t")) == "card_lost"


def test_an_upgrade_is_applied_for_when_the_tier_is_reached(mei):
    receive(apply(mei), NUMBER)
    assert error_code_of(lambda: apply(mei, "b", purpose="upgrade")) == "tier_not_reached"
    raise_tier(mei)
    assert applications.preview_purpose(mei)[0] == "upgrade"
    receive(apply(mei, "b", purpose="upgrade"), None)
    assert [card.state for card in cards.list_own(mei)] == ["active", "replaced"]


def receive(row: CardApplication, number: str | None) -> None:
    application_steps.approve(row)
    application_steps.mail(row, courier="顺丰", tracking_number="SF1", card_number=number)
    application_steps.receive(row)


def test_what_does_not_fit_is_rejected(mei):
    assert error_code_of(lambda: apply(mei, id_number="110105194912310021")) == "invalid"
    assert error_code_of(lambda: apply(mei, email="mei")) == "invalid"
    assert error_code_of(lambda: apply(mei, purpose="replacement")) == "no_physical_card"
    assert error_code_of(lambda: application_steps.reject(apply(mei), reason=" ")) == "invalid"


def test_staff_find_applications_by_member_state_and_kind(mei):
    row = apply(mei)
    for criteria in (
        {"search": mei.card_number},
        {"search": row.number},
        {"state": "submitted", "kind": "plain"},
    ):
        assert application_list.list_page(ApplicationFilter(**criteria), Page()) == ([row], 1)
    assert application_list.count_applications(ApplicationFilter(state="mailed")) == 0
    assert error_code_of(lambda: application_list.get("ca_other")) == "not_found"


def test_an_erasure_withdraws_and_empties_applications(mei):
    apply(mei)
    profiles.erase(mei.customer)
    row = CardApplication.get()
    assert (row.state, row.name, row.id_number, row.detail) == ("cancelled", None, None, None)


def test_each_step_is_followed_by_a_message(mei):
    receive(apply(mei), NUMBER)
    relay.run("acme")
    kinds = [row.kind for row in Message.select().where(Message.medium == "site").order_by(Message.id)]
    steps = [kind for kind in kinds if kind.startswith("card_")]
    assert sorted(steps) == ["card_approved", "card_mailed", "card_received", "card_submitted"]
