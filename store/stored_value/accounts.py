"""Stored value (储值): the member's account, its limits, and freezing.

Limits and their defaults follow the rules for single-purpose prepaid cards: 5,000 yuan for a holder known by name,
1,000 otherwise, bonus included.
"""

from typing import Literal

from pydantic import Field

from store.core import clock, errors, events, money
from store.core.database import db
from store.customers import identities, members
from store.customers.members import Member
from store.stored_value.ledger import StoredValueAccount
from store.tenants import audit, settings

MAX_REASON_LENGTH = 200


class StoredValueSettings(settings.SettingsGroup, name="stored_value"):
    """`real_name_by` says what makes a holder known; a purchase or daily limit of 0 means none.

    `deduction_order` says what a payment uses first, or that it takes principal and bonus in proportion.
    """

    real_name_max_fen: int = Field(default=500_000, ge=0, le=500_000)
    anonymous_max_fen: int = Field(default=100_000, ge=0, le=100_000)
    real_name_by: Literal["phone", "id_number"] = "phone"
    purchase_limit_fen: int = Field(default=0, ge=0, le=100_000_000)
    daily_limit_fen: int = Field(default=0, ge=0, le=100_000_000)
    deduction_order: Literal["share", "bonus_first", "principal_first"] = "share"


def find_by_member(member: Member) -> StoredValueAccount | None:
    """Return the member's account, or None if it was never needed."""
    return StoredValueAccount.find(member=member.id, merged_into=None)


def lock_for_member(member: Member) -> StoredValueAccount:
    """Lock the member and return the account, which is created if needed.

    Everything that moves stored value locks the member first, so it also waits for a merge.
    """
    owner = members.lock(member.id)
    return find_by_member(owner) or StoredValueAccount.create(member=owner, limit_fen=max_balance(owner))


@db.transactional
def report_loss(*, member: Member) -> StoredValueAccount:
    """Freeze the account in the member's own name (挂失). Only staff can unfreeze it. Idempotent.

    Raises DomainError if the member has no account.
    """
    if find_by_member(members.lock(member.id)) is None:
        raise errors.DomainError("no_stored_value_account", "您还没有储值账户", 409)
    return freeze(member=member, reason="会员本人挂失")


@db.transactional
def freeze(*, member: Member, reason: str) -> StoredValueAccount:
    """Freeze the account. Idempotent."""
    account = lock_for_member(member)
    if account.frozen_at is not None:
        return account
    account.update_fields(frozen_at=clock.now(), frozen_reason=validate_reason(reason))
    _record_change("freeze", account, reason)
    return account


@db.transactional
def unfreeze(*, member: Member, reason: str) -> StoredValueAccount:
    """Unfreeze the account. Idempotent."""
    account = lock_for_member(member)
    if account.frozen_at is None:
        return account
    account.update_fields(frozen_at=None, frozen_reason="")
    _record_change("unfreeze", account, validate_reason(reason))
    return account


def validate_reason(reason: str) -> str:
    """Return a reason. Raises DomainError if it is empty or too long."""
    if not 1 <= len(reason.strip()) <= MAX_REASON_LENGTH:
        raise errors.invalid("reason", f"请填写原因，最多 {MAX_REASON_LENGTH} 个字")
    return reason.strip()


def ensure_not_frozen(account: StoredValueAccount) -> None:
    """Raise DomainError(stored_value_frozen) if the account is frozen."""
    if account.frozen_at is not None:
        raise errors.DomainError("stored_value_frozen", "储值账户已冻结，请联系门店", 409)


def headroom_for_top_up(account: StoredValueAccount) -> int:
    """Return how much the active rules still allow, bonus included."""
    return max(0, max_balance(Member.get_by_id(account.member_id)) - account.total_fen)


def headroom_of(member: Member) -> int:
    """Return the headroom of a member who may have no account yet."""
    account = find_by_member(member)
    return headroom_for_top_up(account) if account else max_balance(member)


def ensure_headroom(account: StoredValueAccount, added_fen: int, headroom_fen: int) -> None:
    """Raise DomainError(stored_value_limit_exceeded) if an amount exceeds the headroom."""
    if added_fen > headroom_fen:
        sentence = f"储值余额将超过上限，最多还可存入 {money.yuan(headroom_fen)} 元（含赠送）"
        raise errors.DomainError("stored_value_limit_exceeded", sentence, 409, headroom_fen=headroom_fen)


def extend_limit(account: StoredValueAccount, returned_fen: int) -> None:
    """Raise the account's limit if money that goes back needs it.

    Top-ups wait until the rules have headroom again.
    """
    needed_fen = account.total_fen + returned_fen
    if needed_fen > account.limit_fen:
        account.update_fields(limit_fen=needed_fen)


def apply_current_limit(account: StoredValueAccount) -> None:
    """Set the account's limit to the active rules, before a top-up that they allow."""
    limit_fen = max(max_balance(Member.get_by_id(account.member_id)), account.total_fen)
    if limit_fen != account.limit_fen:
        account.update_fields(limit_fen=limit_fen)


def max_balance(member: Member) -> int:
    """Return the maximum balance of a member's account by the active rules."""
    rules = settings.read(StoredValueSettings)
    return rules.real_name_max_fen if _is_real_name(member, rules) else rules.anonymous_max_fen


def _is_real_name(member: Member, rules: StoredValueSettings) -> bool:
    customer = member.customer
    if rules.real_name_by == "phone":
        return identities.find_phone(customer) is not None
    return bool(customer.name and customer.id_number)


def _record_change(action: str, account: StoredValueAccount, reason: str) -> None:
    member = Member.get_by_id(account.member_id)
    audit.record(f"stored_value.{action}", f"member:{member.public_id}", after={"reason": reason})
    events.record(f"stored_value.{action}", customer_id=member.customer_id, member_id=member.id)
