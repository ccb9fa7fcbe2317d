"""Becoming a member (入会): a fan proves a phone, gets the base tier and an account in every point group."""

from dataclasses import dataclass

from store.company import audit
from store.kernel import clock, db, events, refusals
from store.loyalty import points, tiers
from store.people import codes, customers, identities, members, merges, phones
from store.people.customers import Customer
from store.people.members import Member
from store.people.programmes import Programme

PURPOSE = "register"


@dataclass(frozen=True)
class Proof:
    """A phone in E.164 and the checked code that was sent to it."""

    phone: str
    code: codes.SmsCode


def register_by_sms(
    *, phone: str, code: str, source: str, customer: Customer | None = None, shop_id: int | None = None
) -> Member:
    """Register, or sign in, by phone and SMS code; `customer` is the fan who is asking, if known."""
    return register(proof=prove(phone=phone, code=code), source=source, customer=customer, shop_id=shop_id)


def prove(*, phone: str, code: str) -> Proof:
    """Check an SMS code against a phone; it costs a try, so it stands before and outside the registration."""
    phone = phones.normal(phone)
    return Proof(phone=phone, code=codes.check(phone=phone, purpose=PURPOSE, code=code))


def register(
    *, proof: Proof, source: str, customer: Customer | None = None, shop_id: int | None = None
) -> Member:
    """Register, or sign in, on a proof; the code behind it is spent."""
    return _register(phone=proof.phone, source=source, customer=customer, shop_id=shop_id, proof=proof.code)


def register_by_platform(*, phone: str, source: str, customer: Customer) -> Member:
    """Register with a phone that the platform vouches for (the mini-program's phone button).

    Refuses with `phone_needs_sms` where the phone seems to have changed hands.
    """
    return _register(phone=phones.normal(phone), source=source, customer=customer, shop_id=None, proof=None)


@db.verb
def register_by_clerk(
    *, phone: str, shop_id: int | None = None, programme: Programme | None = None
) -> Member:
    """Register somebody at the service desk by the phone they tell; a member already stays as they are.

    Into the main programme unless another one is named: a customer has an account in each they joined.
    """
    phone = phones.normal(phone)
    holder = identities.phone_holder(phone)
    known = members.living(holder, programme) if holder is not None else None
    if known is not None and known.joined_at is not None:
        return known
    member = _register(
        phone=phone, source="clerk", customer=None, shop_id=shop_id, proof=None, programme=programme
    )
    audit.record("memberships.register", f"member:{member.public_id}", after={"shop_id": shop_id})
    return member


@db.verb
def join(
    *, customer: Customer, source: str, shop_id: int | None = None, programme: Programme | None = None
) -> Member:
    """Make a customer a full member of a programme, by default the main one; joined before, nothing changes."""
    member = members.locked(members.of_customer(customer, programme).id)
    if member.joined_at is not None:
        return member
    member.joined_at, member.source, member.shop_id = clock.now(), source, shop_id or member.shop_id
    member.save()
    tiers.start_at_base(member)
    for group in points.groups(int(member.programme_id)):
        points.account(member, group)
    events.record(
        "members.joined", customer_id=member.customer_id, member_id=member.id, shop_id=shop_id, source=source
    )
    return member


@db.verb
def _register(
    *,
    phone: str,
    source: str,
    customer: Customer | None,
    shop_id: int | None,
    proof: codes.SmsCode | None,
    programme: Programme | None = None,
) -> Member:
    if proof is not None:
        codes.use(proof)
    person = _with_phone(
        phone=phone, customer=customer, source=source, shop_id=shop_id, by_sms=proof is not None
    )
    return join(customer=person, source=source, shop_id=shop_id, programme=programme)


def _with_phone(
    *, phone: str, customer: Customer | None, source: str, shop_id: int | None, by_sms: bool
) -> Customer:
    """The one customer who holds the phone from now on."""
    holder, customer = _locked(phone, customer)
    if customer is None:
        return holder or _bind(customers.open_customer(source=source, shop_id=shop_id), phone)
    if holder is None or holder.id == customer.id:
        return _bind(customer, phone)
    if identities.phone_of(customer) is None:
        return merges.merge(keep=holder, lose=customer, proof="phone")
    if not by_sms:
        raise refusals.Refused("phone_needs_sms", "该手机号已绑定其他会员，请用短信验证码验证", 409)
    return _change_hands(phone, old=holder, new=customer)


def _locked(phone: str, customer: Customer | None) -> tuple[Customer | None, Customer | None]:
    """The phone's holder and the asking customer as they live now, locked in the order of their ids.

    Who asks may have been merged, and the phone may have found another holder, while we waited.
    """
    while True:
        holder = identities.phone_holder(phone)
        known = {row.id for row in (holder, customer) if row is not None}
        living = {row_id: customers.locked(row_id) for row_id in sorted(known)}
        holder = identities.phone_holder(phone)
        if holder is None or holder.id in {row.id for row in living.values()}:
            return holder, customers.locked_as_read(customer) if customer is not None else None


def _change_hands(phone: str, *, old: Customer, new: Customer) -> Customer:
    """The number was given to somebody else (二次放号): the old holder loses this phone and nothing more."""
    for identity in identities.of(old, identities.PHONE):
        identities.unbind(identity)
    events.record("phones.changed_hands", customer_id=new.id, old_customer_id=old.id)
    return _bind(new, phone)


def _bind(customer: Customer, phone: str) -> Customer:
    """Make `phone` the customer's verified phone, in place of an earlier one."""
    index = phones.index(phone)
    for identity in identities.of(customer, identities.PHONE):
        if identity.subject != index:
            identities.unbind(identity)
    identities.bind(customer, provider=identities.PHONE, subject=index, clear=phone)
    return customer
