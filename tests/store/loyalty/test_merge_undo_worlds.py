"""Random lives of two members, taken for one and parted again: an undo conserves all, or is refused for a reason."""

from datetime import timedelta
from itertools import count

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from store.company import calendar
from store.kernel.refusals import Refused
from store.loyalty import point_returns, points, top_up_rules, value_spends
from store.loyalty.point_accounts import PointEntry, PointLot
from store.people import merge_journal, merges, unmerges
from tests.store.loyalty.value.conftest import balances, topped_up
from tests.store.people.two_lives import parted

_numbers = count(1)

ACTS = st.sampled_from(
    ["earn", "earn", "redeem", "redeem", "return", "give back", "top up", "buy", "hold", "money back"]
)
STEP = st.tuples(st.integers(0, 1), ACTS, st.integers(1, 60))


def does(who, act, value, done):
    """One act of a member; what is refused did not happen. `done` are the keys of earlier acts."""
    key = f"k{next(_numbers)}"
    earlier = [name for kind, name in done if kind == {"return": "earn", "give back": "redeem"}.get(act)]
    bought = [name for kind, name in done if kind == "buy"]
    ends = calendar.end_of(calendar.today() + timedelta(days=value))
    acts = {
        "earn": lambda: points.earn(member=who, kind="transaction", value=value, key=key, expires_at=ends),
        "redeem": lambda: points.spend(member=who, kind="gift_redemption", value=value, key=key),
        "return": lambda: point_returns.take_back(key=earlier[-1], number=key, part=1, whole=2),
        "give back": lambda: point_returns.give_back(key=earlier[-1], number=key, part=1, whole=2),
        "top up": lambda: topped_up(who, value * 100),
        "buy": lambda: value_spends.spend(member=who, amount_fen=value * 50, key=key),
        "hold": lambda: value_spends.hold(member=who, amount_fen=value * 10, key=key),
        "money back": lambda: value_spends.refund(key=bought[-1], amount_fen=value, refund_key=key),
    }
    if (act in ("return", "give back") and not earlier) or (act == "money back" and not bought):
        return
    try:
        acts[act]()
    except Refused:
        return
    done.append((act, key))


def state(who):
    account = points.account(who)
    return (account.available, account.accumulated, account.expired, account.owed), balances(who)


def sums(*people):
    available = sum(state(who)[0][0] for who in people)
    return available, [sum(parts) for parts in zip(*(state(who)[1] for who in people), strict=True)]


def lots_of(row):
    """The lots that came over in a merge."""
    steps = merge_journal.steps(merge_journal.Way(row, row.lost_id, row.survivor_id), PointLot)
    return [step.row_id for step in steps]


def left_in(lots):
    return {lot.id: lot.left for lot in PointLot.of_ids(lots)}


def test_random_lives_are_parted_to_the_point_and_the_fen(acme, register, sound):
    top_up_rules.add(code="summer", name="充10送1", steps=[{"amount_fen": 1_000, "bonus_fen": 100}])
    refused = []

    @settings(
        max_examples=20, deadline=None, database=None, derandomize=True, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.lists(STEP, min_size=6, max_size=14), st.lists(STEP, max_size=7))
    def lives(before, since):
        mei, wang = (register(f"138{next(_numbers):08d}") for _ in range(2))
        done = ([], [])
        for number, act, value in before:
            does((mei, wang)[number], act, value, done[number])
        own = state(wang), state(mei)
        merges.merge_by_hand(keep=mei.customer, lose=wang.customer, proof="身份证")
        row, later, touched = merges.listing()[0], [], False
        came_over, left = lots_of(row), left_in(lots_of(row))
        for _, act, value in since:
            does(mei, act, value, later)
            touched |= left_in(came_over) != left
        joined = sums(mei)
        found = {hindrance.code for hindrance in unmerges.plan(row).hindrances}
        assert ("points_spent" in found) == touched
        if found:
            refused.append(found)
            return
        parted(row)
        assert state(wang) == own[0]
        assert sums(mei, wang) == joined
        if not later:
            assert state(mei) == own[1]

    lives()
    assert 3 <= len(refused) <= 17, refused  # both ends were seen
    assert PointEntry.select().count() > 50
