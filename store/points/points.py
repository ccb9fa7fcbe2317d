"""Points (积分): earned into lots, spent from the lot that expires first, every move in the ledger."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import peewee

from store.core import actors, cache, clock, errors, input_limits
from store.core.database import db
from store.customers import members
from store.customers.members import Member
from store.customers.programmes import Programme
from store.points import postings
from store.points.ledger import BALANCE_FIELDS, PointAccount, PointEntry, PointGroup
from store.tenants import audit
from store.tiers import evaluation as tier_evaluation

MAX_POINTS_PER_ENTRY = 100_000_000  # points in one entry
MAX_REASON_LENGTH = 200
MAX_KEY_LENGTH = 255

EARN_KINDS = ("transaction", "promotion", "manual_increase", "behaviour_increase")
REDEEM_KINDS = ("gift_redemption", "coupon_redemption")
SPEND_KINDS = ("manual_decrease", "behaviour_decrease", *REDEEM_KINDS)


@db.transactional
def create_group(*, programme: Programme, code: str, name: str, spendable: bool = True) -> PointGroup:
    """Open a point group, and an account in it for all who have joined; opened twice it is the same one.

    Asked again it also opens the accounts of those who joined meanwhile, when it was not yet known to everybody.
    """
    found = PointGroup.get_or_none((PointGroup.programme == programme) & (PointGroup.code == code))
    if found is not None:
        _create_accounts_for_members(found)
        return found
    if not 1 <= len(code.strip()) <= 30 or not 1 <= len(name.strip()) <= 30:
        raise errors.invalid("code", "请填写积分组的编码和名称，各不超过 30 个字")
    audit.record("points.create_group", f"point_group:{programme.code}/{code}", after={"name": name})
    db.after_commit(cache.clear)
    group = PointGroup.create(programme=programme, code=code, name=name, spendable=spendable)
    _create_accounts_for_members(group)
    return group


def list_groups(programme: Programme | int) -> list[PointGroup]:
    """The groups of a programme (a row or its id), the first being the one that check-ins earn in."""
    return _groups_of_programme(programme if isinstance(programme, int) else int(programme.id))


def get_or_create_account(member: Member, group: PointGroup | None = None) -> PointAccount:
    """The member's account in a group (the programme's first by default), opened on first need."""
    return _find_account(member, group) or _create_account(member, group or _default_group(member))


def account_or_empty(member: Member, group: PointGroup | None = None) -> PointAccount:
    """The account to look at; where none was opened yet an empty one, which is not kept: looking writes nothing."""
    found = _find_account(member, group)
    return found or PointAccount(member=member, group=group or _default_group(member))


def list_accounts(member: Member) -> list[PointAccount]:
    """All accounts of a member, with their groups."""
    query = PointAccount.select(PointAccount, PointGroup).join(PointGroup)
    return list(query.where(PointAccount.member == member).order_by(PointGroup.id))


def lock_account(member: Member, group: PointGroup | None = None) -> PointAccount:
    """The account, for this transaction alone: everything that moves points first locks the member."""
    return get_or_create_account(members.lock(member.id), group)


@db.transactional
def earn(
    *,
    member: Member,
    kind: str,
    value: int,
    key: str,
    group: PointGroup | None = None,
    effective_at: datetime | None = None,
    expires_at: datetime | None = None,
    defer_tier_evaluation: bool = False,
    **columns: Any,
) -> PointEntry:
    """Enter points that come in, as a lot of their own; the same `key` again returns the first entry.

    What the account owes is paid out of them first. Upgrade-eligible points have the tier judged, unless
    the caller enters several and does it at the end. `about` are further columns of PointEntry: source,
    behaviour, order_number, upgrade_eligible, reason …
    """
    _validate_entry(kind, value, key, allowed_kinds=EARN_KINDS)
    held = lock_account(member, group)
    before = _find_existing(held, key, kind, value)
    if before is not None:
        return before
    start = effective_at or clock.now()
    entry = postings.post_entry(
        held, kind=kind, value=value, key=key, effective_at=start, expires_at=expires_at, **columns
    )
    postings.create_lot(held, entry, value=value, effective_at=start, expires_at=expires_at)
    postings.pay_debts(held)
    if entry.upgrade_eligible and not defer_tier_evaluation:
        tier_evaluation.evaluate(member)
    return entry


@db.transactional
def spend(
    *, member: Member, kind: str, value: int, key: str, group: PointGroup | None = None, **columns: Any
) -> PointEntry:
    """Take points out of the lots that expire first, the older on a tie; rejects with `points_short`."""
    _validate_entry(kind, value, key, allowed_kinds=SPEND_KINDS)
    held = lock_account(member, group)
    before = _find_existing(held, key, kind, value)
    if before is not None:
        return before
    if kind in REDEEM_KINDS and not held.group.spendable:
        raise errors.DomainError("not_spendable", f"{held.group.name}不能用于兑换", 409)
    lots = postings.usable_lots(held)
    usable = sum(lot.remaining for lot in lots) - held.debt
    if usable < value:
        raise errors.DomainError(
            "points_short", f"积分不足，当前可用 {max(usable, 0)} 积分", 409, available=max(usable, 0)
        )
    entry = postings.post_entry(held, kind=kind, value=value, key=key, **columns)
    postings.allocate_from_lots(entry, lots, value)
    return entry


@db.transactional
def adjust(
    *,
    member: Member,
    value: int,
    reason: str,
    key: str,
    group: PointGroup | None = None,
    upgrade_eligible: bool = False,
) -> PointEntry:
    """A correction by hand: `value` above zero adds, below zero takes; always with a reason, always logged."""
    if not 1 <= len(reason.strip()) <= MAX_REASON_LENGTH:
        raise errors.invalid("reason", f"请填写调整原因，最多 {MAX_REASON_LENGTH} 个字")
    input_limits.check_key(key)
    move = earn if value > 0 else spend
    members.lock(member.id)  # before looking for the key: of two at once one is a repeat, logged once
    if PointEntry.find(key=key) is None:
        audit.record("points.adjust", f"member:{member.public_id}", after={"value": value, "reason": reason})
    return move(
        member=member,
        group=group,
        kind="manual_increase" if value > 0 else "manual_decrease",
        value=abs(value),
        key=key,
        reason=reason,
        upgrade_eligible=upgrade_eligible,
        operator=actors.current().name,
    )


def list_entries(account: PointAccount, *, limit: int = 20, before_id: int | None = None) -> list[PointEntry]:
    """The latest entries first; page on with the last id seen."""
    query = (
        PointEntry.select().where(PointEntry.account == account).order_by(PointEntry.id.desc()).limit(limit)
    )
    return list(query.where(PointEntry.id < before_id) if before_id else query)


def get_entry(member: Member, matches: Callable[[int], bool]) -> PointEntry:
    """The member's entry whose id `fits`; raises DomainError(not_found).

    Outside, an entry has a name that cannot be counted back to its id, so all of the member's are tried.
    """
    query = PointEntry.select(PointEntry.id).join(PointAccount).where(PointAccount.member == member)
    tried: Any = query.order_by(PointEntry.id.desc()).tuples()
    found = next((row_id for (row_id,) in tried if matches(row_id)), None)
    if found is None:
        raise errors.not_found("该积分记录")
    return PointEntry.get_by_id(found)


def balance(member: Member, group: PointGroup | None = None) -> int:
    """The available points of a member."""
    found = _find_account(member, group)
    return int(found.available) if found else 0


def escape_key_part(number: str) -> str:
    """A number that others gave, as a part of a key: a colon in it is not one that parts the key.

    No number holds the sign that stands for it, and a number without a colon stands as it is.
    """
    return number.replace(":", "\x1f")


@cache.cached(ttl_s=5)
def _groups_of_programme(programme_id: int) -> list[PointGroup]:
    return list(PointGroup.select().where(PointGroup.programme == programme_id).order_by(PointGroup.id))


def _create_accounts_for_members(group: PointGroup) -> None:
    joined = (Member.programme == group.programme_id) & Member.joined_at.is_null(False)
    empty = [peewee.Value(0)] * len(BALANCE_FIELDS)
    who = Member.select(Member.id, peewee.Value(group.id), *empty).where(
        joined & Member.merged_into.is_null()
    )
    columns = [
        PointAccount.member,
        PointAccount.group,
        *(getattr(PointAccount, name) for name in BALANCE_FIELDS),
    ]
    PointAccount.insert_from(who, columns).on_conflict_ignore().execute()


def _default_group(member: Member) -> PointGroup:
    found = list_groups(int(member.programme_id))
    if not found:
        raise errors.DomainError("no_point_group", "会员计划尚未设置积分组", 409)
    return found[0]


@db.transactional
def _create_account(member: Member, group: PointGroup) -> PointAccount:
    held = members.lock(member.id)
    return _find_account(held, group) or PointAccount.create(member=held, group=group)


def _find_account(member: Member, group: PointGroup | None) -> PointAccount | None:
    return PointAccount.find(member=member.id, group=(group or _default_group(member)).id)


def _validate_entry(kind: str, value: int, key: str, *, allowed_kinds: tuple[str, ...]) -> None:
    if kind not in allowed_kinds:
        raise errors.invalid("kind", "不支持的积分类型")
    if not isinstance(value, int) or not 0 < value <= MAX_POINTS_PER_ENTRY:
        raise errors.invalid("value", f"积分应为 1 到 {MAX_POINTS_PER_ENTRY} 的整数")
    input_limits.check_key(key, max_length=MAX_KEY_LENGTH)


def _find_existing(account: PointAccount, key: str, kind: str, value: int) -> PointEntry | None:
    """The entry that this key made before; the same key for something or somebody else is refused."""
    found = PointEntry.find(key=key)
    if found is not None and (found.account_id, found.kind, found.value) != (account.id, kind, value):
        raise errors.DomainError("key_reused", "该业务编号已用于另一笔积分", 422, key=key)
    return found
