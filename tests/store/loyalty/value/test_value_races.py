"""Races over stored value: with threads and processes on the real database, and with each guard taken away."""

from contextlib import contextmanager
from threading import Thread

import peewee
import pytest

from store.company import settings, tenants
from store.kernel import db
from store.kernel.refusals import Refused
from store.loyalty import (
    payment_codes,
    stored_values,
    top_up_payments,
    top_up_refunds,
    top_up_rules,
    top_ups,
    value_proofs,
    value_spends,
)
from store.loyalty.payment_codes import PaymentCode
from store.loyalty.stored_values import StoredValueRules
from store.loyalty.top_up_refunds import TopUpRefund
from store.loyalty.value_ledger import ValueEntry
from store.loyalty.value_spends import ValueSpend
from store.people import members, merges
from store.people.members import Member
from tests import world
from tests.store import races
from tests.store.loyalty.value.conftest import balances, topped_up


def spend(member, amount_fen, key, proof=None):
    return value_spends.spend(member=member, amount_fen=amount_fen, key=key, proof=proof)


def refusals_of(outcomes):
    """The codes of those that were refused; anything else that was raised fails the test."""
    raised = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert all(isinstance(outcome, Refused) for outcome in raised), raised
    return sorted(outcome.code for outcome in raised)


def outcome_of(work, *args):
    """What a process can tell of a verb: "ok", or the code of its refusal."""
    try:
        work(*args)
    except Refused as no:
        return no.code
    return "ok"


def spends_at_till(number, member_id):
    return outcome_of(spend, Member.get_by_id(member_id), 600, f"till-{number}")


def tells_of_payment(process, top_up_number):
    """Four copies of one notice come to a process at once."""
    top_up = top_ups.TopUp.get(top_ups.TopUp.number == top_up_number)
    return world.at_once(4, lambda _: outcome_of(paid, top_up, "p-1"))


def paid(top_up, platform_number):
    return top_up_payments.confirm(
        number=top_up.number, channel="wechat", platform_number=platform_number,
        amount_fen=top_up.principal_fen,
    )  # fmt: skip


def spends_with_proof(process, member_id, code_id):
    """Four tills of a process have read the same payment code."""
    code, member = PaymentCode.get_by_id(code_id), Member.get_by_id(member_id)
    proof = value_proofs.Proof(kind="payment_code", member_id=member_id, payment_code=code)
    return world.at_once(4, lambda n: outcome_of(spend, member, 100, f"till-{process}-{n}", proof))


@pytest.mark.usefixtures("sound")
class TestGuarded:
    """All guards on."""

    def test_two_tills_cannot_spend_the_same_yuan(self, mei):
        topped_up(mei, 1_000)
        outcomes = world.at_once(8, lambda n: spend(mei, 600, f"till-{n}"))
        assert refusals_of(outcomes) == ["value_short"] * 7
        assert balances(mei) == (400, 0, 0)

    def test_nor_can_two_processes(self, mei, house):
        topped_up(mei, 1_000)
        assert sorted(house.together(3, spends_at_till, mei.id)) == ["ok", "value_short", "value_short"]
        assert balances(mei) == (400, 0, 0)

    def test_one_key_at_once_is_one_purchase(self, mei):
        topped_up(mei, 1_000)
        rows = world.at_once(8, lambda n: spend(mei, 100, "o-1"))
        assert len({row.id for row in rows}) == 1
        assert balances(mei) == (900, 0, 0)

    def test_the_day_s_limit_holds(self, mei):
        settings.change(StoredValueRules, per_day_fen=1_000)
        topped_up(mei, 10_000)
        outcomes = world.at_once(8, lambda n: spend(mei, 600, f"till-{n}"))
        assert refusals_of(outcomes) == ["value_day_limit"] * 7

    def test_a_payment_code_is_good_at_one_of_many_tills(self, mei):
        topped_up(mei, 1_000)
        code = payment_codes.show(member=mei).code
        proofs = [value_proofs.by_payment_code(code=code, till="t")[0] for _ in range(8)]
        outcomes = world.at_once(8, lambda n: spend(mei, 100, f"till-{n}", proofs[n]))
        assert refusals_of(outcomes) == ["payment_code_ended"] * 7
        assert balances(mei) == (900, 0, 0)

    def test_and_in_one_of_many_processes(self, mei, house):
        topped_up(mei, 1_000)
        code = payment_codes.show(member=mei).code
        proofs, _ = value_proofs.by_payment_code(code=code, till="t")
        outcomes = house.together(2, spends_with_proof, mei.id, proofs.payment_code.id)
        assert sorted(one for told in outcomes for one in told) == ["ok", *["payment_code_ended"] * 7]
        assert balances(mei) == (900, 0, 0)

    def test_many_notices_at_once_credit_once(self, mei):
        asked = top_ups.ask(member=mei, amount_fen=1_000, channel="wechat", key="a-1")
        rows = world.at_once(8, lambda n: paid(asked, "p-1"))
        assert {row.state for row in rows} == {"paid"}
        assert balances(mei) == (1_000, 0, 0)

    def test_also_when_they_come_to_many_processes(self, mei, house):
        asked = top_ups.ask(member=mei, amount_fen=1_000, channel="wechat", key="a-1")
        assert house.together(2, tells_of_payment, asked.number) == [["ok"] * 4] * 2
        assert balances(mei) == (1_000, 0, 0)

    def test_two_payments_at_once_never_pass_the_limit(self, mei):
        asked = [
            top_ups.ask(member=mei, amount_fen=300_000, channel="wechat", key=f"a-{n}") for n in range(4)
        ]
        rows = world.at_once(4, lambda n: paid(asked[n], f"p-{n}"))
        assert sorted(row.state for row in rows) == ["paid", "returning", "returning", "returning"]
        assert balances(mei) == (300_000, 0, 0)

    def test_a_bonus_for_once_is_given_once(self, mei):
        steps = [{"amount_fen": 100, "bonus_fen": 50}]
        top_up_rules.add(code="once", name="首充", steps=steps, once=True)
        asked = [top_ups.ask(member=mei, amount_fen=100, channel="wechat", key=f"a-{n}") for n in range(6)]
        world.at_once(6, lambda n: paid(asked[n], f"p-{n}"))
        assert balances(mei) == (100, 50, 0)
        assert TopUpRefund.select().count() == 5

    def test_nothing_is_spent_after_a_freeze(self, mei):
        """A purchase took its time under the lock, so one later than the freeze was made in spite of it."""
        topped_up(mei, 10_000)
        works = [lambda n: stored_values.freeze(member=mei, reason="手机遗失")]
        works += [lambda n: spend(mei, 100, f"till-{n}")] * 9
        outcomes = world.at_once(10, lambda n: works[n](n))
        assert set(refusals_of(outcomes)) <= {"value_frozen"}
        frozen_at = stored_values.of(mei).frozen_at
        assert not ValueSpend.select().where(ValueSpend.at > frozen_at).exists()

    def test_parts_of_a_refund_at_once_never_exceed_the_whole(self, mei):
        topped_up(mei, 1_000)
        spend(mei, 1_000, "o-1")
        outcomes = world.at_once(
            8, lambda n: value_spends.refund(key="o-1", amount_fen=300, refund_key=f"r-{n}")
        )
        assert refusals_of(outcomes) == ["value_refund_over"] * 5
        assert balances(mei) == (900, 0, 0)

    def test_parts_of_a_top_up_s_refund_neither(self, mei):
        row = topped_up(mei, 1_000)
        outcomes = world.at_once(8, lambda n: top_up_refunds.ask(
            number=row.number, amount_fen=300, key=f"r-{n}", reason="顾客要求"))  # fmt: skip
        assert refusals_of(outcomes) == ["top_up_refund_over"] * 5
        assert balances(mei) == (100, 0, 0)

    def test_a_hold_is_committed_or_released_and_never_both(self, mei):
        topped_up(mei, 1_000)
        value_spends.hold(member=mei, amount_fen=600, key="o-1")
        ends = [value_spends.commit, value_spends.release] * 4
        outcomes = world.at_once(8, lambda n: ends[n](key="o-1"))
        assert refusals_of(outcomes) == ["value_spend_state"] * 4
        assert balances(mei) in ((400, 0, 0), (1_000, 0, 0))

    def test_whatever_happens_while_two_members_are_merged_nothing_is_lost(self, mei, wang):
        """1,000 and 1,000; while they are merged 100 is spent from either and 500 topped up."""
        topped_up(mei, 1_000)
        topped_up(wang, 1_000)
        asked = top_ups.ask(member=wang, amount_fen=500, channel="wechat", key="a-1")
        works = [
            lambda: merges.merge_by_hand(keep=mei.customer, lose=wang.customer, proof="身份证"),
            lambda: spend(wang, 100, "w-1"),
            lambda: spend(mei, 100, "m-1"),
            lambda: paid(asked, "p-1"),
        ]
        assert refusals_of(world.at_once(4, lambda n: works[n]())) == []
        assert balances(mei) == (2_300, 0, 0)


class TestControls:
    """One guard less, and the race is there: the tests above would see it."""

    def test_without_the_lock_the_day_s_limit_is_passed(self, mei, monkeypatch):
        settings.change(StoredValueRules, per_day_fen=1_000)
        topped_up(mei, 10_000)
        monkeypatch.setattr(value_spends, "_refuse", races.meeting(value_spends._refuse))
        with unlocked(monkeypatch):
            world.at_once(2, lambda n: spend(mei, 600, f"till-{n}"))
        assert value_spends.spent_today(mei) == 1_200

    def test_without_the_lock_the_database_itself_stops_the_second_till(self, mei, monkeypatch):
        topped_up(mei, 1_000)
        monkeypatch.setattr(value_spends, "_refuse", races.meeting(value_spends._refuse))
        with unlocked(monkeypatch):
            outcomes = world.at_once(2, lambda n: spend(mei, 600, f"till-{n}"))
        assert [type(outcome) for outcome in outcomes if isinstance(outcome, Exception)] == [
            peewee.IntegrityError
        ]
        assert balances(mei) == (400, 0, 0)

    def test_without_lock_and_wall_the_same_yuan_is_spent_twice(self, mei, monkeypatch):
        """The balance written as it was read, not by differences under a constraint."""
        topped_up(mei, 1_000)
        monkeypatch.setattr(value_spends, "_refuse", races.meeting(value_spends._refuse))
        monkeypatch.setattr(value_spends.value_ledger, "post", post_as_read)
        with unlocked(monkeypatch):
            world.at_once(2, lambda n: spend(mei, 600, f"till-{n}"))
        assert balances(mei) == (400, 0, 0)
        assert value_spends.spent_today(mei) == 1_200

    def test_a_payment_code_that_is_looked_at_and_then_marked_works_twice(self, mei, monkeypatch):
        topped_up(mei, 1_000)
        code = payment_codes.show(member=mei).code
        proofs = [value_proofs.by_payment_code(code=code, till="t")[0] for _ in range(2)]
        monkeypatch.setattr(payment_codes, "use", races.meeting(looked_at_only))
        with unlocked(monkeypatch):
            world.at_once(2, lambda n: spend(mei, 100, f"till-{n}", proofs[n]))
        assert balances(mei) == (800, 0, 0)

    def test_without_lock_and_natural_key_two_notices_credit_twice(self, mei, monkeypatch):
        asked = top_ups.ask(member=mei, amount_fen=1_000, channel="wechat", key="a-1")
        look = top_up_payments._refuse_unlike
        monkeypatch.setattr(top_up_payments, "_refuse_unlike", races.meeting(look))
        with races.without_index("value_entry_key"):
            with unlocked(monkeypatch):
                world.at_once(2, lambda n: paid(asked, "p-1"))
            assert ValueEntry.select().where(ValueEntry.kind == "top_up").count() == 2

    def test_without_the_lock_a_purchase_passes_a_freeze(self, mei, monkeypatch):
        topped_up(mei, 1_000)
        look = value_spends._refuse

        def frozen_meanwhile(account, amount_fen):
            look(account, amount_fen)
            elsewhere(lambda: stored_values.freeze(member=mei, reason="手机遗失"))

        monkeypatch.setattr(value_spends, "_refuse", frozen_meanwhile)
        with unlocked(monkeypatch):
            row = spend(mei, 100, "till-1")
        assert row.at > stored_values.of(mei).frozen_at


@contextmanager
def unlocked(monkeypatch):
    """Members are read without their lock, and SQLite's writers do not take turns."""
    with races.without_turns():
        monkeypatch.setattr(members, "locked", lambda member_id: Member.find(id=member_id))
        yield
        monkeypatch.undo()


def post_as_read(account, moves, *, kind, key, subject, **about):
    """Books as a careless hand would: the new balance from the one that was read."""
    left = account.principal_fen + moves["principal"]
    stored_values.ValueAccount.update(principal_fen=left).where(
        stored_values.ValueAccount.id == account.id
    ).execute()


def looked_at_only(code):
    """What `payment_codes.use` would be if it trusted what it has read."""
    assert PaymentCode.get_by_id(code.id).used_at is None


def elsewhere(work):
    """Do something in a thread, and so a transaction, of its own."""
    slug = db.tenant()

    def run():
        with tenants.using(slug):
            work()

    thread = Thread(target=run)
    thread.start()
    thread.join(20)
