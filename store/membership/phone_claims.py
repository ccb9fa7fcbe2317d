"""Claims of a phone (手机号认领): a new account verifies a phone that a member with another account has.

Both may be one person, or the phone number has a new owner. The person is asked, and proves a yes. Before that
nothing of the member is shown. `store/membership/phone_answers.py` holds the answers.
"""

from datetime import timedelta

import peewee
from peewee import fn
from pydantic import Field

from store.core import clock, errors, events, ids
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.core.events import Event
from store.customers import customers, identities, members, phones
from store.customers.customers import Customer
from store.customers.identities import Identity
from store.customers.merging import rules as merge_rules
from store.customers.sessions import Session
from store.purchases import Purchase
from store.stored_value import accounts as stored_value_accounts
from store.tenants import settings

QUESTION = "该手机号已有会员，是您本人吗？"
MAX_ATTEMPTS = 3  # of all claims of one holder's phone, so that a new account gets no new attempts

# Events that the person causes. What the system does, such as an expiry, does not count as activity.
_PERSONAL_EVENTS = (
    "check_ins.created", "coupon_gifts.accepted", "coupon_gifts.offered", "coupons.used",
    "customers.opened_by_payment", "favourites.added",
    "followers.created", "followers.followed", "make_ups.created", "members.joined", "orders.paid",
    "profiles.changed", "qr_codes.scanned",
)  # fmt: skip


class PhoneClaimSettings(settings.SettingsGroup, name="phone_claim"):
    """When the owner of a phone is asked, how recent a purchase proves something, how long a claim is open."""

    inactive_days: int = Field(default=180, ge=1, le=3650)
    purchase_days: int = Field(default=90, ge=1, le=3650)
    open_hours: int = Field(default=24, ge=1, le=720)


class PhoneClaim(Model):
    """`identity` is the phone as its holder has it, `customer` the new account that verified it."""

    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public_id("pcl_"))
    customer = peewee.ForeignKeyField(Customer)
    identity = peewee.ForeignKeyField(Identity)
    source = peewee.CharField(max_length=30)
    by_sms = peewee.BooleanField()
    state = peewee.CharField(
        max_length=10,
        default="open",
        constraints=[peewee.Check("state IN ('open', 'accepted', 'declined', 'ended')")],
    )
    attempts = peewee.IntegerField(default=0)
    denied_at = UtcDateTimeField(null=True)  # the holder said that the claimant is another person
    created_at = UtcDateTimeField(default=clock.now)
    expires_at = UtcDateTimeField()


PhoneClaim.add_index(
    PhoneClaim.index(PhoneClaim.customer, unique=True, name="phone_claim_open").where(
        peewee.SQL("state = 'open'")
    )
)
merge_rules.register_rule(PhoneClaim.customer, merge_rules.keep_rows)  # a merged account has to verify again


def must_ask(holder: Customer, customer: Customer) -> bool:
    """Return whether the holder of a phone may be another person than the customer who verified it.

    A member without an account on a platform was opened by a clerk or an import, and is not asked about.
    """
    if all(identity.provider == identities.PHONE for identity in identities.list_for(holder)):
        return False
    return _may_be_another_account(holder, customer) or _has_stored_value(holder) or _is_inactive(holder)


def open_claim(*, customer: Customer, phone: str, source: str, by_sms: bool) -> PhoneClaim:
    """Open a claim, or extend the open one of the same phone. Requires the locks of customer and holder."""
    identity = Identity.find(
        provider=identities.PHONE, subject=phones.blind_index(phone), unbound_at=None, lock=True
    )
    assert identity is not None, "the caller has locked the holder"
    expires_at = clock.now() + timedelta(hours=settings.read(PhoneClaimSettings).open_hours)
    before = PhoneClaim.find(customer=customer.id, state="open", lock=True)
    if before is not None and before.identity_id == identity.id:
        before.update_fields(expires_at=expires_at, by_sms=before.by_sms or by_sms)
        return before
    if before is not None:
        before.update_fields(state="ended")
    claim = PhoneClaim.create(
        customer=customer, identity=identity, source=source, by_sms=by_sms, expires_at=expires_at
    )
    events.record("phone_claims.opened", customer_id=identity.customer_id, claim_id=claim.id)
    return claim


def find_open(customer: Customer) -> PhoneClaim | None:
    """Return the question that a customer has to answer, or None."""
    found = PhoneClaim.find(customer=customer.id, state="open")
    return found if found is not None and is_open(found) else None


def find_for_holder(holder: Customer) -> PhoneClaim | None:
    """Return the latest open claim of the holder's phone that the holder can still confirm or deny, or None."""
    mine = (Identity.customer == holder.id) & (PhoneClaim.state == "open") & PhoneClaim.denied_at.is_null()
    rows = PhoneClaim.select(PhoneClaim).join(Identity).where(mine).order_by(PhoneClaim.id.desc())
    return next((row for row in rows if is_open(row) and count_attempts_left(row)), None)


def is_open(claim: PhoneClaim) -> bool:
    """Return whether a claim can still be answered.

    It is not over, the holder still has the phone, and the claimant has verified no other phone since.
    """
    if claim.state != "open" or claim.expires_at <= clock.now() or claim.identity.unbound_at is not None:
        return False
    claimant = claim.customer
    return claimant.merged_into_id is None and identities.find_phone(claimant) is None


def get_own(customer: Customer, public_id: str) -> PhoneClaim:
    """Return the claim of a customer. Raises DomainError(not_found)."""
    found = PhoneClaim.find(customer=customer.id, public_id=public_id)
    if found is None:
        raise errors.not_found("该手机号认领")
    return found


def get_for_holder(holder: Customer, public_id: str) -> PhoneClaim:
    """Return a claim of the holder's phone. Raises DomainError(not_found)."""
    found = PhoneClaim.find(public_id=public_id)
    if found is None or customers.survivor(found.identity.customer).id != holder.id:
        raise errors.not_found("该手机号认领")
    return found


def list_open(limit: int = 200) -> list[PhoneClaim]:
    """Return the open claims of the tenant, the latest first."""
    running = (PhoneClaim.state == "open") & (PhoneClaim.expires_at > clock.now())
    rows = PhoneClaim.select().where(running).order_by(PhoneClaim.id.desc()).limit(limit)
    return [row for row in rows if is_open(row)]


def lock(claim: PhoneClaim) -> tuple[PhoneClaim, Customer, Customer]:
    """Lock claim, claimant and holder, and return them as they are then. Requires a transaction.

    Raises DomainError(claim_ended) if the claim is over, or the phone has another holder by now.
    """
    ids_before = {claim.customer_id, Identity.get_by_id(claim.identity_id).customer_id}
    rows = {row_id: customers.lock(row_id) for row_id in sorted(ids_before)}
    current = PhoneClaim.find(id=claim.id, lock=True)
    assert current is not None, "claims are never deleted"
    holder_id = current.identity.customer_id
    claimant = rows[claim.customer_id]
    if not is_open(current) or holder_id not in {row.id for row in rows.values()}:
        raise ended_error()
    if claimant.id != claim.customer_id or claimant.id == holder_id:
        raise ended_error()
    return current, claimant, next(row for row in rows.values() if row.id == holder_id)


def ended_error() -> errors.DomainError:
    """Return the error of a claim that can no longer be answered."""
    return errors.DomainError("claim_ended", "该请求已失效，请重新验证手机号", 409)


def count_attempts_left(claim: PhoneClaim) -> int:
    """Return how many proofs may still be tried. At 0 only a clerk can help."""
    if claim.denied_at is not None:
        return 0
    of_phone = PhoneClaim.identity == claim.identity_id
    used = PhoneClaim.select(fn.COALESCE(fn.SUM(PhoneClaim.attempts), 0)).where(of_phone).scalar()
    return int(max(MAX_ATTEMPTS - used, 0))


@db.transactional
def check_purchase(claim: PhoneClaim, *, shop_id: int | None, paid_fen: int) -> int | None:
    """Compare a purchase with the holder's. Return None for a right one, or count it and return the attempts left.

    Raises DomainError(claim_ended, clerk_only).
    """
    current, _, holder = lock(claim)
    left = count_attempts_left(current)
    if left == 0:
        raise clerk_only_error()
    if _has_purchase(holder, shop_id, paid_fen):
        return None
    current.update_fields(attempts=current.attempts + 1)
    return left - 1


def clerk_only_error() -> errors.DomainError:
    """Return the error of a claim that only a clerk can accept."""
    return errors.DomainError("clerk_only", "无法在线核实，请到门店请店员办理", 409)


def _has_purchase(holder: Customer, shop_id: int | None, paid_fen: int) -> bool:
    since = clock.now() - timedelta(days=settings.read(PhoneClaimSettings).purchase_days)
    owner_ids = [member.id for member in members.list_for_customer(holder)]
    return (
        Purchase.select()
        .where(
            Purchase.member.in_(owner_ids)
            & (Purchase.at >= since)
            & (Purchase.shop_id == shop_id)
            & (Purchase.paid_fen == paid_fen)
            & (Purchase.paid_fen > 0)
        )
        .exists()
    )


def _may_be_another_account(holder: Customer, customer: Customer) -> bool:
    """Return whether a platform may know two persons: two openids of one app, or a unionid that is not shared.

    A shared unionid would have merged both, so any unionid is one that is not shared. A person of another platform
    alone, such as a payer of Alipay, has no unionid to compare.
    """
    rows = [identities.list_for(person) for person in (holder, customer)]
    apps = [{row.account for row in own if row.provider == identities.WECHAT} for own in rows]
    if all(apps) and any(row.provider == identities.UNIONID for row in (*rows[0], *rows[1])):
        return True
    return bool(apps[0] & apps[1])


def _has_stored_value(holder: Customer) -> bool:
    accounts = (stored_value_accounts.find_by_member(member) for member in members.list_for_customer(holder))
    return any(account is not None and account.total_fen > 0 for account in accounts)


def _is_inactive(holder: Customer) -> bool:
    """Return whether the holder has done nothing for the set number of days."""
    since = clock.now() - timedelta(days=settings.read(PhoneClaimSettings).inactive_days)
    if any(row.bound_at > since for row in identities.list_for(holder)):
        return False
    if any((row.latest_purchase_at or since) > since for row in members.list_for_customer(holder)):
        return False
    if Session.select().where((Session.customer == holder.id) & (Session.opened_at > since)).exists():
        return False
    mine = (Event.customer_id == holder.id) & (Event.at > since) & Event.kind.in_(_PERSONAL_EVENTS)
    return not Event.select().where(mine).exists()
