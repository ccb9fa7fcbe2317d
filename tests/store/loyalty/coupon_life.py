"""The machines that drive coupons beside the wallets on paper: which acts there are, and how they are drawn."""

from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.store.loyalty.coupon_acts import Acts
from tests.store.loyalty.coupon_stories import MISTAKES, Stories
from tests.store.loyalty.walk import lived

ANY = st.integers(0, 999)
TOTALS = [5000, 1500, 400, 4]
HOURS = [1, 12, 12, 24, 24]
ENDS = ["commit", "release", "give_back"]
ANSWERS = ["accept", "accept", "refuse", "take_back"]
SORTS = st.integers(0, 2)
PAIRS = [[1, 2], [1, 2], [2, 2], [1, 1], [2, 1], [0, 2]]
HALF_DAYS = [0, 0, 2, 3, 4, 5, 7]
BILLS = [1500, 1500, 5000, 400, 4]
SETS = [[0], [1], [2], [1, 2], [2, 1], [0, 1], [0, 0], [2, 2]]
GIFTS = [  # sort, half-days before the offer and after it
    (2, 0, 0), (0, 0, 0), (2, 0, 2), (0, 1, 2), (2, 0, 4), (2, 5, 2), (2, 5, 4), (2, 7, 0), (0, 5, 0), (1, 0, 0),
]  # fmt: skip
COURSES = [  # of an order that has coupons
    ["commit", "give_back"], ["give_back"], ["release", "commit"], ["give_back", "commit"], ["commit", "release"],
    ["release", "release"], ["commit", "commit", "give_back", "give_back"],
]  # fmt: skip
TIDIES = ["", "expire", "time_out", "both"]
KEYS = ["birthday", "survey"]


def some(name: str) -> Any:
    """For rules that need a coupon, a gift or an order to be there."""
    return precondition(lambda self: getattr(self, name))


now_and_then = precondition(lambda self: len(self.coupons) > 3 * (len(self.people) + len(self.merged)) - 12)


class Life(Stories):
    """One step a rule, as they may come."""

    claim = rule(who=ANY, sort=SORTS)(Acts.claim)
    issue = rule(who=ANY, sort=SORTS, key=st.sampled_from(KEYS))(Acts.issue)
    add_stock = rule(sort=SORTS, quantity=st.integers(1, 2))(Acts.add_stock)
    turn_the_sign = rule(sort=SORTS)(Acts.turn_the_sign)
    use = some("coupons")(
        rule(who=ANY, first=ANY, more=ANY, total=st.sampled_from(TOTALS), order=ANY, at_till=st.booleans())(
            Acts.use
        )
    )
    end_order = some("orders")(rule(order=ANY, end=st.sampled_from(ENDS))(Acts.end_order))
    offer = some("coupons")(rule(who=ANY, which=ANY)(Acts.offer))
    answer = some("gifts")(rule(who=ANY, which=ANY, answer=st.sampled_from(ANSWERS))(Acts.answer))
    void = some("coupons")(rule(which=ANY)(Acts.void))
    hours_go_by = rule(hours=st.sampled_from(HOURS), tidy=st.sampled_from(TIDIES))(Acts.hours_go_by)
    merge = now_and_then(rule(keep=ANY, lose=ANY)(Acts.merge))
    unmerge = precondition(Acts.in_force)(rule(which=ANY)(Acts.unmerge))
    mistaken = now_and_then(
        rule(sorts=st.sampled_from(PAIRS), case=st.sampled_from(MISTAKES))(Stories.mistaken)
    )


class HurriedLife(Stories):
    """A short one, in which what takes several steps comes to pass in one, to somebody who has just come in.

    One rule and dice of its own: hypothesis likes to draw the same again.
    """

    @rule(number=ANY)
    def story(self, number: int) -> None:
        dice = Random(f"{number}:{next(self.numbers)}")
        match dice.randrange(10):
            case 0 | 1 | 2:
                sort, waits, goes_on = dice.choice(GIFTS)
                self.give(
                    sort,
                    waits,
                    goes_on,
                    [(dice.choice(ANSWERS), dice.choice([-1, -2, -3])) for _ in range(3)],
                )
            case 3 | 4 | 5:
                waits, goes_on = dice.choice(HALF_DAYS), dice.choice(HALF_DAYS)
                totals = dice.choice(BILLS), dice.choice(BILLS)
                self.buy(dice.choice(SETS), waits, totals, dice.random() < 0.5, goes_on, dice.choice(COURSES))
            case 6:
                for _ in range(3):
                    self.claim(dice.randrange(3), dice.randrange(3))
            case 7:
                sort = dice.randrange(3)
                self.turn_the_sign(sort)
                self.issue(dice.randrange(3), sort, dice.choice(KEYS))
                self.claim(dice.randrange(3), sort)
                self.turn_the_sign(sort)
                self.issue(dice.randrange(3), sort, dice.choice(KEYS))
            case 8:
                self.merge(dice.randrange(99), dice.randrange(99))
            case 9:
                self.use(dice.randrange(3), 7, 0, 1500, 1, True)  # somebody else's, as often as not
                self.void(dice.randrange(99))
                self.hours_go_by(dice.choice(HOURS), dice.choice(TIDIES))


def mistaken_lives(turns: int = 3) -> Iterator[Callable[[], None]]:
    """Lives in which two are taken for one, each case in its turn."""
    for turn in range(turns):
        for number, case in enumerate(MISTAKES):
            yield partial(_mistaken_life, PAIRS[(turn + number) % len(PAIRS)], case)


def _mistaken_life(sorts: list[int], case: tuple[list[str], list[str]]) -> None:
    with lived(HurriedLife) as life:
        life.open_the_shop()
        life.mistaken(sorts, case)
        life.the_wallets_agree()
