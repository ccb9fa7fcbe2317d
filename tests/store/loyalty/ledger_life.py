"""The machines that drive the point ledger beside the book: which acts there are, and how they are drawn."""

from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.store.loyalty.ledger_acts import Acts
from tests.store.loyalty.ledger_stories import BETWEEN, HAVE, MISTAKES, Case, Stories
from tests.store.loyalty.walk import lived

ANY = st.integers(0, 999)
EARNED = st.integers(1, 40)
SPENT = st.integers(1, 25)
WHOLES = st.integers(1, 4)
BEGINS = st.sampled_from([0, 0, 0, 1])
LASTS = st.one_of(st.none(), st.integers(0, 2), st.integers(0, 2))
DAYS = [*12 * [0], 1, 2, 30, 31]
ENDS = ["committed", "committed", "released"]
CASES = st.sampled_from(MISTAKES) | st.tuples(
    st.tuples(st.sampled_from(HAVE), st.sampled_from(HAVE)), st.lists(st.sampled_from([*BETWEEN]), max_size=3)
)


def some(name: str) -> Any:
    """For rules that need something to be there."""
    return precondition(lambda self: getattr(self, name))


now_and_then = precondition(lambda self: len(self.done) > 10 * len(self.people) - 30)


class Life(Stories):
    """One step a rule, as they may come."""

    earn = rule(who=ANY, value=EARNED, begins=BEGINS, lasts=LASTS, whole=WHOLES)(Acts.earn)
    redeem = rule(who=ANY, value=SPENT, whole=WHOLES)(Acts.redeem)
    correct = rule(who=ANY, value=st.integers(-20, 20).filter(bool))(Acts.correct)
    take_back = some("earned")(rule(which=ANY, part=WHOLES, by_line=st.booleans())(Acts.take_back))
    cancel = some("spent")(rule(which=ANY, part=WHOLES)(Acts.cancel))
    pay = rule(who=ANY, value=SPENT, whole=WHOLES)(Acts.pay)
    end_payment = some("payments")(rule(which=ANY, end=st.sampled_from(ENDS))(Acts.end_payment))
    pay_back = some("payments")(rule(which=ANY, part=WHOLES)(Acts.pay_back))
    overdue = some("payments")(rule()(Acts.overdue))
    days_go_by = rule(days=st.integers(0, 2), night=st.booleans())(Acts.days_go_by)
    merge = now_and_then(rule(keep=ANY, lose=ANY)(Acts.merge))
    unmerge = precondition(Acts.in_force)(rule(which=ANY)(Acts.unmerge))
    mistake = now_and_then(
        rule(case=CASES, values=st.tuples(EARNED, EARNED), days=st.sampled_from(DAYS))(Stories.mistake)
    )
    repeat = some("done")(rule(which=ANY)(Acts.repeat))


class HurriedLife(Stories):
    """A short one, in which what takes several steps comes to pass in one.

    One rule and dice of its own: hypothesis likes to draw the same again.
    """

    @rule(number=ANY)
    def story(self, number: int) -> None:
        dice = Random(f"{number}:{next(self.numbers)}")
        value, more, whole = dice.randint(1, 40), dice.randint(1, 40), dice.randint(1, 4)
        match dice.randrange(10):
            case 0:
                self.regret_late(value, more, whole, dice.randint(1, 3))
            case 1:
                self.return_and_regret(value, whole)
            case 2:
                self.spend_too_early(value)
            case 3 | 4:
                self.marry_a_debt(value, more)
            case 5:
                self.return_what_ended(value, whole)
            case 6:
                ends = [dice.choice([*ENDS, "overdue", "overdue"]) for _ in range(dice.randint(1, 3))]
                self.pay_and_return(value, whole, ends)
            case 7:
                self.days_go_by(dice.randrange(3), True)
            case 8 | 9:
                self.go_about(dice, value, whole)

    def go_about(self, dice: Random, value: int, whole: int) -> None:
        """A bit of everything, and some of it again."""
        self.earn(0, value, 0, dice.choice([None, 1]), whole)
        self.redeem(0, dice.randint(1, 40), whole)
        self.correct(0, dice.choice([-9, 9]))
        self.take_back(dice.randrange(9), 1, True)
        if self.spent:
            self.cancel(dice.randrange(9), 1)
        for _ in range(3):
            self.repeat(dice.randrange(9))


def mistaken_lives(turns: int = 8) -> Iterator[Callable[[], None]]:
    """Lives in which two are taken for one, each case in its turn."""
    for turn in range(turns):
        for number, case in enumerate(MISTAKES):
            yield partial(_mistaken_life, case, Random(f"{turn}:{number}"), forgives=turn % 4 == 3)


def _mistaken_life(case: Case, dice: Random, *, forgives: bool) -> None:
    with lived(HurriedLife) as life:
        life.open_the_books(forgives=forgives)
        for _ in range(2):
            life.mistake(case, (dice.randint(1, 40), dice.randint(1, 40)), dice.choice(DAYS))
            life.the_books_agree()
