"""Registration (入会): a follower verifies a phone, gets the base tier and an account in every point group."""

from dataclasses import dataclass

from store.core import actors, clock, errors, events
from store.core.database import db
from store.customers import consents, customers, identities, members, phones, sms_codes
from store.customers.customers import Customer
from store.customers.members import Member
from store.customers.merging import merges
from store.customers.programmes import Programme
from store.membership import phone_claims
from store.points import points
from store.tenants import audit
from store.tiers import tiers

PURPOSE = "register"


@dataclass(frozen=True)
class VerifiedPhone:
    """A phone in E.164 and the verified code that was sent to it."""

    phone: str
    code: sms_codes.SmsCode


def register_by_sms(
    *, phone: str, code: str, source: str, customer: Customer | None = None, shop_id: int | None = None
) -> Member:
    """Register or sign in by phone and SMS code. `customer` is the known follower, if any."""
    return register(
        verified_phone=verify_phone(phone=phone, code=code), source=source, customer=customer, shop_id=shop_id
    )


def verify_phone(*, phone: str, code: str) -> VerifiedPhone:
    """Verify an SMS code. It counts an attempt, so it runs outside the registration's transaction."""
    phone = phones.normalize(phone)
    return VerifiedPhone(phone=phone, code=sms_codes.verify(phone=phone, purpose=PURPOSE, code=code))


def register(
    *,
    verified_phone: VerifiedPhone,
    source: str,
    customer: Customer | None = None,
    shop_id: int | None = None,
) -> Member:
    """Register or sign in with a verified phone and consume its code.

    If the phone's member may be another person, the customer stays as they are and `phone_claims.find_open` returns
    the question to answer.
    """
    return _register(
        phone=verified_phone.phone,
        source=source,
        customer=customer,
        shop_id=shop_id,
        sms_code=verified_phone.code,
    )


def register_by_platform(*, phone: str, source: str, customer: Customer) -> Member:
    """Register with a phone that the platform verified (the mini-program's phone button).

    Only the form of the number is checked, because the platform vouches for it. Opens a phone claim like `register`.
    Raises DomainError(phone_needs_sms) if the phone may have been reassigned.
    """
    return _register(
        phone=phones.normalize_verified(phone), source=source, customer=customer, shop_id=None, sms_code=None
    )


@db.transactional
def register_at_desk(*, phone: str, shop_id: int | None = None, programme: Programme | None = None) -> Member:
    """Register a customer at the service desk by phone. An existing member stays unchanged.

    Into the default programme unless another is named. The clerk has asked for the consent to the agreements, which is
    recorded with the channel `desk`.
    """
    phone = phones.normalize(phone)
    holder = identities.find_by_phone(phone)
    known = members.find_active(holder, programme) if holder is not None else None
    if known is not None and known.joined_at is not None:
        return known
    member = _register(
        phone=phone, source="clerk", customer=None, shop_id=shop_id, sms_code=None, programme=programme
    )
    consents.accept_at_desk(member.customer)
    audit.record("memberships.register", f"member:{member.public_id}", after={"shop_id": shop_id})
    return member


@db.transactional
def join(
    *, customer: Customer, source: str, shop_id: int | None = None, programme: Programme | None = None
) -> Member:
    """Make a customer a full member of a programme, by default the first one. Idempotent."""
    member = members.lock(members.get_or_create(customer, programme).id)
    if member.joined_at is not None:
        return member
    member.joined_at, member.source, member.shop_id = clock.now(), source, shop_id or member.shop_id
    member.save()
    tiers.assign_base_tier(member)
    for group in points.list_groups(int(member.programme_id)):
        points.get_or_create_account(member, group)
    events.record(
        "members.joined", customer_id=member.customer_id, member_id=member.id, shop_id=shop_id, source=source
    )
    return member


@db.transactional
def _register(
    *,
    phone: str,
    source: str,
    customer: Customer | None,
    shop_id: int | None,
    sms_code: sms_codes.SmsCode | None,
    programme: Programme | None = None,
) -> Member:
    if sms_code is not None:
        sms_codes.consume(sms_code)
    person = _customer_for_phone(
        phone=phone, customer=customer, source=source, shop_id=shop_id, by_sms=sms_code is not None
    )
    if person is None:
        assert customer is not None, "only a known account can claim a phone"
        return members.get_or_create(customer, programme)
    if actors.current().kind == "customer":  # others answer for the consent of the person before them
        consents.ensure_accepted(person)
    return join(customer=person, source=source, shop_id=shop_id, programme=programme)


def _customer_for_phone(
    *, phone: str, customer: Customer | None, source: str, shop_id: int | None, by_sms: bool
) -> Customer | None:
    """Return the one customer who holds the phone from now on, or None if the customer has to answer first."""
    holder, customer = _lock_holder_and_customer(phone, customer)
    if customer is None:
        return holder or _bind_phone(customers.create_customer(source=source, shop_id=shop_id), phone)
    if holder is None or holder.id == customer.id:
        return _bind_phone(customer, phone)
    if identities.find_phone(customer) is None:
        if phone_claims.must_ask(holder, customer):
            phone_claims.open_claim(customer=customer, phone=phone, source=source, by_sms=by_sms)
            return None
        return merges.merge(survivor=holder, duplicate=customer, proof="phone")
    if not by_sms:
        raise phone_needs_sms_error()
    return reassign_phone(phone, old_holder=holder, new_holder=customer)


def _lock_holder_and_customer(
    phone: str, customer: Customer | None
) -> tuple[Customer | None, Customer | None]:
    """Lock the phone's holder and the customer, in the order of their ids.

    Both are read again after locking, because a merge or a reassignment may have committed meanwhile.
    """
    while True:
        holder = identities.find_by_phone(phone)
        known = {row.id for row in (holder, customer) if row is not None}
        current = {row_id: customers.lock(row_id) for row_id in sorted(known)}
        holder = identities.find_by_phone(phone)
        if holder is None or holder.id in {row.id for row in current.values()}:
            return holder, customers.lock_unless_erased(customer) if customer is not None else None


def phone_needs_sms_error() -> errors.DomainError:
    """Return the error of a phone of another member that only the platform vouches for."""
    return errors.DomainError("phone_needs_sms", "该手机号已绑定其他会员，请用短信验证码验证", 409)


@db.transactional
def reassign_phone(phone: str, *, old_holder: Customer, new_holder: Customer) -> Customer:
    """Unbind the phone from its previous holder, who keeps everything else (二次放号).

    Requires the locks of both.
    """
    for identity in identities.list_for(old_holder, identities.PHONE):
        identities.unbind(identity)
    events.record("phones.reassigned", customer_id=new_holder.id, old_customer_id=old_holder.id)
    return _bind_phone(new_holder, phone)


def _bind_phone(customer: Customer, phone: str) -> Customer:
    """Make `phone` the customer's verified phone, in place of an earlier one."""
    index = phones.blind_index(phone)
    for identity in identities.list_for(customer, identities.PHONE):
        if identity.subject != index:
            identities.unbind(identity)
    identities.bind(customer, provider=identities.PHONE, subject=index, value=phone)
    return customer
