"""Random lives of two members, taken for one and parted again: an undo conserves all, or is refused for a reason."""

from datetime import timedelta
from itertools import count

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from store.core.errors import DomainError
from store.customers.merging import journal as merge_journal
from store.customers.merging import merges
from store.customers.merging import undo as merge_undo
from store.points import points
from store.points import reversals as point_reversals
from store.points.ledger import PointEntry, PointLot
from store.stored_value import payments as stored_value_payments
from store.stored_value import top_up_rules
from store.tenants import business_days
from tests.store.stored_value.conftest import balances, create_paid_top_up
from tests.support.two_customers import unmerged

_numbers = count(1)

ACTIONS = st.sampled_from(
    ["earn", "earn", "redeem", "redeem", "return", "give back", "top up", "buy", "hold", "money back"]
)
STEP = st.tuples(st.integers(0, 1), ACTIONS, st.integers(1, 60))


def execute_action(member, action, value, done):
    """One act of a member; what is refused did not happen. `done` are the keys of earlier acts."""
    key = f"k{next(_numbers)}"
    earlier = [name for kind, name in done if kind == {"return": "earn", "give back": "redeem"}.get(action)]
    bought = [name for kind, name in done if kind == "buy"]
    ends = business_days.end_of(business_days.today() + timedelta(days=value))
    acts = {
        "earn": lambda: points.earn(member=member, kind="transaction", value=value, key=key, expires_at=ends),
        "redeem": lambda: points.spend(member=member, kind="gift_redemption", value=value, key=key),
        "return": lambda: point_reversals.reverse_earned(
            key=earlier[-1], number=key, numerator=1, denominator=2
        ),
        "give back": lambda: point_reversals.refund_redeemed(
            key=earlier[-1], number=key, numerator=1, denominator=2
        ),
        "top up": lambda: create_paid_top_up(member, value * 100),
        "buy": lambda: stored_value_payments.spend(member=member, amount_fen=value * 50, key=key),
        "hold": lambda: stored_value_payments.hold(member=member, amount_fen=value * 10, order_number=key),
        "money back": lambda: stored_value_payments.refund_by_key(
            key=bought[-1], amount_fen=value, refund_key=key
        ),
    }
    if (action in ("return", "give back") and not earlier) or (action == "money back" and not bought):
        return
    try:
        acts[action]()
    except DomainError:
        return
    done.append((action, key))


def state(who):
    account = points.get_or_create_account(who)
    return (account.available, account.accumulated, account.expired, account.debt), balances(who)


def sums(*people):
    available = sum(state(who)[0][0] for who in people)
    return available, [sum(parts) for parts in zip(*(state(who)[1] for who in people), strict=True)]


def lots_of(row):
    """The lots that came over in a merge."""
    steps = merge_journal.list_steps(
        merge_journal.MergeContext(row, row.duplicate_id, row.survivor_id), PointLot
    )
    return [step.row_id for step in steps]


def remaining_in(lots):
    return {lot.id: lot.remaining for lot in PointLot.by_ids(lots)}


def test_random_lives_are_parted_to_the_point_and_the_fen(acme, register, verify_afterwards):
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
            execute_action((mei, wang)[number], act, value, done[number])
        own = state(wang), state(mei)
        merges.merge_manually(survivor=mei.customer, duplicate=wang.customer, proof="身份证")
        row, later, touched = merges.list_merges()[0], [], False
        came_over, left = lots_of(row), remaining_in(lots_of(row))
        for _, act, value in since:
            execute_action(mei, act, value, later)
            touched |= remaining_in(came_over) != left
        joined = sums(mei)
        found = {blocker.code for blocker in merge_undo.plan(row).blockers}
        assert ("points_spent" in found) == touched
        if found:
            refused.append(found)
            return
        unmerged(row)
        assert state(wang) == own[0]
        assert sums(mei, wang) == joined
        if not later:
            assert state(mei) == own[1]

    lives()
    assert 3 <= len(refused) <= 17, refused  # both ends were seen
    assert PointEntry.select().count() > 50
