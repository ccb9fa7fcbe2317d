"""Claims of a payer (付款人认领): who paid the top-up of a member is asked whether the member is the same person.

A payer is joined unasked only if the payer is the signed-in person. A payer who has a phone or another member is never
asked. `store/membership/payer_answers.py` holds the answers.
"""

from datetime import timedelta

import peewee
from pydantic import Field

from store.core import clock, errors, events, ids, masking
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.customers import customers, identities, members
from store.customers.customers import Customer
from store.customers.members import Member
from store.customers.merging import merges
from store.customers.merging import rules as merge_rules
from store.customers.merging.journal import Merge
from store.tenants import settings

STATES = ("open", "accepted", "declined", "undone")
SIGNED_IN_PROOF = "top_up"


class PayerClaimSettings(settings.SettingsGroup, name="payer_claim"):
    """Whether payers of top-ups are asked, and how long they can answer."""

    ask: bool = True
    open_hours: int = Field(default=72, ge=1, le=720)


class PayerClaim(Model):
    """`customer` is the payer, `member` the one whose top-up was paid, `merge` what an accepted claim has joined."""

    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public_id("pyc_"))
    customer = peewee.ForeignKeyField(Customer)
    member = peewee.ForeignKeyField(Member)
    top_up_number = peewee.CharField(max_length=40, unique=True)
    state = peewee.CharField(max_length=10, default="open", constraints=[peewee.Check(f"state IN {STATES}")])
    merge = peewee.ForeignKeyField(Merge, null=True, index=False)
    created_at = UtcDateTimeField(default=clock.now)
    expires_at = UtcDateTimeField()
    answered_at = UtcDateTimeField(null=True)


merge_rules.register_rule(PayerClaim.customer, merge_rules.keep_rows)
merge_rules.register_rule(PayerClaim.member, merge_rules.keep_rows)


@db.transactional
def consider(
    *, member: Member, payer: Customer, top_up_number: str, is_signed_in: bool = False
) -> PayerClaim | None:
    """Open a claim for the payer of a member's top-up, or merge the signed-in payer. Idempotent.

    `is_signed_in` says that the platform's identity of the payer is that with which the member is signed in.
    """
    owner, payer = _lock_both(member, payer)
    found = PayerClaim.find(top_up_number=top_up_number)
    if found is not None or not may_join(owner, payer):
        return found
    if is_signed_in:
        merges.merge(survivor=owner, duplicate=payer, proof=SIGNED_IN_PROOF)
        return None
    rules = settings.read(PayerClaimSettings)
    current = members.read_current(member)
    if not rules.ask or identities.find_phone(owner) is None or _was_asked(payer, owner):
        return None
    claim = PayerClaim.create(
        customer=payer, member=current, top_up_number=top_up_number,
        expires_at=clock.now() + timedelta(hours=rules.open_hours),
    )  # fmt: skip
    events.record("payer_claims.opened", customer_id=payer.id, claim_id=claim.id)
    return claim


def may_join(owner: Customer, payer: Customer) -> bool:
    """Return whether a payer can still be joined: another customer, without a phone and without a member."""
    if owner.id == payer.id or owner.erased_at is not None or payer.erased_at is not None:
        return False
    if identities.find_phone(payer) is not None:
        return False
    return all(row.joined_at is None and not row.is_closed for row in members.list_for_customer(payer))


def list_for(customer: Customer) -> list[PayerClaim]:
    """Return the open and the accepted claims of a customer as a payer, the latest first."""
    own = PayerClaim.customer.in_(customers.merged_ids(customer)) & PayerClaim.state.in_(("open", "accepted"))
    rows = PayerClaim.select().where(own).order_by(PayerClaim.id.desc()).limit(20)
    return [row for row in rows if row.state == "accepted" or is_open(row)]


def get_own(customer: Customer, public_id: str) -> PayerClaim:
    """Return the claim of a customer as a payer, also after the join. Raises DomainError(not_found)."""
    found = PayerClaim.find(public_id=public_id)
    if found is None or found.customer_id not in customers.merged_ids(customer):
        raise errors.not_found("该付款认领")
    return found


def is_open(claim: PayerClaim) -> bool:
    """Return whether a claim can still be answered with yes."""
    if claim.state != "open" or claim.expires_at <= clock.now():
        return False
    return may_join(owner_of(claim), customers.survivor(claim.customer))


def owner_of(claim: PayerClaim) -> Customer:
    """Return the customer of the member whose top-up was paid."""
    return customers.survivor(members.survivor(claim.member).customer)


def question(claim: PayerClaim) -> str:
    """Return the question to the payer: `绑定到 138****1234 的会员？`."""
    phone = identities.find_phone(owner_of(claim))
    return f"绑定到 {masking.mask_phone(phone)} 的会员？" if phone else "绑定到该会员？"


def lock(claim: PayerClaim) -> tuple[PayerClaim, Customer, Customer]:
    """Lock a claim, its member's customer and the payer, and return them as they are then. Requires a transaction."""
    owner, payer = _lock_both(claim.member, claim.customer)
    current = PayerClaim.find(id=claim.id, lock=True)
    assert current is not None, "claims are never deleted"
    return current, owner, payer


def ended_error() -> errors.DomainError:
    """Return the error of a claim that can no longer be answered."""
    return errors.DomainError("claim_ended", "该请求已失效", 409)


def _lock_both(member: Member, payer: Customer) -> tuple[Customer, Customer]:
    """Lock the member's customer and the payer in the order of their ids."""
    owner_id, payer_id = members.read_current(member).customer_id, customers.survivor(payer).id
    rows = {row_id: customers.lock(row_id) for row_id in sorted({owner_id, payer_id})}
    return rows[owner_id], rows[payer_id]


def _was_asked(payer: Customer, owner: Customer) -> bool:
    """Return whether a payer has been asked about a member's customer, and is not asked again."""
    asked = PayerClaim.customer.in_(customers.merged_ids(payer)) & (PayerClaim.state != "undone")
    return any(owner_of(row).id == owner.id for row in PayerClaim.select().where(asked))
