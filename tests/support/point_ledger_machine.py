"""The machines that drive the point ledger beside the book: which acts there are, and how they are drawn."""

from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.support.point_ledger_scenarios import (
    HOLDINGS,
    MISTAKEN_MERGES,
    STEPS_BETWEEN,
    Case,
    LedgerScenarios,
)
from tests.support.point_ledger_steps import LedgerSteps
from tests.support.state_machine import finished_run

ANY = st.integers(0, 999)
EARNED = st.integers(1, 40)
SPENT = st.integers(1, 25)
WHOLES = st.integers(1, 4)
BEGINS = st.sampled_from([0, 0, 0, 1])
LASTS = st.one_of(st.none(), st.integers(0, 2), st.integers(0, 2))
DAYS = [*12 * [0], 1, 2, 30, 31]
ENDS = ["committed", "committed", "released"]
MERGE_CASES = st.sampled_from(MISTAKEN_MERGES) | st.tuples(
    st.tuples(st.sampled_from(HOLDINGS), st.sampled_from(HOLDINGS)),
    st.lists(st.sampled_from([*STEPS_BETWEEN]), max_size=3),
)


def requires(name: str) -> Any:
    """For rules that need something to be there."""
    return precondition(lambda self: getattr(self, name))


occasionally = precondition(lambda self: len(self.done) > 10 * len(self.people) - 30)


class LedgerMachine(LedgerScenarios):
    """One step a rule, as they may come."""

    earn = rule(who=ANY, value=EARNED, begins=BEGINS, lasts=LASTS, whole=WHOLES)(LedgerSteps.earn)
    redeem = rule(who=ANY, value=SPENT, whole=WHOLES)(LedgerSteps.redeem)
    correct = rule(who=ANY, value=st.integers(-20, 20).filter(bool))(LedgerSteps.correct)
    return_goods = requires("earned")(
        rule(which=ANY, part=WHOLES, by_line=st.booleans())(LedgerSteps.return_goods)
    )
    cancel = requires("spent")(rule(which=ANY, part=WHOLES)(LedgerSteps.cancel))
    pay = rule(who=ANY, value=SPENT, whole=WHOLES)(LedgerSteps.pay)
    end_payment = requires("payments")(rule(which=ANY, end=st.sampled_from(ENDS))(LedgerSteps.end_payment))
    refund_payment = requires("payments")(rule(which=ANY, part=WHOLES)(LedgerSteps.refund_payment))
    advance_days = rule(days=st.integers(0, 2), night=st.booleans())(LedgerSteps.advance_days)
    merge = occasionally(rule(keep=ANY, lose=ANY)(LedgerSteps.merge))
    unmerge = precondition(LedgerSteps.active_merges)(rule(which=ANY)(LedgerSteps.unmerge))
    merge_by_mistake = occasionally(
        rule(case=MERGE_CASES, values=st.tuples(EARNED, EARNED), days=st.sampled_from(DAYS))(
            LedgerScenarios.merge_by_mistake
        )
    )
    repeat = requires("done")(rule(which=ANY)(LedgerSteps.repeat))


class ScenarioMachine(LedgerScenarios):
    """A short one, in which what takes several steps comes to pass in one.

    One rule and dice of its own: hypothesis likes to draw the same again.
    """

    @rule(number=ANY)
    def scenario(self, number: int) -> None:
        dice = Random(f"{number}:{next(self.numbers)}")
        value, more, whole = dice.randint(1, 40), dice.randint(1, 40), dice.randint(1, 4)
        match dice.randrange(10):
            case 0:
                self.cancel_after_expiry(value, more, whole, dice.randint(1, 3))
            case 1:
                self.return_then_cancel(value, whole)
            case 2:
                self.spend_too_early(value)
            case 3 | 4:
                self.merge_debtor(value, more)
            case 5:
                self.return_after_expiry(value, whole)
            case 6:
                ends = [dice.choice(ENDS) for _ in range(dice.randint(0, 3))]
                self.pay_and_return(value, whole, ends)
            case 7:
                self.advance_days(dice.randrange(3), True)
            case 8 | 9:
                self.mix_steps(dice, value, whole)

    def mix_steps(self, dice: Random, value: int, whole: int) -> None:
        """A bit of everything, and some of it again."""
        self.earn(0, value, 0, dice.choice([None, 1]), whole)
        self.redeem(0, dice.randint(1, 40), whole)
        self.correct(0, dice.choice([-9, 9]))
        self.return_goods(dice.randrange(9), 1, True)
        if self.spent:
            self.cancel(dice.randrange(9), 1)
        for _ in range(3):
            self.repeat(dice.randrange(9))


def mistaken_merge_runs(turns: int = 8) -> Iterator[Callable[[], None]]:
    """Lives in which two are taken for one, each case in its turn."""
    for turn in range(turns):
        for number, case in enumerate(MISTAKEN_MERGES):
            yield partial(_mistaken_merge_run, case, Random(f"{turn}:{number}"), waives=turn % 4 == 3)


def _mistaken_merge_run(case: Case, dice: Random, *, waives: bool) -> None:
    with finished_run(ScenarioMachine) as life:
        life.initialize_models(waives=waives)
        for _ in range(2):
            life.merge_by_mistake(case, (dice.randint(1, 40), dice.randint(1, 40)), dice.choice(DAYS))
            life.models_agree()
