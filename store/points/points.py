"""Points (积分): earned into lots, spent from the lot that expires first, every change in the ledger."""

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
from store.tiers.tiers import UpgradeCause

MAX_POINTS_PER_ENTRY = 100_000_000  # points in one entry
MAX_REASON_LENGTH = 200
MAX_KEY_LENGTH = 255

EARN_KINDS = ("transaction", "promotion", "manual_increase", "behaviour_increase")
REDEEM_KINDS = ("gift_redemption", "coupon_redemption")
SPEND_KINDS = ("manual_decrease", "behaviour_decrease", *REDEEM_KINDS)


@db.transactional
def create_group(*, programme: Programme, code: str, name: str, spendable: bool = True) -> PointGroup:
    """Create a point group, and an account in it for every member. Idempotent.

    A repeat also creates the accounts of members who joined meanwhile.
    """
    found = PointGroup.get_or_none((PointGroup.programme == programme) & (PointGroup.code == code))
    if found is not None:
        errors.ensure_equal(
            f"积分组 {code} ", ("name", "名称", found.name, name),
            ("spendable", "可兑换", "是" if found.spendable else "否", "是" if spendable else "否"),
        )  # fmt: skip
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
    """Return the groups of a programme (a row or its id). Check-ins earn in the first."""
    return _groups_of_programme(programme if isinstance(programme, int) else int(programme.id))


def get_or_create_account(member: Member, group: PointGroup | None = None) -> PointAccount:
    """Return the member's account in a group (by default the first), which is created if needed."""
    return _find_account(member, group) or _create_account(member, group or _default_group(member))


def account_or_empty(member: Member, group: PointGroup | None = None) -> PointAccount:
    """Return the account, or an empty one that is not stored, because reading writes nothing."""
    found = _find_account(member, group)
    return found or PointAccount(member=member, group=group or _default_group(member))


def list_accounts(member: Member) -> list[PointAccount]:
    """Return all accounts of a member, with their groups."""
    query = PointAccount.select(PointAccount, PointGroup).join(PointGroup)
    return list(query.where(PointAccount.member == member).order_by(PointGroup.id))


def lock_account(member: Member, group: PointGroup | None = None) -> PointAccount:
    """Lock the member and return the account."""
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
    """Credit points as a new lot and return the entry. Idempotent by `key`.

    Open debts are settled from the new lot first. Upgrade-eligible points evaluate the tier, unless the caller posts
    several and does it at the end. Further columns of PointEntry: source, behaviour, order_number, reason …
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
        tier_evaluation.evaluate(member, cause=UpgradeCause(entry_id=entry.id))
    return entry


@db.transactional
def spend(
    *, member: Member, kind: str, value: int, key: str, group: PointGroup | None = None, **columns: Any
) -> PointEntry:
    """Take points from the lots that expire first. Raises DomainError(points_short, member_frozen)."""
    _validate_entry(kind, value, key, allowed_kinds=SPEND_KINDS)
    owner = members.lock(member.id)
    held = get_or_create_account(owner, group)
    before = _find_existing(held, key, kind, value)
    if before is not None:
        return before
    if kind != "manual_decrease":
        members.ensure_can_spend(owner)
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
    """Correct a balance by hand with a reason: a positive `value` adds, a negative one takes. Audited."""
    if not 1 <= len(reason.strip()) <= MAX_REASON_LENGTH:
        raise errors.invalid("reason", f"请填写调整原因，最多 {MAX_REASON_LENGTH} 个字")
    input_limits.check_key(key)
    move = earn if value > 0 else spend
    if value > 0:
        members.ensure_open(Member.get_by_id(member.id))
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


@db.transactional
def give_up_all(*, member: Member, key: str, reason: str) -> int:
    """Take all unexpired points of a member in every group and return their number. Idempotent: none are left."""
    member, total = members.lock(member.id), 0
    for account in list_accounts(member):
        lots = postings.unexpired_lots(account)
        value = sum(lot.remaining for lot in lots)
        if value:
            entry = postings.post_entry(
                account, kind="behaviour_decrease", value=value, key=f"{key}:{account.id}", reason=reason
            )
            postings.allocate_from_lots(entry, lots, value)
            total += value
    return total


def list_entries(account: PointAccount, *, limit: int = 20, before_id: int | None = None) -> list[PointEntry]:
    """Return the latest entries first. `before_id` is the last id of the page before."""
    query = (
        PointEntry.select().where(PointEntry.account == account).order_by(PointEntry.id.desc()).limit(limit)
    )
    return list(query.where(PointEntry.id < before_id) if before_id else query)


def list_for_order(order_number: str) -> list[PointEntry]:
    """Return the entries that an order caused, the oldest first, with their groups."""
    query = PointEntry.select(PointEntry, PointAccount, PointGroup).join(PointAccount).join(PointGroup)
    return list(query.where(PointEntry.order_number == order_number).order_by(PointEntry.id))


def get_entry(member: Member, entry_id: int) -> PointEntry:
    """Return an entry of the member. Raises DomainError(not_found)."""
    mine = (PointEntry.id == entry_id) & (PointAccount.member == member)
    found = PointEntry.select().join(PointAccount).where(mine).get_or_none()
    if found is None:
        raise errors.not_found("该积分记录")
    return found


def balance(member: Member, group: PointGroup | None = None) -> int:
    """Return the available points of a member."""
    found = _find_account(member, group)
    return int(found.available) if found else 0


def escape_key_part(number: str) -> str:
    """Escape colons in a number of another system, because a colon separates the parts of a key."""
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
    """Return the entry of a key, or None. Raises DomainError if it differs."""
    found = PointEntry.find(key=key)
    if found is not None and (found.account_id, found.kind, found.value) != (account.id, kind, value):
        raise errors.DomainError("key_reused", "该业务编号已用于另一笔积分", 422, key=key)
    return found
