"""Proofs of a purchase: the right phone, the right member, once, and no guessing."""

from datetime import timedelta

import pytest
import time_machine

from store.company import channels, settings
from store.company.audit import Operation
from store.kernel import clock, db
from store.kernel.refusals import Refused
from store.loyalty import payment_codes, stored_values, value_managers, value_proofs, value_spends
from store.loyalty.payment_codes import PaymentCode, PaymentCodeRules
from store.loyalty.value_managers import ValueManager
from store.loyalty.value_proofs import ValueSecurity
from store.loyalty.value_spends import ValueSpend
from store.people import codes, members, merges, sessions
from store.people.codes import SmsCode
from store.shop import shops
from store.shop.places import Place
from tests import world
from tests.store.loyalty.value.conftest import OTHER_PHONE, balances, topped_up
from tests.store.races import meeting, without_turns

pytestmark = pytest.mark.usefixtures("sound")
MANAGER_PHONE = "13700137000"


@pytest.fixture
def rich(mei):
    """Mei with 100 yuan, in a company that wants a proof."""
    topped_up(mei, 10_000)
    SmsCode.delete().execute()
    settings.change(ValueSecurity, required=True)
    return mei


@pytest.fixture
def shop_id(acme):
    """A shop whose manager's phone is known."""
    shop = shops.open_shop(code="S1", name="一号店", place=Place(121.47, 31.23))
    value_managers.appoint(shop_id=shop.id, phone=MANAGER_PHONE)
    return shop.id


def spend(member, proof=None, *, key="o-1", amount_fen=100):
    return value_spends.spend(member=member, amount_fen=amount_fen, key=key, proof=proof)


def refused(code):
    return pytest.raises(Refused, check=lambda no: no.code == code)


def sms_proof(member):
    sent = value_proofs.ask_code(member=member, address="")
    return value_proofs.by_code(member=member, code=sent.code)


def scanned(code, till="till-1"):
    return value_proofs.by_payment_code(code=code, till=till)


def test_without_a_proof_nothing_is_spent_or_held_where_one_is_required(rich):
    with refused("value_proof_needed"):
        spend(rich)
    with refused("value_proof_needed"):
        value_spends.hold(member=rich, amount_fen=100, key="o-1")


def test_small_amounts_may_go_without(rich):
    settings.change(ValueSecurity, free_fen=100)
    spend(rich)
    with refused("value_proof_needed"):
        spend(rich, key="o-2", amount_fen=101)


def test_the_code_goes_to_the_member_s_phone_and_proves_one_purchase(rich):
    assert value_proofs.ask_code(member=rich, address="").phone == "+8613800138000"
    SmsCode.delete().execute()
    proof = sms_proof(rich)
    assert spend(rich, proof).proof == "sms"
    with refused("code_expired"):
        spend(rich, proof, key="o-2")


def test_a_wrong_code_counts(rich):
    sent = value_proofs.ask_code(member=rich, address="")
    wrong = "000000" if sent.code != "000000" else "111111"
    for _ in range(5):
        with refused("code_wrong"):
            value_proofs.by_code(member=rich, code=wrong)
    with refused("code_expired"):
        value_proofs.by_code(member=rich, code=sent.code)


def test_a_code_for_another_purpose_is_none_for_this(rich):
    sent = codes.ask(phone="+8613800138000", purpose="register", address="")
    with refused("code_expired"):
        value_proofs.by_code(member=rich, code=sent)


def test_neither_phone_nor_code_shows_in_what_is_printed(rich):
    sent = value_proofs.ask_code(member=rich, address="")
    assert sent.code not in repr(sent)
    assert sent.phone not in repr(sent)


def test_a_member_without_a_phone_can_get_no_code(fan):
    with refused("no_phone"):
        value_proofs.ask_code(member=members.of_customer(fan("o-1")), address="")


def test_somebody_else_s_proof_is_refused_and_stays_unspent(rich, wang):
    topped_up(wang, 10_000)
    SmsCode.delete().execute()
    proof = sms_proof(wang)
    with refused("value_proof_unlike"):
        spend(rich, proof)
    spend(wang, proof)


def test_a_purchase_that_is_refused_leaves_the_proof_good(rich):
    proof = sms_proof(rich)
    with refused("value_short"):
        spend(rich, proof, amount_fen=10_001)
    spend(rich, proof)


def test_the_manager_vouches_and_that_is_recorded(rich, shop_id):
    sent = value_proofs.ask_code_of_manager(member=rich, shop_id=shop_id, address="")
    assert sent.phone == f"+86{MANAGER_PHONE}"
    proof = value_proofs.by_code_of_manager(member=rich, shop_id=shop_id, code=sent.code)
    row = spend(rich, proof)
    assert (row.proof, row.manager_id) == ("manager", ValueManager.get().id)
    entry = Operation.select().order_by(Operation.id.desc()).get()
    assert (entry.verb, entry.after["amount_fen"]) == ("value_proofs.by_manager", 100)


def test_a_manager_s_code_for_one_member_is_none_for_another(rich, wang, shop_id):
    SmsCode.delete().execute()
    sent = value_proofs.ask_code_of_manager(member=wang, shop_id=shop_id, address="")
    with refused("code_expired"):
        value_proofs.by_code_of_manager(member=rich, shop_id=shop_id, code=sent.code)


def test_a_shop_has_one_manager_s_phone_at_a_time(shop_id):
    before = world.dump()
    value_managers.appoint(shop_id=shop_id, phone=MANAGER_PHONE)
    assert world.dump() == before
    value_managers.appoint(shop_id=shop_id, phone=OTHER_PHONE)
    assert value_managers.of(shop_id).phone == f"+86{OTHER_PHONE}"
    value_managers.dismiss(shop_id=shop_id)
    before = world.dump()
    value_managers.dismiss(shop_id=shop_id)
    assert world.dump() == before
    with refused("no_manager"):
        value_managers.of(shop_id)
    assert ValueManager.select().count() == 2


def test_the_payment_code_is_told_from_wechat_s_and_alipay_s_by_looking(rich):
    code = payment_codes.show(member=rich).code
    assert payment_codes.is_one(code)
    assert (len(code), code[:2]) == (18, "88")
    taken = {str(n) for n in (*range(10, 16), *range(25, 31), 62)}  # WeChat, Alipay, UnionPay
    assert code[:2] not in taken
    assert not any(payment_codes.is_one(f"{prefix}{'0' * 16}") for prefix in taken)
    assert not payment_codes.is_one(code + "0")


def test_the_payment_code_names_the_member_and_works_once(rich):
    code = payment_codes.show(member=rich).code
    proof, member = scanned(code)
    assert member == rich
    assert spend(rich, proof).proof == "payment_code"
    with refused("payment_code_ended"):
        spend(rich, proof, key="o-2")
    with refused("payment_code_ended"):
        scanned(code)


def proved(member, code, *, key="o-1", amount_fen=100):
    return value_spends.spend_proved(
        member=member, amount_fen=amount_fen, key=key, prove=lambda: scanned(code)[0]
    )


def test_a_purchase_asked_for_again_by_its_key_asks_for_no_proof(rich):
    first = proved(rich, payment_codes.show(member=rich).code)
    before = world.dump()
    assert proved(rich, "spent or wrong, nobody looks").id == first.id
    assert world.dump() == before  # no try was taken either
    with refused("key_reused"):
        proved(rich, "whatever", amount_fen=101)
    with refused("payment_code_ended"):
        proved(rich, "wrong", key="o-2")


def test_a_copy_that_used_the_code_in_between_leaves_both_the_one_purchase(rich):
    """Both have looked for the key in vain; the copy is through before this one reads the code."""
    code = payment_codes.show(member=rich).code

    def late():
        proved(rich, code)
        return scanned(code)[0]

    row = value_spends.spend_proved(member=rich, amount_fen=100, key="o-1", prove=late)
    assert row.proof == "payment_code"
    assert (ValueSpend.select().count(), balances(rich)[0]) == (1, 9_900)


def test_copies_at_once_with_one_code_are_one_purchase(rich):
    code = payment_codes.show(member=rich).code
    done = world.at_once(8, lambda _: proved(rich, code))
    assert len({row.id for row in done}) == 1
    assert balances(rich)[0] == 9_900


def test_the_payment_code_ends_after_a_minute(rich):
    code = payment_codes.show(member=rich).code
    proof, _ = scanned(code)
    with time_machine.travel(clock.now() + timedelta(seconds=61), tick=False):
        with refused("payment_code_ended"):
            scanned(code)
        with refused("payment_code_ended"):
            spend(rich, proof)


def test_the_next_payment_code_ends_the_one_before(rich):
    first, second = (payment_codes.show(member=rich).code for _ in range(2))
    assert first != second
    with refused("payment_code_ended"):
        scanned(first)
    scanned(second)


def test_unknown_used_and_ended_codes_get_the_same_answer(rich):
    used = payment_codes.show(member=rich).code
    spend(rich, scanned(used)[0])
    ended = payment_codes.show(member=rich).code
    payment_codes.show(member=rich)
    answers = []
    for code in (used, ended, "88" + "0" * 16, "101234567890123456", "", "x" * 500):
        with pytest.raises(Refused) as no:
            scanned(code)
        answers.append((no.value.code, no.value.message, no.value.facts))
    assert len(answers) == 6
    assert all(answer == answers[0] for answer in answers)


def test_guessing_payment_codes_is_limited_by_till(rich):
    settings.change(PaymentCodeRules, reads_a_minute=3)
    good = payment_codes.show(member=rich).code
    with time_machine.travel(clock.now().replace(second=10), tick=False):
        good = payment_codes.show(member=rich).code
        for _ in range(3):
            with refused("payment_code_ended"):
                scanned("88" + "0" * 16)
        with refused("too_many"):
            scanned(good)
        assert scanned(good, till="till-2")[1] == rich


@pytest.mark.parametrize(
    "guess",
    [
        lambda member: scanned("88" + "0" * 16),
        lambda member: value_proofs.by_code(member=member, code="000000"),
    ],
)
def test_a_try_cannot_be_rolled_back(rich, guess):
    with pytest.raises(RuntimeError), db.database.atomic():
        guess(rich)


def test_showing_codes_is_limited(rich):
    settings.change(PaymentCodeRules, shows_a_minute=2)
    with time_machine.travel(clock.now().replace(second=10), tick=False):
        for _ in range(2):
            payment_codes.show(member=rich)
        with refused("too_many"):
            payment_codes.show(member=rich)


def test_the_payment_code_stands_nowhere_in_clear(rich):
    code = payment_codes.show(member=rich)
    assert code.code not in str(world.dump())
    assert code.code not in repr(code)


def test_a_frozen_account_shows_no_code(rich):
    stored_values.freeze(member=rich, reason="手机遗失")
    with refused("value_frozen"):
        payment_codes.show(member=rich)


def test_old_payment_codes_are_forgotten(rich):
    payment_codes.show(member=rich)
    assert payment_codes.forget_old() == 0
    with time_machine.travel(clock.now() + timedelta(days=2), tick=False):
        assert payment_codes.forget_old() == 1
    assert PaymentCode.select().count() == 0


def test_one_s_own_session_is_a_proof_for_oneself_only(rich, wang):
    topped_up(wang, 100)
    channel = channels.of_key("acme-mini")
    token = sessions.open_session(customer=wang.customer, channel_id=channel.id)
    proof = value_proofs.by_session(session=sessions.of_token(token))
    with refused("value_proof_unlike"):
        spend(rich, proof)
    assert spend(wang, proof).proof == "session"


def test_a_proof_outlives_a_merge(rich, wang):
    """Wang's code was scanned; before the purchase he turned out to be Mei."""
    topped_up(wang, 5_000)
    proof, member = scanned(payment_codes.show(member=wang).code)
    merges.merge_by_hand(keep=rich.customer, lose=wang.customer, proof="身份证")
    spend(member, proof, amount_fen=15_000)
    assert balances(rich) == (0, 0, 0)
    assert ValueSpend.get().member == rich


def test_who_reports_a_loss_can_spend_and_show_nothing_more(rich):
    code = payment_codes.show(member=rich).code
    stored_values.report_loss(member=rich)
    assert stored_values.of(rich).frozen_reason == "会员本人挂失"
    with refused("value_frozen"):
        payment_codes.show(member=rich)
    with refused("value_frozen"):
        spend(rich, scanned(code)[0])


def test_a_loss_reported_twice_or_after_staff_froze_is_as_it_was(rich):
    frozen_at = stored_values.freeze(member=rich, reason="可疑交易").frozen_at
    for _ in range(2):
        account = stored_values.report_loss(member=rich)
        assert (account.frozen_at, account.frozen_reason) == (frozen_at, "可疑交易")
    assert Operation.select().where(Operation.verb == "stored_values.freeze").count() == 1


def test_a_loss_reported_on_many_phones_at_once_is_one(rich):
    world.at_once(8, lambda _: stored_values.report_loss(member=rich))
    assert Operation.select().where(Operation.verb == "stored_values.freeze").count() == 1


def test_control_without_the_lock_a_loss_is_reported_twice(rich, monkeypatch):
    told = []
    monkeypatch.setattr(members, "locked", lambda member_id: rich)
    monkeypatch.setattr(stored_values, "locked", meeting(stored_values.of))
    monkeypatch.setattr(stored_values, "_record", lambda *about: told.append(about))
    with without_turns():
        world.at_once(2, lambda _: stored_values.report_loss(member=rich))
    assert len(told) == 2


def test_who_has_no_account_has_nothing_to_lose(wang):
    with refused("no_value_account"):
        stored_values.report_loss(member=wang)
    assert stored_values.of(wang) is None


def test_a_fan_is_shown_no_payment_code(fan):
    member = members.of_customer(fan("o-1"))
    with refused("not_joined"):
        payment_codes.show(member=member)
    assert stored_values.of(member) is None
