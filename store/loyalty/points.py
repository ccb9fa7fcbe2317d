"""Points (积分): earned into lots, spent from the lot that expires first, every move in the ledger."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import peewee

from store.company import audit
from store.kernel import actors, bounds, clock, db, recent, refusals
from store.loyalty import point_moves, tier_moves
from store.loyalty.point_accounts import BALANCES, PointAccount, PointEntry, PointGroup
from store.people import members
from store.people.members import Member
from store.people.programmes import Programme

MOST = 100_000_000  # points in one entry
LONGEST_REASON = 200
LONGEST_KEY = 255

EARNING = ("transaction", "promotion", "manual_increase", "behaviour_increase")
REDEEMING = ("gift_redemption", "coupon_redemption")
SPENDING = ("manual_decrease", "behaviour_decrease", *REDEEMING)


@db.verb
def open_group(*, programme: Programme, code: str, name: str, spendable: bool = True) -> PointGroup:
    """Open a point group, and an account in it for all who have joined; opened twice it is the same one.

    Asked again it also opens the accounts of those who joined meanwhile, when it was not yet known to everybody.
    """
    found = PointGroup.get_or_none((PointGroup.programme == programme) & (PointGroup.code == code))
    if found is not None:
        _open_for_members(found)
        return found
    if not 1 <= len(code.strip()) <= 30 or not 1 <= len(name.strip()) <= 30:
        raise refusals.invalid("code", "请填写积分组的编码和名称，各不超过 30 个字")
    audit.record("points.open_group", f"point_group:{programme.code}/{code}", after={"name": name})
    db.after_commit(recent.forget)
    group = PointGroup.create(programme=programme, code=code, name=name, spendable=spendable)
    _open_for_members(group)
    return group


def groups(programme: Programme | int) -> list[PointGroup]:
    """The groups of a programme (a row or its id), the first being the one that check-ins earn in."""
    return _groups(programme if isinstance(programme, int) else int(programme.id))


def account(member: Member, group: PointGroup | None = None) -> PointAccount:
    """The member's account in a group (the programme's first by default), opened on first need."""
    return _account(member, group) or _opened(member, group or _first_group(member))


def standing(member: Member, group: PointGroup | None = None) -> PointAccount:
    """The account to look at; where none was opened yet an empty one, which is not kept: looking writes nothing."""
    found = _account(member, group)
    return found or PointAccount(member=member, group=group or _first_group(member))


def accounts(member: Member) -> list[PointAccount]:
    """All accounts of a member, with their groups."""
    query = PointAccount.select(PointAccount, PointGroup).join(PointGroup)
    return list(query.where(PointAccount.member == member).order_by(PointGroup.id))


def locked(member: Member, group: PointGroup | None = None) -> PointAccount:
    """The account, for this transaction alone: everything that moves points first locks the member."""
    return account(members.locked(member.id), group)


@db.verb
def earn(
    *,
    member: Member,
    kind: str,
    value: int,
    key: str,
    group: PointGroup | None = None,
    effective_at: datetime | None = None,
    expires_at: datetime | None = None,
    judged_later: bool = False,
    **about: Any,
) -> PointEntry:
    """Enter points that come in, as a lot of their own; the same `key` again returns the first entry.

    What the account owes is paid out of them first. Upgrade-eligible points have the tier judged, unless
    the caller enters several and does it at the end. `about` are further columns of PointEntry: source,
    behaviour, order_number, upgrade_eligible, reason …
    """
    _check(kind, value, key, kinds=EARNING)
    held = locked(member, group)
    before = _entered(held, key, kind, value)
    if before is not None:
        return before
    start = effective_at or clock.now()
    entry = point_moves.enter(
        held, kind=kind, value=value, key=key, effective_at=start, expires_at=expires_at, **about
    )
    point_moves.open_lot(held, entry, value=value, effective_at=start, expires_at=expires_at)
    point_moves.pay_debts(held)
    if entry.upgrade_eligible and not judged_later:
        tier_moves.judge(member)
    return entry


@db.verb
def spend(
    *, member: Member, kind: str, value: int, key: str, group: PointGroup | None = None, **about: Any
) -> PointEntry:
    """Take points out of the lots that expire first, the older on a tie; refuses with `points_short`."""
    _check(kind, value, key, kinds=SPENDING)
    held = locked(member, group)
    before = _entered(held, key, kind, value)
    if before is not None:
        return before
    if kind in REDEEMING and not held.group.spendable:
        raise refusals.Refused("not_spendable", f"{held.group.name}不能用于兑换", 409)
    lots = point_moves.usable_lots(held)
    usable = sum(lot.left for lot in lots) - held.owed
    if usable < value:
        raise refusals.Refused(
            "points_short", f"积分不足，当前可用 {max(usable, 0)} 积分", 409, available=max(usable, 0)
        )
    entry = point_moves.enter(held, kind=kind, value=value, key=key, **about)
    point_moves.take(entry, lots, value)
    return entry


@db.verb
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
    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise refusals.invalid("reason", f"请填写调整原因，最多 {LONGEST_REASON} 个字")
    bounds.key(key)
    move = earn if value > 0 else spend
    members.locked(member.id)  # before looking for the key: of two at once one is a repeat, logged once
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


def entries(account: PointAccount, *, limit: int = 20, before_id: int | None = None) -> list[PointEntry]:
    """The latest entries first; page on with the last id seen."""
    query = (
        PointEntry.select().where(PointEntry.account == account).order_by(PointEntry.id.desc()).limit(limit)
    )
    return list(query.where(PointEntry.id < before_id) if before_id else query)


def entry_of(member: Member, fits: Callable[[int], bool]) -> PointEntry:
    """The member's entry whose id `fits`; raises Refused(not_found).

    Outside, an entry has a name that cannot be counted back to its id, so all of the member's are tried.
    """
    query = PointEntry.select(PointEntry.id).join(PointAccount).where(PointAccount.member == member)
    tried: Any = query.order_by(PointEntry.id.desc()).tuples()
    found = next((row_id for (row_id,) in tried if fits(row_id)), None)
    if found is None:
        raise refusals.not_found("该积分记录")
    return PointEntry.get_by_id(found)


def balance(member: Member, group: PointGroup | None = None) -> int:
    """The available points of a member."""
    found = _account(member, group)
    return int(found.available) if found else 0


def in_key(number: str) -> str:
    """A number that others gave, as a part of a key: a colon in it is not one that parts the key.

    No number holds the sign that stands for it, and a number without a colon stands as it is.
    """
    return number.replace(":", "\x1f")


@recent.remembered(seconds=5)
def _groups(programme_id: int) -> list[PointGroup]:
    return list(PointGroup.select().where(PointGroup.programme == programme_id).order_by(PointGroup.id))


def _open_for_members(group: PointGroup) -> None:
    joined = (Member.programme == group.programme_id) & Member.joined_at.is_null(False)
    empty = [peewee.Value(0)] * len(BALANCES)
    who = Member.select(Member.id, peewee.Value(group.id), *empty).where(
        joined & Member.merged_into.is_null()
    )
    columns = [PointAccount.member, PointAccount.group, *(getattr(PointAccount, name) for name in BALANCES)]
    PointAccount.insert_from(who, columns).on_conflict_ignore().execute()


def _first_group(member: Member) -> PointGroup:
    found = groups(int(member.programme_id))
    if not found:
        raise refusals.Refused("no_point_group", "会员计划尚未设置积分组", 409)
    return found[0]


@db.verb
def _opened(member: Member, group: PointGroup) -> PointAccount:
    held = members.locked(member.id)
    return _account(held, group) or PointAccount.create(member=held, group=group)


def _account(member: Member, group: PointGroup | None) -> PointAccount | None:
    return PointAccount.find(member=member.id, group=(group or _first_group(member)).id)


def _check(kind: str, value: int, key: str, *, kinds: tuple[str, ...]) -> None:
    if kind not in kinds:
        raise refusals.invalid("kind", "不支持的积分类型")
    if not isinstance(value, int) or not 0 < value <= MOST:
        raise refusals.invalid("value", f"积分应为 1 到 {MOST} 的整数")
    bounds.key(key, longest=LONGEST_KEY)


def _entered(held: PointAccount, key: str, kind: str, value: int) -> PointEntry | None:
    """The entry that this key made before; the same key for something or somebody else is refused."""
    found = PointEntry.find(key=key)
    if found is not None and (found.account_id, found.kind, found.value) != (held.id, kind, value):
        raise refusals.Refused("key_reused", "该业务编号已用于另一笔积分", 422, key=key)
    return found
