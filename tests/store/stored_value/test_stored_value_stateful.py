"""Stored value against a plain model: long random histories, and mistakes injected into it that must be found."""

from itertools import count

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from store.core.database import db
from store.core.errors import DomainError
from store.customers import customers, members
from store.customers.merging import merges
from store.integrity import stored_value
from store.stored_value import accounts as stored_value_accounts
from store.stored_value import ledger as stored_value_ledger
from store.stored_value import merging as stored_value_merging
from store.stored_value import payment_records as stored_value_records
from store.stored_value import payments as stored_value_payments
from store.stored_value import top_up_payments, top_up_refunds, top_up_rules, top_ups
from store.stored_value.accounts import StoredValueSettings
from store.tenants import settings
from tests.store.stored_value.conftest import balances
from tests.support.state_machine import StoreMachine, detects

LIMIT, DAY_LIMIT = 3_000, 2_500
_numbers = count(1)
amounts = st.integers(1, 1_500)
payments = st.sampled_from((300, 1_000, 1_500))  # without a bonus and with one
which = st.integers(0, 1_000)


class AccountModel:
    """The model of one member: three numbers and two lists, added and taken as a child would."""

    def __init__(self):
        self.principal = self.bonus = self.held = self.day = 0
        self.frozen = self.opened = False
        self.top_ups: list[dict] = []
        self.spends: list[dict] = []

    @property
    def total(self):
        return self.principal + self.bonus + self.held


class StoredValueMachine(StoreMachine):
    """Two members of whom one may be merged into the other; each step is done in both states."""

    checks = stored_value.CHECKS

    @initialize()
    def two_members(self):
        self.members = [members.get_or_create(customers.create_customer(source="pos")) for _ in range(2)]
        self.purses = [AccountModel(), AccountModel()]
        for n in range(2):
            self.top_up_by(n, 1_000)

    def pick_member(self, n):
        return self.members[n % len(self.members)], self.purses[n % len(self.purses)]

    def agree(self, allowed, verb):
        """Both states allow it, or neither does; returns what the verb did."""
        try:
            with db.savepoint():
                done = verb()
        except DomainError as no:
            if allowed:
                raise AssertionError("the model allows it") from no
            return None
        assert allowed, "the model rejects it"
        return done

    @rule(n=which, amount=payments, twice=st.booleans())
    def top_up(self, n, amount, twice):
        self.top_up_by(n, amount, twice=twice)

    def top_up_by(self, n, amount, *, twice=False):
        member, purse = self.pick_member(n)
        bonus = 100 if amount >= 1_000 else 0
        allowed = not purse.frozen and purse.total + amount + bonus <= LIMIT
        number = str(next(_numbers))
        asked = self.agree(
            allowed, lambda: top_ups.request(member=member, amount_fen=amount, channel="wechat", key=number)
        )
        if asked is None:
            return
        for _ in range(1 + twice):
            top_up_payments.confirm(
                number=asked.number, channel="wechat", platform_number=number, amount_fen=amount
            )
        purse.opened = True
        purse.principal += amount
        purse.bonus += bonus
        purse.top_ups.append({"number": asked.number, "paid": amount, "bonus": bonus, "back": 0})

    @rule(n=which, amount=amounts, hold=st.booleans(), twice=st.booleans())
    def pay(self, n, amount, hold, twice):
        member, purse = self.pick_member(n)
        has = purse.principal + purse.bonus
        allowed = not purse.frozen and amount <= has and purse.day + amount <= DAY_LIMIT
        key = f"o-{next(_numbers)}"
        name = {"order_number": key} if hold else {"key": key}
        verb = stored_value_payments.hold if hold else stored_value_payments.spend
        for _ in range(1 + twice):
            self.agree(allowed, lambda: verb(member=member, amount_fen=amount, **name))
        if not allowed:
            return
        bonus = amount * purse.bonus // has
        purse.principal -= amount - bonus
        purse.bonus -= bonus
        purse.held += amount if hold else 0
        purse.day += amount
        state = "held" if hold else "committed"
        stored = f"payment:{key}:1" if hold else key
        purse.spends.append(
            {
                "key": stored,
                "order": key if hold else None,
                "amount": amount,
                "bonus": bonus,
                "back": 0,
                "state": state,
            }
        )

    @precondition(lambda self: any(purse.spends for purse in self.purses))
    @rule(n=which, release=st.booleans(), twice=st.booleans())
    def end_a_hold(self, n, release, twice):
        purse, spend = self.pick("spends", n)
        if spend["order"] is None:
            return
        end = "released" if release else "committed"
        verb = stored_value_payments.release if release else stored_value_payments.commit
        for _ in range(1 + twice):
            allowed = spend["state"] in ("held", end)
            self.agree(allowed, lambda: verb(order_number=spend["order"]))
        if spend["state"] != "held":
            return
        spend["state"] = end
        purse.held -= spend["amount"]
        if release:
            purse.principal += spend["amount"] - spend["bonus"]
            purse.bonus += spend["bonus"]
            purse.day -= spend["amount"]

    @precondition(lambda self: any(purse.spends for purse in self.purses))
    @rule(n=which, amount=amounts, twice=st.booleans())
    def refund(self, n, amount, twice):
        purse, spend = self.pick("spends", n)
        amount = min(amount, spend["amount"])
        left = spend["amount"] - spend["back"] if spend["state"] == "committed" else 0
        allowed = amount <= left
        refund_key = f"r-{next(_numbers)}"
        for _ in range(1 + twice):
            self.agree(
                allowed,
                lambda: stored_value_payments.refund_by_key(
                    key=spend["key"], amount_fen=amount, refund_key=refund_key
                ),
            )
        if not allowed:
            return
        share = [spend["bonus"] * back // spend["amount"] for back in (spend["back"], spend["back"] + amount)]
        purse.bonus += share[1] - share[0]
        purse.principal += amount - (share[1] - share[0])
        purse.day -= amount
        spend["back"] += amount

    @precondition(lambda self: any(purse.top_ups for purse in self.purses))
    @rule(n=which, amount=amounts, twice=st.booleans())
    def refund_top_up(self, n, amount, twice):
        purse, top_up = self.pick("top_ups", n)
        amount = min(amount, top_up["paid"])
        owed = top_up["bonus"] * (top_up["back"] + amount) // top_up["paid"]
        owed -= top_up["bonus"] * top_up["back"] // top_up["paid"]
        short = max(0, owed - purse.bonus)
        enough = amount <= min(purse.principal, top_up["paid"] - top_up["back"]) and amount > short
        allowed = enough and not purse.frozen
        key = f"t-{next(_numbers)}"
        for _ in range(1 + twice):
            refund = self.agree(
                allowed,
                lambda: top_up_refunds.request(
                    number=top_up["number"], amount_fen=amount, key=key, reason="顾客要求"
                ),
            )
        if refund is None:
            return
        assert refund.paid_fen == amount - short
        purse.principal -= amount
        purse.bonus -= owed - short
        top_up["back"] += amount

    @rule(n=which, frozen=st.booleans())
    def freeze(self, n, frozen):
        member, purse = self.pick_member(n)
        verb = stored_value_accounts.freeze if frozen else stored_value_accounts.unfreeze
        verb(member=member, reason="核实")
        purse.frozen, purse.opened = frozen, True  # the account is opened on first need

    @precondition(lambda self: len(self.members) == 2 and any(purse.spends for purse in self.purses))
    @rule(keep_first=st.booleans())
    def merge(self, keep_first):
        kept, lost = (0, 1) if keep_first else (1, 0)
        merges.merge(
            survivor=self.members[kept].customer, duplicate=self.members[lost].customer, proof="phone"
        )
        joined, gone = self.purses[kept], self.purses[lost]
        joined.opened = joined.opened or gone.opened
        for name in ("principal", "bonus", "held", "day", "top_ups", "spends"):
            setattr(joined, name, getattr(joined, name) + getattr(gone, name))
        joined.frozen = joined.frozen or gone.frozen
        self.members, self.purses = [self.members[kept]], [joined]

    def pick(self, kind, n):
        rows = [(purse, row) for purse in self.purses for row in getattr(purse, kind)]
        return rows[n % len(rows)]

    @invariant()
    def model_matches_store(self):
        for member, purse in zip(self.members, self.purses, strict=True):
            assert balances(member) == (purse.principal, purse.bonus, purse.held)
            assert stored_value_records.spent_today(member) == purse.day

    @invariant()
    def ledger_sums_to_zero(self):
        assert sum(stored_value_ledger.account_totals().values()) == 0


@pytest.fixture
def market(acme):
    """Narrow limits, and a bonus for a large top-up."""
    settings.change(
        StoredValueSettings, anonymous_max_fen=LIMIT, real_name_max_fen=LIMIT, daily_limit_fen=DAY_LIMIT
    )
    steps = [{"amount_fen": 1_000, "bonus_fen": 100}]
    top_up_rules.add(code="summer", name="充10送1", steps=steps)


def test_random_histories_agree_with_the_model(market, database_kind):
    assert not detects(StoredValueMachine, runs=40 if database_kind == "sqlite" else 10, length=25)


def mutant(module, name, by):
    """A mutant: the function, or what it answers, replaced."""
    original = getattr(module, name)
    return module, name, lambda *args, **kwargs: by(original, *args, **kwargs)


MUTANTS = {
    "bonus is taken first": mutant(
        stored_value_records,
        "split_principal_and_bonus",
        lambda f, **kw: f(**{**kw, "deduction_order": "bonus_first"}),
    ),
    "a refund's parts are rounded each by itself": mutant(
        stored_value_records, "bonus_share", lambda f, row, fen: -(-row.bonus_fen * fen // row.amount_fen)
    ),
    "holds do not count in the day": mutant(stored_value_records, "spent_today", lambda f, member: 0),
    "a freeze is overlooked": mutant(stored_value_accounts, "ensure_not_frozen", lambda f, account: None),
    "the limit leaves the bonus out": mutant(
        stored_value_accounts, "headroom_for_top_up", lambda f, account: f(account) + account.bonus_fen
    ),
    "a return is not remembered": mutant(
        stored_value_payments, "_is_already_refunded", lambda f, *args: False
    ),
    "a key is not remembered": mutant(stored_value_records, "find_existing", lambda f, *args: None),
    "the bonus of a refunded top-up stays": mutant(top_up_refunds, "bonus_share", lambda f, *args: 0),
    "a merge loses the bonus": mutant(
        stored_value_merging,
        "_transfer_balance",
        lambda f, way, lost, kept: (lost.update_fields(bonus_fen=0), f(way, lost, kept)),
    ),
    "a merge loses the holds": mutant(
        stored_value_merging,
        "_transfer_balance",
        lambda f, way, lost, kept: (lost.update_fields(held_fen=0), f(way, lost, kept)),
    ),
    "more is refunded than was spent": mutant(
        stored_value_records, "lock_by_key", lambda f, key: without_reset(*f(key))
    ),
    "the bonus promised is never credited": mutant(
        top_ups, "_best_offer", lambda f, *args: top_up_rules.BonusOffer(bonus_fen=0, rule=None)
    ),
}


def without_reset(row, account):
    row.refunded_fen = 0
    return row, account


@pytest.mark.deep
@pytest.mark.parametrize("name", MUTANTS)
def test_a_mistake_injected_into_it_is_found(market, name, monkeypatch, database_kind):
    if database_kind == "postgresql":
        pytest.skip("shown on SQLite: whether the machine sees is no question to the database")
    monkeypatch.setattr(*MUTANTS[name])
    assert detects(StoredValueMachine, runs=200, length=25)
