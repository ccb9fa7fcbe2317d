"""The check of an ID number (核对证件) before a card is reported lost, replaced or upgraded at the desk."""

from store.core import errors, rate_limits
from store.core.database import db
from store.core.validation import validate
from store.customers import profiles
from store.customers.members import Member
from store.customers.profile_fields import VerifiedProfile
from store.tenants import audit

MAX_TRIES, TRIES_WINDOW_S = 5, 3600  # for each member


def check(*, member: Member, id_number: str) -> None:
    """Compare the number of a document with that of the member, and log the outcome.

    Five tries an hour for each member are counted before. Raises RuntimeError inside a transaction, and
    DomainError(id_number_unknown, id_number_mismatch, invalid, too_many).
    """
    db.ensure_outside_transaction()
    rate_limits.consume(
        name=f"id-check:{member.id}", limit=MAX_TRIES, window_s=TRIES_WINDOW_S,
        message="核对次数过多，请一小时后再试",
    )  # fmt: skip
    given = validate(VerifiedProfile, {"id_number": id_number.strip().upper()}).id_number
    known = member.customer.id_number_index
    if known is None:
        raise errors.DomainError("id_number_unknown", "该会员未登记证件号，请先核对证件并登记", 409)
    matches = profiles.blind_index_of("id_number", given or "") == known
    audit.record("service_desk.check_id", f"member:{member.public_id}", after={"matches": matches})
    if not matches:
        raise errors.DomainError("id_number_mismatch", "证件号与登记的不一致", 409, field="id_number")


@db.transactional
def register(*, member: Member, name: str, id_number: str) -> None:
    """Register name and ID number of a member who has none, after the clerk has seen the document. Idempotent.

    Raises DomainError(id_number_known, invalid).
    """
    number = id_number.strip().upper()
    known = member.customer.id_number
    if known is not None and known != number:
        raise errors.DomainError("id_number_known", "该会员已登记证件号，更改请到会员资料", 409)
    profiles.change(member.customer, name=name, id_number=number)
