"""Top-ups: the bonus promised is the bonus given, a payment counts once, money never gets lost between."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from store.core import actors, clock
from store.core.errors import DomainError
from store.customers import members
from store.customers.profiles import change
from store.stored_value import accounts as stored_value_accounts
from store.stored_value import ledger as stored_value_ledger
from store.stored_value import top_up_payables, top_up_payments, top_up_rules, top_ups
from store.stored_value.accounts import StoredValueSettings
from store.stored_value.top_ups import TopUp
from store.tenants import settings
from tests.store.stored_value.conftest import balances, confirm_payment, create_paid_top_up, take_payment
from tests.support import database

pytestmark = pytest.mark.usefixtures("verify_afterwards")


def request_top_up(member, amount_fen=10_000, *, key="a-1"):
    return top_ups.request(member=member, amount_fen=amount_fen, key=key)


def expect_error(code):
    return pytest.raises(DomainError, check=lambda no: no.code == code)


@pytest.mark.parametrize(
    ("amount_fen", "bonus_fen"),
    [(9_999, 0), (10_000, 1_000), (49_999, 1_000), (50_000, 8_000), (90_000, 8_000)],
)
def test_the_highest_step_reached_gives_the_bonus(mei, ten_percent, amount_fen, bonus_fen):
    """充100送10, 充500送80: 99.99 brings nothing, 100 brings 10, 499.99 still 10, 500 brings 80."""
    create_paid_top_up(mei, amount_fen)
    assert balances(mei) == (amount_fen, bonus_fen, 0)


def test_of_two_rules_the_better_one_counts(mei, ten_percent):
    top_up_rules.add(
        code="once", name="首充", steps=[{"amount_fen": 10_000, "bonus_fen": 2_000}], single_use=True
    )
    assert top_ups.quote_bonus(member=mei, amount_fen=10_000).bonus_fen == 2_000
    assert top_ups.quote_bonus(member=mei, amount_fen=50_000).bonus_fen == 8_000


def test_a_rule_for_once_gives_once_a_member(mei, wang):
    """首充100送20: Mei's second 100 brings nothing more, Wang's first brings 20."""
    top_up_rules.add(
        code="once", name="首充", steps=[{"amount_fen": 10_000, "bonus_fen": 2_000}], single_use=True
    )
    for member in (mei, mei, wang):
        create_paid_top_up(member, 10_000)
    assert (balances(mei), balances(wang)) == ((20_000, 2_000, 0), (10_000, 2_000, 0))


def test_a_bonus_for_once_asked_twice_is_paid_once_and_the_other_payment_goes_back(mei):
    top_up_rules.add(
        code="once", name="首充", steps=[{"amount_fen": 10_000, "bonus_fen": 2_000}], single_use=True
    )
    first, second = request_top_up(mei), request_top_up(mei, key="a-2")
    confirm_payment(first, attempt_number="p-1")
    assert take_payment(second, "p-2") == 0
    assert balances(mei) == (10_000, 2_000, 0)


def test_what_was_promised_is_given_though_the_rule_has_ended(mei, ten_percent):
    asked = request_top_up(mei)
    top_up_rules.end(code="summer")
    confirm_payment(asked, attempt_number="p-1")
    assert balances(mei) == (10_000, 1_000, 0)
    assert top_ups.quote_bonus(member=mei, amount_fen=10_000).bonus_fen == 0


def test_a_rule_counts_in_its_period_only(mei):
    tomorrow = clock.now() + timedelta(days=1)
    steps = [{"amount_fen": 100, "bonus_fen": 10}]
    top_up_rules.add(
        code="r", name="r", steps=steps, starts_at=tomorrow, ends_at=tomorrow + timedelta(days=1)
    )
    seen = []
    for days in (0, 1.5, 3):
        with time_machine.travel(clock.now() + timedelta(days=days), tick=False):
            seen.append(top_ups.quote_bonus(member=mei, amount_fen=100).bonus_fen)
    assert seen == [0, 10, 0]


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [{"amount_fen": 0, "bonus_fen": 1}],
        [{"amount_fen": 100, "bonus_fen": -1}],
        [{"amount_fen": 100, "bonus_fen": 1}, {"amount_fen": 100, "bonus_fen": 2}],
        [{"amount_fen": 200, "bonus_fen": 1}, {"amount_fen": 100, "bonus_fen": 2}],
    ],
)
def test_steps_rise_and_give_something(acme, steps):
    with expect_error("invalid"):
        top_up_rules.add(code="r", name="r", steps=steps)


@pytest.mark.parametrize("field", ["starts_at", "ends_at"])
@pytest.mark.parametrize("year", [1, 1969, 3000, 9999])
def test_a_rule_s_time_has_bounds(acme, field, year):
    steps, moment = [{"amount_fen": 100, "bonus_fen": 10}], datetime(year, 6, 1, tzinfo=UTC)
    with pytest.raises(DomainError, check=lambda no: no.details["field"] == field):
        top_up_rules.add(code="odd", name="名", steps=steps, **{field: moment})


def test_a_rule_is_added_and_ended_once(ten_percent):
    before = database.dump_rows()
    assert top_up_rules.add(code="summer", name=ten_percent.name, steps=ten_percent.steps) == ten_percent
    with pytest.raises(DomainError):
        top_up_rules.add(code="summer", name="别的", steps=ten_percent.steps)
    assert database.dump_rows() == before
    top_up_rules.end(code="summer")
    before = database.dump_rows()
    top_up_rules.end(code="summer")
    assert database.dump_rows() == before
    with expect_error("not_found"):
        top_up_rules.end(code="winter")


def test_asking_twice_is_one_top_up(mei):
    assert request_top_up(mei) == request_top_up(mei)
    with expect_error("key_reused"):
        request_top_up(mei, 20_000)


def test_someone_else_s_key_is_refused(mei, wang):
    request_top_up(mei)
    with expect_error("key_reused"):
        request_top_up(wang)


@pytest.mark.parametrize("amount_fen", [0, -1, 500_001, 1.5])
def test_an_amount_has_bounds(mei, amount_fen):
    with expect_error("invalid"):
        request_top_up(mei, amount_fen)


def test_second_notice_changes_nothing(mei, ten_percent):
    asked = request_top_up(mei)
    confirm_payment(asked, attempt_number="p-1")
    before = database.dump_rows()
    assert confirm_payment(asked, attempt_number="p-1").state == "paid"
    assert database.dump_rows() == before


@pytest.mark.parametrize("amount_fen", [9_999, 0])
def test_a_payment_that_is_too_small_is_not_taken(mei, amount_fen):
    asked = request_top_up(mei)
    before = database.dump_rows()
    assert top_up_payables.take(asked.number, attempt_number="p1", kind="cash", amount_fen=amount_fen) == 0
    assert database.dump_rows() == before


def test_of_a_larger_payment_the_amount_of_the_top_up_is_taken(mei):
    asked = request_top_up(mei)
    taken = top_up_payables.take(asked.number, attempt_number="p1", kind="cash", amount_fen=10_001)
    assert (taken, balances(mei)) == (10_000, (10_000, 0, 0))


def test_a_payment_of_an_unknown_top_up_is_not_found(acme):
    for ask in (top_up_payables.due_fen, top_up_payables.lock):
        with expect_error("not_found"):
            ask("tu_nowhere")
    with expect_error("not_found"):
        top_up_payables.take("tu_nowhere", attempt_number="p1", kind="cash", amount_fen=1)


def test_a_second_payment_is_a_surplus(mei):
    asked = request_top_up(mei)
    assert [take_payment(asked, number) for number in ("p-1", "p-2", "p-1")] == [10_000, 0, 10_000]
    assert balances(mei) == (10_000, 0, 0)


def test_nothing_is_due_once_a_top_up_is_paid_or_closed(mei):
    paid, closed = request_top_up(mei), request_top_up(mei, key="a-2")
    assert top_up_payables.due_fen(paid.number) == 10_000
    take_payment(paid, "p-1")
    with time_machine.travel(clock.now() + timedelta(minutes=31), tick=False):
        top_ups.close_unpaid()
    assert [top_up_payables.due_fen(row.number) for row in (paid, closed)] == [0, 0]


def test_a_new_payment_kind_needs_no_migration(mei):
    create_paid_top_up(mei, 10_000, kind="gift_card")
    assert stored_value_ledger.money_totals() == {"gift_card": -10_000}


def test_an_unpaid_top_up_is_closed_and_a_late_payment_still_counts(mei):
    asked = request_top_up(mei)
    assert top_ups.close_unpaid() == 0
    with time_machine.travel(clock.now() + timedelta(minutes=31), tick=False):
        assert (top_ups.close_unpaid(), top_ups.close_unpaid()) == (1, 0)
    assert TopUp.get().state == "closed"
    confirm_payment(asked, attempt_number="p-1")
    assert balances(mei) == (10_000, 0, 0)


def test_a_card_known_by_name_holds_5000_yuan_bonus_included(mei, ten_percent):
    """500 with 80 on top eight times is 4,640; then 280 and its 10 are 4,930, and 70.01 is a fen too much."""
    for _ in range(8):
        create_paid_top_up(mei, 50_000)
    create_paid_top_up(mei, 28_000)
    assert sum(balances(mei)) == 493_000
    with expect_error("stored_value_limit_exceeded"):
        request_top_up(mei, 7_001)
    create_paid_top_up(mei, 7_000)
    assert sum(balances(mei)) == 500_000


def test_a_card_of_no_one_known_holds_1000_yuan(create_follower):
    stranger = members.get_or_create(create_follower("o-1"))
    create_paid_top_up(stranger, 100_000)
    with expect_error("stored_value_limit_exceeded"):
        request_top_up(stranger, 1)


def test_the_company_may_ask_for_a_name_and_an_id_number(mei):
    settings.change(StoredValueSettings, real_name_by="id_number")
    with expect_error("stored_value_limit_exceeded"):
        request_top_up(mei, 100_001)
    change(mei.customer, name="王小美", id_number="11010519491231002X")
    create_paid_top_up(mei, 100_001)
    assert balances(mei) == (100_001, 0, 0)


@pytest.mark.parametrize("limits", [{"real_name_max_fen": 500_001}, {"anonymous_max_fen": 100_001}])
def test_a_company_may_lower_the_limits_but_not_pass_the_law_s(acme, limits):
    with expect_error("invalid"):
        settings.change(StoredValueSettings, **limits)


def test_a_lowered_limit_lets_nothing_in_and_takes_nothing_away(mei):
    create_paid_top_up(mei, 300_000)
    settings.change(StoredValueSettings, real_name_max_fen=200_000)
    with expect_error("stored_value_limit_exceeded"):
        request_top_up(mei, 1)
    assert balances(mei) == (300_000, 0, 0)


def test_money_that_finds_no_headroom_any_more_goes_back(mei):
    """Two times 3,000 are asked for while there is headroom for either: the second one paid is returned."""
    first, second = request_top_up(mei, 300_000), request_top_up(mei, 300_000, key="a-2")
    confirm_payment(first, attempt_number="p-1")
    assert take_payment(second, "p-2") == 0
    assert (TopUp.get_by_id(second.id).state, balances(mei)) == ("closed", (300_000, 0, 0))
    before = database.dump_rows()
    assert take_payment(second, "p-2") == 0
    assert database.dump_rows() == before


def test_cash_is_taken_by_a_cashier_who_is_behind_it(mei, ten_percent, cashier):
    row = top_up_payments.take_cash(member=mei, amount_fen=10_000, key="till-1:0001", shop_id=None)
    assert (row.state, row.operator, balances(mei)) == ("paid", "小李", (10_000, 1_000, 0))


def test_the_same_receipt_is_credited_once(mei, cashier):
    top_up_payments.take_cash(member=mei, amount_fen=10_000, key="till-1:0001")
    before = database.dump_rows()
    top_up_payments.take_cash(member=mei, amount_fen=10_000, key="till-1:0001")
    assert database.dump_rows() == before


def test_no_one_hands_themselves_cash(mei):
    with actors.acting_as(actors.Actor(kind="customer", name="mei")), expect_error("staff_only"):
        top_up_payments.take_cash(member=mei, amount_fen=10_000, key="till-1:0001")
    assert balances(mei) == (0, 0, 0)


def test_a_frozen_account_is_not_topped_up_but_what_was_paid_before_arrives(mei):
    asked = request_top_up(mei)
    stored_value_accounts.freeze(member=mei, reason="手机遗失")
    with expect_error("stored_value_frozen"):
        request_top_up(mei, key="a-2")
    confirm_payment(asked, attempt_number="p-1")
    assert balances(mei) == (10_000, 0, 0)


def test_a_rule_is_reported_in_words(ten_percent):
    assert top_up_rules.describe(ten_percent) == "充 100 元送 10 元，充 500 元送 80 元"
    once = top_up_rules.add(
        code="first", name="首充", steps=[{"amount_fen": 1_050, "bonus_fen": 5}], single_use=True
    )
    assert top_up_rules.describe(once) == "充 10.50 元送 0.05 元（每人一次）"


def test_headroom_is_known_before_there_is_an_account(mei, create_follower):
    assert stored_value_accounts.headroom_of(mei) == 500_000
    assert stored_value_accounts.headroom_of(members.get_or_create(create_follower("o-9"))) == 100_000
    create_paid_top_up(mei, 10_000)
    assert stored_value_accounts.headroom_of(mei) == 490_000
