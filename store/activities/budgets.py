"""Budgets of activities (活动预算): money for red packets, reserved at publishing and never exceeded.

The ledger is append-only. What is reserved and paid together stays within the total, by a constraint too.
"""

from collections.abc import Sequence

import peewee

from store.core import actors, clock, errors, ids, input_limits, listing, money
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.core.listing import Page
from store.tenants import audit
from store.tenants.cost_centres import CostCentre

MAX_BUDGET_FEN = 10_000_000_00
KIND_LABELS = {
    "increase": "增加预算", "reserve": "发布活动占用", "release": "释放占用", "pay": "红包已领取",
}  # fmt: skip


class ActivityBudget(Model):
    """A sum of money that activities share. `reserved_fen` may still be paid, `paid_fen` was received."""

    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public_id("bud_"))
    name = peewee.CharField(max_length=40, unique=True)
    cost_centre = peewee.ForeignKeyField(CostCentre, null=True)
    total_fen = peewee.BigIntegerField(default=0)
    reserved_fen = peewee.BigIntegerField(default=0)
    paid_fen = peewee.BigIntegerField(default=0)
    created_at = UtcDateTimeField(default=clock.now)

    class Meta:
        constraints = [
            peewee.Check("reserved_fen >= 0 AND paid_fen >= 0 AND reserved_fen + paid_fen <= total_fen")
        ]

    @property
    def free_fen(self) -> int:
        return int(self.total_fen - self.reserved_fen - self.paid_fen)


class ActivityBudgetEntry(Model):
    """One change of a budget; unique by `key`. `subject` names the activity or the prize that it is for."""

    budget = peewee.ForeignKeyField(ActivityBudget, backref="entries", index=False)
    key = peewee.CharField(max_length=100, unique=True)
    kind = peewee.CharField(max_length=10, constraints=[peewee.Check(f"kind IN {tuple(KIND_LABELS)}")])
    amount_fen = peewee.BigIntegerField(constraints=[peewee.Check("amount_fen > 0")])
    subject = peewee.CharField(max_length=60, default="")
    reason = peewee.CharField(max_length=200, default="")
    actor = peewee.CharField(max_length=100)
    at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("budget", "id"), False),)


_SORTS = {"created_at": ActivityBudget.created_at, "name": ActivityBudget.name}


@db.transactional
def create(*, name: str, amount_fen: int, cost_centre: CostCentre | None = None) -> ActivityBudget:
    """Create a budget with its first amount. Raises DomainError(invalid) for a name that is taken."""
    name = input_limits.check_line(name.strip(), field="name", max_length=40)
    if not name:
        raise errors.invalid("name", "请填写预算名称")
    db.advisory_lock(f"activity budget:{name}")
    if ActivityBudget.find(name=name) is not None:
        raise errors.invalid("name", "已有同名的预算")
    made = ActivityBudget.create(name=name, cost_centre=cost_centre)
    increase(made, amount_fen=amount_fen, reason="设立预算", key=f"create:{made.public_id}")
    return lock(made.id)


@db.transactional
def increase(budget: ActivityBudget, *, amount_fen: int, reason: str, key: str) -> ActivityBudget:
    """Add money to a budget with a reason. Idempotent by `key`."""
    input_limits.check_key(key)
    row = lock(budget.id)
    found = _find_existing(row, key)
    if found is not None:
        if (found.kind, found.amount_fen) != ("increase", amount_fen):
            raise errors.DomainError("key_reused", "该业务编号已用于另一次变动", 422, key=key)
        return row
    if not 1 <= len(reason.strip()) <= 200:
        raise errors.invalid("reason", "请填写原因，最多 200 个字")
    if not 1 <= amount_fen <= MAX_BUDGET_FEN or row.total_fen + amount_fen > MAX_BUDGET_FEN:
        raise errors.invalid("amount_fen", f"金额应大于 0，预算最多 {MAX_BUDGET_FEN // 100:,} 元")
    _post(row, "increase", amount_fen, key=key, reason=reason.strip())
    after = {"name": row.name, "amount_fen": amount_fen, "total_fen": row.total_fen, "reason": reason.strip()}
    audit.record("activity_budgets.increase", f"activity_budget:{row.public_id}", after=after)
    return row


def reserve(budget_id: int, amount_fen: int, *, key: str, subject: str) -> None:
    """Reserve money. Requires a transaction. Idempotent by `key`. Raises DomainError(budget_short)."""
    row = lock(budget_id)
    if not amount_fen or _find_existing(row, key) is not None:
        return
    if row.free_fen < amount_fen:
        raise errors.DomainError(
            "budget_short", f"预算“{row.name}”只剩 {money.yuan(row.free_fen)} 元，需要 {money.yuan(amount_fen)} 元",
            409, free_fen=row.free_fen,
        )  # fmt: skip
    _post(row, "reserve", amount_fen, key=key, subject=subject)


def release(budget_id: int, amount_fen: int, *, key: str, subject: str) -> None:
    """Return reserved money to the budget. Requires a transaction. Idempotent by `key`."""
    row = lock(budget_id)
    if amount_fen and _find_existing(row, key) is None:
        _post(row, "release", amount_fen, key=key, subject=subject)


def pay(budget_id: int, amount_fen: int, *, key: str, subject: str) -> None:
    """Record that reserved money was received by a winner. Requires a transaction. Idempotent by `key`."""
    row = lock(budget_id)
    if amount_fen and _find_existing(row, key) is None:
        _post(row, "pay", amount_fen, key=key, subject=subject)


def lock(budget_id: int) -> ActivityBudget:
    """Lock a budget until the transaction ends. Raises DomainError(not_found)."""
    return _ensure_found(ActivityBudget.find(id=budget_id, lock=True))


def lock_by_public_id(public_id: str) -> ActivityBudget:
    """Lock the budget of a public id until the transaction ends. Raises DomainError(not_found)."""
    return _ensure_found(ActivityBudget.find(public_id=public_id, lock=True))


def get_by_public_id(public_id: str) -> ActivityBudget:
    """Return the budget of a public id. Raises DomainError(not_found)."""
    return _ensure_found(ActivityBudget.find(public_id=public_id))


def list_budgets() -> Sequence[ActivityBudget]:
    """Return all budgets, the latest first."""
    return list(ActivityBudget.select().order_by(ActivityBudget.id.desc()))


def list_page(page: Page, *, search: str = "") -> tuple[list[ActivityBudget], int]:
    """Return a page of budgets and the number of all. `search` is a part of the name."""
    query = ActivityBudget.select()
    if search.strip():
        query = query.where(ActivityBudget.name.contains(search.strip()))
    return listing.read_page(query, page, sorts=_SORTS, default="-created_at", id_field=ActivityBudget.id)


def list_entries(budget: ActivityBudget, page: Page) -> tuple[list[ActivityBudgetEntry], int]:
    """Return a page of the entries of a budget, the latest first, and the number of all."""
    mine, sorts = (
        ActivityBudgetEntry.select().where(ActivityBudgetEntry.budget == budget.id),
        {"at": ActivityBudgetEntry.id},
    )
    return listing.read_page(mine, page, sorts=sorts, default="-at", id_field=ActivityBudgetEntry.id)


def _find_existing(budget: ActivityBudget, key: str) -> ActivityBudgetEntry | None:
    """Return the entry that a key has made, or None. Requires the budget's lock."""
    return ActivityBudgetEntry.find(budget=budget.id, key=key)


def _post(
    row: ActivityBudget, kind: str, amount_fen: int, *, key: str, subject: str = "", reason: str = ""
) -> None:
    changes = {
        "increase": {"total_fen": row.total_fen + amount_fen},
        "reserve": {"reserved_fen": row.reserved_fen + amount_fen},
        "release": {"reserved_fen": row.reserved_fen - amount_fen},
        "pay": {"reserved_fen": row.reserved_fen - amount_fen, "paid_fen": row.paid_fen + amount_fen},
    }[kind]
    row.update_fields(**changes)
    ActivityBudgetEntry.create(
        budget=row, key=key, kind=kind, amount_fen=amount_fen, subject=subject, reason=reason,
        actor=actors.current().name,
    )  # fmt: skip


def _ensure_found(row: ActivityBudget | None) -> ActivityBudget:
    if row is None:
        raise errors.not_found("该预算")
    return row
