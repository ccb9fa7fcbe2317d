"""Payment authorization (储值安全验证): the member agrees to a payment with stored value.

By an SMS code to the member's phone or to the shop manager's, by the payment code on the member's phone, or by the
member's session. An authorization is verified outside the payment's transaction, because a wrong attempt must
count, and consumed inside it.
"""

from dataclasses import dataclass, field

from pydantic import Field

from store.core import errors
from store.customers import identities, members, sms_codes
from store.customers.customers import Customer
from store.customers.members import Member
from store.customers.sessions import Session
from store.customers.sms_codes import SmsCode
from store.stored_value import managers, payment_codes
from store.stored_value.payment_codes import PaymentCode
from store.tenants import audit, settings

AUTHORIZATION_KINDS = ("sms", "manager", "payment_code", "session")


class StoredValueSecuritySettings(settings.SettingsGroup, name="stored_value_security"):
    """Whether a payment needs an authorization, and up to which amount it does not."""

    authorization_required: bool = False
    exempt_up_to_fen: int = Field(default=0, ge=0, le=100_000_000)


@dataclass(frozen=True)
class CodeMessage:
    """A code to send to a phone; both are secret."""

    phone: str = field(repr=False)
    code: str = field(repr=False)


@dataclass(frozen=True)
class PaymentAuthorization:
    """A verified authorization of one member for one payment."""

    kind: str
    member_id: int
    sms_code: SmsCode | None = None
    payment_code: PaymentCode | None = None
    manager_id: int | None = None


def request_code(*, member: Member, address: str) -> CodeMessage:
    """Create a code for the member's verified phone. Raises DomainError(no_phone)."""
    phone = _get_verified_phone(member)
    code = sms_codes.request(phone=phone, purpose=_code_purpose(member), client_ip=address, verified=True)
    return CodeMessage(phone=phone, code=code)


def authorize_by_sms(*, member: Member, code: str) -> PaymentAuthorization:
    """Authorize by the code that the member reads out. Counts an attempt."""
    found = sms_codes.verify(phone=_get_verified_phone(member), purpose=_code_purpose(member), code=code)
    return PaymentAuthorization(kind="sms", member_id=member.id, sms_code=found)


def request_manager_code(*, member: Member, shop_id: int, address: str) -> CodeMessage:
    """Create a code for the shop manager's phone, valid for this member only."""
    phone = managers.get_by_shop(shop_id).phone
    code = sms_codes.request(phone=phone, purpose=_code_purpose(member), client_ip=address, verified=True)
    return CodeMessage(phone=phone, code=code)


def authorize_by_manager_code(*, member: Member, shop_id: int, code: str) -> PaymentAuthorization:
    """Authorize by the code that the shop manager gave. Counts an attempt."""
    manager = managers.get_by_shop(shop_id)
    found = sms_codes.verify(phone=manager.phone, purpose=_code_purpose(member), code=code)
    return PaymentAuthorization(kind="manager", member_id=member.id, sms_code=found, manager_id=manager.id)


def authorize_by_payment_code(*, code: str, till: str) -> tuple[PaymentAuthorization, Member]:
    """Authorize by a scanned payment code and return its member. Counts an attempt."""
    found, member = payment_codes.resolve_code(code=code, till=till)
    return PaymentAuthorization(kind="payment_code", member_id=member.id, payment_code=found), member


def authorize_by_session(*, session: Session) -> PaymentAuthorization:
    """Authorize a customer who pays on the own phone, signed in."""
    member = members.get_or_create(Customer.get_by_id(session.customer_id))
    return PaymentAuthorization(kind="session", member_id=member.id)


def consume(
    payment_authorization: PaymentAuthorization | None, *, member: Member, amount_fen: int, key: str
) -> None:
    """Consume an authorization in the transaction of the payment with this `key`. Requires the member's lock.

    Raises DomainError if one is required and missing, belongs to another member, or was consumed.
    """
    if payment_authorization is None:
        rules = settings.read(StoredValueSecuritySettings)
        if rules.authorization_required and amount_fen > rules.exempt_up_to_fen:
            raise errors.DomainError("authorization_required", "请验证会员短信验证码或付款码", 403)
        return
    if members.survivor(Member.get_by_id(payment_authorization.member_id)).id != member.id:
        raise errors.DomainError("authorization_mismatch", "验证信息与会员不符", 403)
    if payment_authorization.sms_code is not None:
        sms_codes.consume(payment_authorization.sms_code)
    if payment_authorization.payment_code is not None:
        payment_codes.consume(payment_authorization.payment_code, payment_key=key)
    if payment_authorization.kind == "manager":
        after = {"manager_id": payment_authorization.manager_id, "amount_fen": amount_fen}
        audit.record("stored_value.authorize_by_manager", f"member:{member.public_id}", after=after)


def _get_verified_phone(member: Member) -> str:
    phone = identities.find_phone(Customer.get_by_id(members.survivor(member).customer_id))
    if phone is None:
        raise errors.DomainError("no_phone", "会员未绑定手机号", 409)
    return phone


def _code_purpose(member: Member) -> str:
    """Return a purpose bound to the member, so that a manager's code is valid for one member only."""
    return f"value:{member.id}"
