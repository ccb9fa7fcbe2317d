"""Stored value (储值): the member's account, its limits, and freezing.

Limits and their defaults follow the rules for single-purpose prepaid cards: 5,000 yuan where the holder
is known by name, 1,000 where not, bonus included.
"""

from typing import Literal

from pydantic import Field

from store.company import audit, settings
from store.kernel import clock, db, events, money, refusals
from store.loyalty.value_ledger import ValueAccount
from store.people import identities, members
from store.people.members import Member

LONGEST_REASON = 200


class StoredValueRules(settings.Topic):
    """`named_by` says what makes a holder known; of a purchase and of a day 0 sets no limit.

    `take` says what a purchase uses first, or that it takes principal and bonus by their share.
    """

    named_most_fen: int = Field(default=500_000, ge=0, le=500_000)
    anonymous_most_fen: int = Field(default=100_000, ge=0, le=100_000)
    named_by: Literal["phone", "id_number"] = "phone"
    per_purchase_fen: int = Field(default=0, ge=0)
    per_day_fen: int = Field(default=0, ge=0)
    take: Literal["share", "bonus_first", "principal_first"] = "share"


def of(member: Member) -> ValueAccount | None:
    """The member's account; None where there never was a need of one."""
    return ValueAccount.find(member=member.id, merged_into=None)


def locked(member: Member) -> ValueAccount:
    """The account, for this transaction alone, opened on first need.

    Everything that moves stored value first locks the member, so it also waits for a merge.
    """
    owner = members.locked(member.id)
    return of(owner) or ValueAccount.create(member=owner, limit_fen=most(owner))


@db.verb
def report_loss(*, member: Member) -> ValueAccount:
    """Freeze the account in the member's own name (挂失); only staff opens it again.

    Reported twice, or after staff froze it, it stays as it is. Refuses who has no account.
    """
    if of(members.locked(member.id)) is None:
        raise refusals.Refused("no_value_account", "您还没有储值账户", 409)
    return freeze(member=member, reason="会员本人挂失")


@db.verb
def freeze(*, member: Member, reason: str) -> ValueAccount:
    """Let nothing out of the account until it is unfrozen; frozen twice it stays as it is."""
    account = locked(member)
    if account.frozen_at is not None:
        return account
    account.put(frozen_at=clock.now(), frozen_reason=checked_reason(reason))
    _record("freeze", account, reason)
    return account


@db.verb
def unfreeze(*, member: Member, reason: str) -> ValueAccount:
    """Open a frozen account again; one that is not frozen stays as it is."""
    account = locked(member)
    if account.frozen_at is None:
        return account
    account.put(frozen_at=None, frozen_reason="")
    _record("unfreeze", account, checked_reason(reason))
    return account


def checked_reason(reason: str) -> str:
    """A reason that somebody can read later; refuses an empty or endless one."""
    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise refusals.invalid("reason", f"请填写原因，最多 {LONGEST_REASON} 个字")
    return reason.strip()


def refuse_frozen(account: ValueAccount) -> None:
    """Refuses with `value_frozen` while the account is frozen."""
    if account.frozen_at is not None:
        raise refusals.Refused("value_frozen", "储值账户已冻结，请联系门店", 409)


def room_for_top_up(account: ValueAccount) -> int:
    """How much more the rules in force let in, bonus included."""
    return max(0, most(Member.get_by_id(account.member_id)) - account.total_fen)


def room_of(member: Member) -> int:
    """The same for a member who may not have an account yet."""
    account = of(member)
    return room_for_top_up(account) if account else most(member)


def refuse_over(account: ValueAccount, added_fen: int, room_fen: int) -> None:
    """Refuses with `value_full` what is more than there is room for."""
    if added_fen > room_fen:
        sentence = f"储值余额将超过上限，最多还可存入 {money.yuan(room_fen)} 元（含赠送）"
        raise refusals.Refused("value_full", sentence, 409, room_fen=room_fen)


def renew_limit(account: ValueAccount) -> None:
    """Let the account's limit follow the rules in force, before a top-up that they have room for."""
    limit_fen = max(most(Member.get_by_id(account.member_id)), account.total_fen)
    if limit_fen != account.limit_fen:
        account.put(limit_fen=limit_fen)


def most(member: Member) -> int:
    """The most that may lie in a member's account by the rules in force."""
    rules = settings.read(StoredValueRules)
    return rules.named_most_fen if _is_named(member, rules) else rules.anonymous_most_fen


def _is_named(member: Member, rules: StoredValueRules) -> bool:
    customer = member.customer
    if rules.named_by == "phone":
        return identities.phone_of(customer) is not None
    return bool(customer.name and customer.id_number)


def _record(verb: str, account: ValueAccount, reason: str) -> None:
    member = Member.get_by_id(account.member_id)
    audit.record(f"stored_values.{verb}", f"member:{member.public_id}", after={"reason": reason})
    events.record(f"stored_values.{verb}", customer_id=member.customer_id, member_id=member.id)
