"""Answers to the question of a phone claim: it is me, with a proof, or it is not me."""

from dataclasses import dataclass

from store.core import clock, errors, events
from store.core.database import db
from store.customers import identities, phones
from store.customers.customers import Customer
from store.customers.members import Member
from store.customers.merging import merges
from store.membership import phone_claims, registration
from store.membership.phone_claims import PhoneClaim
from store.shops import shops
from store.tenants import audit


@dataclass(frozen=True)
class Proof:
    """A proof that the claimant is the holder of the phone: of which claim, and of which kind."""

    claim_id: int
    kind: str


def prove_by_purchase(*, customer: Customer, claim_id: str, shop: str, paid_fen: int) -> Proof:
    """Compare shop and amount with the holder's recent purchases. A wrong answer counts as an attempt.

    The attempt is committed before the result, so a rollback cannot restore it. Raises RuntimeError inside another
    operation, DomainError(proof_wrong, clerk_only, claim_ended, not_found).
    """
    db.ensure_outside_transaction()
    claim = phone_claims.get_own(customer, claim_id)
    left = phone_claims.check_purchase(
        claim, shop_id=shops.get_by_public_id(shop).id, paid_fen=_validate_amount(paid_fen)
    )
    if left is not None:
        rest = f"还可尝试 {left} 次" if left else "请到门店请店员办理"
        raise errors.DomainError("proof_wrong", f"与消费记录不符，{rest}", 409, attempts_left=left)
    return Proof(claim_id=claim.id, kind="purchase")


@db.transactional
def accept(*, proof: Proof) -> Member:
    """Merge the claimant into the holder of the phone. Idempotent. Raises DomainError(claim_ended)."""
    return _accept(PhoneClaim.get_by_id(proof.claim_id), proof.kind)


@db.transactional
def answer_as_holder(*, holder: Customer, claim_id: str, is_mine: bool) -> PhoneClaim:
    """Accept or deny a claim from the account that has the phone. Idempotent.

    Raises DomainError(not_found, claim_ended).
    """
    claim = phone_claims.get_for_holder(holder, claim_id)
    if is_mine:
        _accept(claim, "old_account")
    elif claim.denied_at is None:
        current, _, _ = phone_claims.lock(claim)
        current.update_fields(denied_at=clock.now())
        events.record("phone_claims.denied", customer_id=holder.id, claim_id=claim.id)
    return PhoneClaim.get_by_id(claim.id)


@db.transactional
def accept_at_desk(*, claimant: Customer, phone: str) -> Member:
    """Accept the open claim of a customer to a phone by a clerk who has seen a proof. Idempotent.

    Raises DomainError(not_found, claim_ended).
    """
    phone = phones.normalize_verified(phone)
    if identities.find_phone(claimant) == phone:
        return registration.join(customer=claimant, source="clerk")
    claim = phone_claims.find_open(claimant)
    if claim is None or claim.identity.value != phone:
        raise errors.not_found("该手机号认领")
    member = _accept(claim, "clerk")
    audit.record("phone_claims.accept", f"member:{member.public_id}", after={"claim": claim.public_id})
    return member


@db.transactional
def decline(*, customer: Customer, claim_id: str) -> Member:
    """Register the claimant as a new member. The old holder loses the phone and nothing else. Idempotent.

    A phone that only the platform vouches for may be an old one of the claimant, so it needs an SMS code.
    Raises DomainError(not_found, claim_ended, phone_needs_sms).
    """
    claim = phone_claims.get_own(customer, claim_id)
    if claim.state == "declined":
        return registration.join(customer=customer, source=claim.source)
    current, claimant, holder = phone_claims.lock(claim)
    if not current.by_sms:
        raise registration.phone_needs_sms_error()
    phone = str(current.identity.value)
    current.update_fields(state="declined")
    registration.reassign_phone(phone, old_holder=holder, new_holder=claimant)
    events.record("phone_claims.declined", customer_id=claimant.id, claim_id=claim.id)
    return registration.join(customer=claimant, source=claim.source)


def _accept(claim: PhoneClaim, proof: str) -> Member:
    if claim.state == "accepted":
        return registration.join(customer=claim.identity.customer, source=claim.source)
    current, claimant, holder = phone_claims.lock(claim)
    if proof != "clerk" and not phone_claims.count_attempts_left(current):
        raise phone_claims.clerk_only_error()
    current.update_fields(state="accepted")
    kept = merges.merge(survivor=holder, duplicate=claimant, proof=f"phone+{proof}")
    events.record("phone_claims.accepted", customer_id=kept.id, claim_id=claim.id, proof=proof)
    return registration.join(customer=kept, source=claim.source)


def _validate_amount(paid_fen: int) -> int:
    if not 0 < paid_fen <= 100_000_000:
        raise errors.invalid("amount_fen", "请填写实付金额")
    return paid_fen
