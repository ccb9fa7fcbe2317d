"""Answers to the question of a payer claim: yes, with the code sent to the member's phone, no, or undo.

Without the code a person who pays a small top-up of a stranger would get the account of the stranger by a yes.
"""

from dataclasses import dataclass

from store.core import clock, errors, events
from store.core.database import db
from store.customers import identities, sms_codes
from store.customers.customers import Customer
from store.customers.merging import merges, undo
from store.customers.merging.journal import Merge
from store.customers.sms_codes import SmsCode
from store.membership import payer_claims
from store.membership.payer_claims import PayerClaim

UNDO_REASON = "付款人撤销绑定"
_PURPOSE = "payer_claim"


@dataclass(frozen=True)
class CodeToSend:
    """A code and the phone to which it is sent."""

    phone: str
    code: str


def request_code(*, customer: Customer, claim_id: str, client_ip: str) -> CodeToSend:
    """Create a code for the phone of the member. Raises DomainError(not_found, claim_ended, too_many)."""
    phone = _phone_of(_get_open(customer, claim_id))
    code = sms_codes.request(phone=phone, purpose=_PURPOSE, client_ip=client_ip, verified=True)
    return CodeToSend(phone=phone, code=code)


def prove(*, customer: Customer, claim_id: str, code: str) -> SmsCode:
    """Verify the code that was sent to the member's phone. Counts an attempt.

    Raises DomainError(not_found, claim_ended) or that of a wrong code, RuntimeError inside another operation.
    """
    phone = _phone_of(_get_open(customer, claim_id))
    return sms_codes.verify(phone=phone, purpose=_PURPOSE, code=code)


@db.transactional
def accept(*, customer: Customer, claim_id: str, proof: SmsCode) -> PayerClaim:
    """Merge the payer into the member's customer. Idempotent. Raises DomainError(not_found, claim_ended)."""
    claim, owner, payer = payer_claims.lock(payer_claims.get_own(customer, claim_id))
    if claim.state == "accepted":
        return claim
    if not payer_claims.is_open(claim):
        raise payer_claims.ended_error()
    sms_codes.consume(proof)
    merges.merge(survivor=owner, duplicate=payer, proof="payer+sms")
    joined = Merge.select().where((Merge.duplicate == payer) & (Merge.survivor == owner))
    claim.update_fields(
        state="accepted", merge=joined.order_by(Merge.id.desc()).get(), answered_at=clock.now()
    )
    events.record("payer_claims.accepted", customer_id=owner.id, claim_id=claim.id)
    return claim


@db.transactional
def decline(*, customer: Customer, claim_id: str) -> PayerClaim:
    """Record that the payer is another person. Idempotent. Raises DomainError(not_found, claim_ended)."""
    claim, _, payer = payer_claims.lock(payer_claims.get_own(customer, claim_id))
    if claim.state == "declined":
        return claim
    if claim.state != "open":
        raise payer_claims.ended_error()
    claim.update_fields(state="declined", answered_at=clock.now())
    events.record("payer_claims.declined", customer_id=payer.id, claim_id=claim.id)
    return claim


@db.transactional
def undo_join(*, customer: Customer, claim_id: str) -> PayerClaim:
    """Undo what an accepted claim has joined. Idempotent.

    Raises DomainError(not_found, claim_ended, unmerge_blocked).
    """
    claim = payer_claims.get_own(customer, claim_id)
    if claim.state == "undone":
        return claim
    if claim.state != "accepted" or claim.merge is None:
        raise payer_claims.ended_error()
    undo.unmerge_own(merge=claim.merge, reason=UNDO_REASON)
    current, _, payer = payer_claims.lock(claim)
    if current.state == "accepted":
        current.update_fields(state="undone", answered_at=clock.now())
        events.record("payer_claims.undone", customer_id=payer.id, claim_id=claim.id)
    return current


def _get_open(customer: Customer, claim_id: str) -> PayerClaim:
    claim = payer_claims.get_own(customer, claim_id)
    if not payer_claims.is_open(claim):
        raise payer_claims.ended_error()
    return claim


def _phone_of(claim: PayerClaim) -> str:
    phone = identities.find_phone(payer_claims.owner_of(claim))
    if phone is None:
        raise errors.DomainError("no_phone", "该会员没有验证过的手机号，请到门店办理", 409)
    return phone
