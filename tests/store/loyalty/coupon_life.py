"""The machines that drive coupons beside the wallets on paper: which acts there are, and how they are drawn."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.store.loyalty.coupon_acts import Acts

ANY = st.integers(0, 999)
TOTALS = st.sampled_from([5000, 1500, 400, 4])
HOURS = st.sampled_from([1, 12, 12, 24, 24])
ENDS = st.sampled_from(["commit", "release", "give_back"])
ANSWERS = st.sampled_from(["accept", "accept", "refuse", "take_back"])
SORTS = st.integers(0, 2)
HALF_DAYS = st.sampled_from([0, 0, 2, 3, 5, 7])
TIDIES = st.sampled_from(["", "expire", "time_out", "both"])
KEYS = st.sampled_from(["birthday", "survey"])


def some(name: str) -> Any:
    """For rules that need a coupon, a gift or an order to be there."""
    return precondition(lambda self: getattr(self, name))


now_and_then = precondition(lambda self: len(self.coupons) > 4 * len(self.people) - 12)


class Life(Acts):
    """One step a rule, as they may come."""

    claim = rule(who=ANY, sort=SORTS)(Acts.claim)
    issue = rule(who=ANY, sort=SORTS, key=KEYS)(Acts.issue)
    add_stock = rule(sort=SORTS, quantity=st.integers(1, 2))(Acts.add_stock)
    turn_the_sign = rule(sort=SORTS)(Acts.turn_the_sign)
    use = some("coupons")(
        rule(who=ANY, first=ANY, more=ANY, total=TOTALS, order=ANY, at_till=st.booleans())(Acts.use)
    )
    end_order = some("orders")(rule(order=ANY, end=ENDS)(Acts.end_order))
    offer = some("coupons")(rule(who=ANY, which=ANY)(Acts.offer))
    answer = some("gifts")(rule(who=ANY, which=ANY, answer=ANSWERS)(Acts.answer))
    void = some("coupons")(rule(which=ANY)(Acts.void))
    hours_go_by = rule(hours=HOURS, tidy=TIDIES)(Acts.hours_go_by)
    merge = now_and_then(rule(keep=ANY, lose=ANY)(Acts.merge))


class HurriedLife(Acts):
    """A short one, in which what takes several steps comes to pass in one, to somebody who has just come in."""

    give = rule(sort=st.sampled_from([0, 2, 2, 1]), waits=HALF_DAYS, goes_on=HALF_DAYS, answers=st.lists(
        st.tuples(ANSWERS, st.sampled_from([-2, -1, -3])), min_size=2, max_size=3))(Acts.give)  # fmt: skip
    buy = rule(
        sorts=st.lists(SORTS, min_size=1, max_size=2), waits=HALF_DAYS, totals=st.tuples(TOTALS, TOTALS),
        at_till=st.booleans(), goes_on=HALF_DAYS, ends=st.lists(ENDS, min_size=1, max_size=3),
    )(Acts.buy)  # fmt: skip
    claim = rule(who=st.integers(0, 2), sort=SORTS)(Acts.claim)
    issue = rule(who=st.integers(0, 2), sort=SORTS, key=KEYS)(Acts.issue)
    turn_the_sign = rule(sort=SORTS)(Acts.turn_the_sign)
    void = some("coupons")(rule(which=ANY)(Acts.void))
    hours_go_by = rule(hours=HOURS, tidy=TIDIES)(Acts.hours_go_by)
    merge = rule(keep=ANY, lose=ANY)(Acts.merge)
