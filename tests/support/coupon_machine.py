"""The machines that drive coupons beside the wallets on paper: which acts there are, and how they are drawn."""

from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.support.coupon_scenarios import MISTAKEN_MERGES, CouponScenarios
from tests.support.coupon_steps import CouponSteps
from tests.support.state_machine import finished_run

ANY_NUMBER = st.integers(0, 999)
TOTALS = [5000, 1500, 400, 4]
HOURS = [1, 12, 12, 24, 24]
ENDS = ["commit", "release", "refund"]
ANSWERS = ["accept", "accept", "decline", "cancel"]
SAMPLE_INDEXES = st.integers(0, 2)
SAMPLE_PAIRS = [[1, 2], [1, 2], [2, 2], [1, 1], [2, 1], [0, 2]]
HALF_DAYS = [0, 0, 2, 3, 4, 5, 7]
ORDER_TOTALS = [1500, 1500, 5000, 400, 4]
SAMPLE_SETS = [[0], [1], [2], [1, 2], [2, 1], [0, 1], [0, 0], [2, 2]]
GIFT_TIMES = [  # sample, half-days before the offer and after it
    (2, 0, 0), (0, 0, 0), (2, 0, 2), (0, 1, 2), (2, 0, 4), (2, 5, 2), (2, 5, 4), (2, 7, 0), (0, 5, 0), (1, 0, 0),
]  # fmt: skip
ORDER_ENDINGS = [  # of an order that has coupons
    ["commit", "refund"], ["refund"], ["release", "commit"], ["refund", "commit"], ["commit", "release"],
    ["release", "release"], ["commit", "commit", "refund", "refund"],
]  # fmt: skip
CLEANUPS = ["", "expire", "time_out", "both"]
KEYS = ["birthday", "survey"]


def requires(name: str) -> Any:
    """For rules that need a coupon, a gift or an order to be there."""
    return precondition(lambda self: getattr(self, name))


occasionally = precondition(lambda self: len(self.coupons) > 3 * (len(self.people) + len(self.merged)) - 12)


class CouponMachine(CouponScenarios):
    """One step a rule, as they may come."""

    claim = rule(who=ANY_NUMBER, sample=SAMPLE_INDEXES)(CouponSteps.claim)
    issue = rule(who=ANY_NUMBER, sample=SAMPLE_INDEXES, key=st.sampled_from(KEYS))(CouponSteps.issue)
    add_stock = rule(sample=SAMPLE_INDEXES, quantity=st.integers(1, 2))(CouponSteps.add_stock)
    toggle_listing = rule(sample=SAMPLE_INDEXES)(CouponSteps.toggle_listing)
    use_coupons = requires("coupons")(
        rule(
            who=ANY_NUMBER,
            first=ANY_NUMBER,
            more=ANY_NUMBER,
            total=st.sampled_from(TOTALS),
            order=ANY_NUMBER,
            at_till=st.booleans(),
        )(CouponSteps.use_coupons)
    )
    end_order = requires("orders")(rule(order=ANY_NUMBER, end=st.sampled_from(ENDS))(CouponSteps.end_order))
    create_gift = requires("coupons")(rule(who=ANY_NUMBER, which=ANY_NUMBER)(CouponSteps.create_gift))
    answer_gift = requires("gifts")(
        rule(who=ANY_NUMBER, which=ANY_NUMBER, answer=st.sampled_from(ANSWERS))(CouponSteps.answer_gift)
    )
    void = requires("coupons")(rule(which=ANY_NUMBER)(CouponSteps.void))
    advance_hours = rule(hours=st.sampled_from(HOURS), tidy=st.sampled_from(CLEANUPS))(
        CouponSteps.advance_hours
    )
    merge = occasionally(rule(keep=ANY_NUMBER, lose=ANY_NUMBER)(CouponSteps.merge))
    unmerge = precondition(CouponSteps.active_merges)(rule(which=ANY_NUMBER)(CouponSteps.unmerge))
    merge_by_mistake = occasionally(
        rule(samples=st.sampled_from(SAMPLE_PAIRS), case=st.sampled_from(MISTAKEN_MERGES))(
            CouponScenarios.merge_by_mistake
        )
    )


class ScenarioMachine(CouponScenarios):
    """A short one, in which what takes several steps comes to pass in one, to someone who has just come in.

    One rule and dice of its own: hypothesis likes to draw the same again.
    """

    @rule(number=ANY_NUMBER)
    def scenario(self, number: int) -> None:
        dice = Random(f"{number}:{next(self.numbers)}")
        match dice.randrange(10):
            case 0 | 1 | 2:
                sample, waits, goes_on = dice.choice(GIFT_TIMES)
                self.give_coupon(
                    sample,
                    waits,
                    goes_on,
                    [(dice.choice(ANSWERS), dice.choice([-1, -2, -3])) for _ in range(3)],
                )
            case 3 | 4 | 5:
                waits, goes_on = dice.choice(HALF_DAYS), dice.choice(HALF_DAYS)
                totals = dice.choice(ORDER_TOTALS), dice.choice(ORDER_TOTALS)
                self.place_order(
                    dice.choice(SAMPLE_SETS),
                    waits,
                    totals,
                    dice.random() < 0.5,
                    goes_on,
                    dice.choice(ORDER_ENDINGS),
                )
            case 6:
                for _ in range(3):
                    self.claim(dice.randrange(3), dice.randrange(3))
            case 7:
                sample = dice.randrange(3)
                self.toggle_listing(sample)
                self.issue(dice.randrange(3), sample, dice.choice(KEYS))
                self.claim(dice.randrange(3), sample)
                self.toggle_listing(sample)
                self.issue(dice.randrange(3), sample, dice.choice(KEYS))
            case 8:
                self.merge(dice.randrange(99), dice.randrange(99))
            case 9:
                self.use_coupons(dice.randrange(3), 7, 0, 1500, 1, True)  # someone else's, as often as not
                self.void(dice.randrange(99))
                self.advance_hours(dice.choice(HOURS), dice.choice(CLEANUPS))


def mistaken_merge_runs(rounds: int = 3) -> Iterator[Callable[[], None]]:
    """Lives in which two are taken for one, each case in its turn."""
    for turn in range(rounds):
        for number, case in enumerate(MISTAKEN_MERGES):
            yield partial(_mistaken_merge_run, SAMPLE_PAIRS[(turn + number) % len(SAMPLE_PAIRS)], case)


def _mistaken_merge_run(samples: list[int], case: tuple[list[str], list[str]]) -> None:
    with finished_run(ScenarioMachine) as life:
        life.initialize_models()
        life.merge_by_mistake(samples, case)
        life.models_agree()
