"""A proof (储值安全验证): that the member agrees to a purchase with stored value.

By an SMS code sent to the member's phone, or to the store manager's for who cannot receive one; by the
payment code on the member's phone; or by the member's own session. A proof is checked first, outside the
purchase's transaction because a wrong guess must count, and spent inside it.
"""

from dataclasses import dataclass, field

from pydantic import Field

from store.company import audit, settings
from store.kernel import refusals
from store.loyalty import payment_codes, value_managers
from store.loyalty.payment_codes import PaymentCode
from store.people import codes, identities, members
from store.people.codes import SmsCode
from store.people.customers import Customer
from store.people.members import Member
from store.people.sessions import Session

KINDS = ("sms", "manager", "payment_code", "session")


class ValueSecurity(settings.Topic):
    """Whether a purchase needs a proof, and up to which amount it goes without."""

    required: bool = False
    free_fen: int = Field(default=0, ge=0)


@dataclass(frozen=True)
class Sending:
    """A code to be sent to a phone; both are secrets until the carrier has them."""

    phone: str = field(repr=False)
    code: str = field(repr=False)


@dataclass(frozen=True)
class Proof:
    """What was checked, for one member and one purchase."""

    kind: str
    member_id: int
    sms_code: SmsCode | None = None
    payment_code: PaymentCode | None = None
    manager_id: int | None = None


def ask_code(*, member: Member, address: str) -> Sending:
    """A code for the member's verified phone; refuses with `no_phone` where there is none."""
    phone = _phone(member)
    return Sending(phone=phone, code=codes.ask(phone=phone, purpose=_purpose(member), address=address))


def by_code(*, member: Member, code: str) -> Proof:
    """The proof behind the code that the member has read out. Costs a try: not inside a verb."""
    found = codes.check(phone=_phone(member), purpose=_purpose(member), code=code)
    return Proof(kind="sms", member_id=member.id, sms_code=found)


def ask_code_of_manager(*, member: Member, shop_id: int, address: str) -> Sending:
    """A code for the store manager's phone, good for this member only."""
    phone = value_managers.of(shop_id).phone
    return Sending(phone=phone, code=codes.ask(phone=phone, purpose=_purpose(member), address=address))


def by_code_of_manager(*, member: Member, shop_id: int, code: str) -> Proof:
    """The proof behind the code that the store manager gave. Costs a try: not inside a verb."""
    manager = value_managers.of(shop_id)
    found = codes.check(phone=manager.phone, purpose=_purpose(member), code=code)
    return Proof(kind="manager", member_id=member.id, sms_code=found, manager_id=manager.id)


def by_payment_code(*, code: str, till: str) -> tuple[Proof, Member]:
    """The proof in a scanned payment code, and the member it speaks for. Costs a try: not inside a verb."""
    found, member = payment_codes.read(code=code, till=till)
    return Proof(kind="payment_code", member_id=member.id, payment_code=found), member


def by_session(*, session: Session) -> Proof:
    """The proof of somebody who buys on their own phone, signed in, in the main programme."""
    member = members.of_customer(Customer.get_by_id(session.customer_id))
    return Proof(kind="session", member_id=member.id)


def spend(proof: Proof | None, *, member: Member, amount_fen: int) -> None:
    """Spend a proof, in the purchase's transaction; `member` is the living one and locked.

    Refuses a missing proof where one is required, somebody else's, and one that was spent already.
    """
    if proof is None:
        rules = settings.read(ValueSecurity)
        if rules.required and amount_fen > rules.free_fen:
            raise refusals.Refused("value_proof_needed", "请验证会员短信验证码或付款码", 403)
        return
    if members.survivor(Member.get_by_id(proof.member_id)).id != member.id:
        raise refusals.Refused("value_proof_unlike", "验证信息与会员不符", 403)
    if proof.sms_code is not None:
        codes.use(proof.sms_code)
    if proof.payment_code is not None:
        payment_codes.use(proof.payment_code)
    if proof.kind == "manager":
        after = {"manager_id": proof.manager_id, "amount_fen": amount_fen}
        audit.record("value_proofs.by_manager", f"member:{member.public_id}", after=after)


def _phone(member: Member) -> str:
    phone = identities.phone_of(Customer.get_by_id(members.survivor(member).customer_id))
    if phone is None:
        raise refusals.Refused("no_phone", "会员未绑定手机号", 409)
    return phone


def _purpose(member: Member) -> str:
    """Bound to the member: a code that a manager was sent for one is no good for another."""
    return f"value:{member.id}"
