"""Joins: the holder of a card becomes a member by the phone of the platform's form, under the rule of phone claims.

The platform vouches for the phone. A phone that belongs to another member opens a claim, and until that is proved the
card shows nothing of that member.
"""

from dataclasses import dataclass

from store.core.database import db
from store.core.errors import DomainError
from store.customers import alipay_people, customers, members
from store.customers.customers import Customer
from store.customers.members import Member
from store.member_cards import holders, pack_cards
from store.member_cards.pack_cards import PackCard
from store.member_cards.pack_templates import PackTemplate
from store.membership import phone_answers, phone_claims, registration

SOURCES = {"wechat": "wechat_card", "alipay": "alipay_card"}


@dataclass(frozen=True)
class FormAnswer:
    """What a person of Alipay has filled in and who it is. `auth_token` opens the card and is then forgotten."""

    user_id: str
    open_id: str
    phone: str
    auth_token: str


def join_by_form(card: PackCard, *, phone: str, is_active: bool) -> PackCard:
    """Make the holder of a WeChat card a member by the form, and go on with the activation. Idempotent.

    A form without a phone leaves the holder as they are. `is_active` says that WeChat has activated the card itself.
    """
    assert card.member is not None, "a card that has arrived has a holder"
    member = members.read_current(card.member)
    if member.joined_at is None:
        member = _register(member.customer, phone, "wechat")
    return _bind_active(card, member) if is_active else holders.request_activation(card, member=member)


@db.transactional
def open_card(*, pack: PackTemplate, answer: FormAnswer) -> PackCard:
    """Register who has filled in Alipay's form, and request the card. One card for each person and template."""
    person = alipay_people.get_or_create_customer(
        channel=pack.channel, user_id=answer.user_id, open_id=answer.open_id
    )
    member = _accept_offer(pack, _register(person, answer.phone, "alipay"))
    member = members.lock(member.id)
    row = PackCard.select().where(
        (PackCard.template == pack.id) & (PackCard.member == member.id)
        & PackCard.state.in_(("offered", "activating", "active"))
    ).order_by(PackCard.state).first()  # fmt: skip
    if row is not None and row.state == "active":
        return row
    row = pack_cards.lock(row.id) if row else PackCard.create(template=pack, platform="alipay", member=member)
    row.update_fields(auth_token=answer.auth_token)
    if row.state == "offered":
        pack_cards.move(row, "activating")
    pack_cards.mark_due(row)
    return row


@db.transactional
def _bind_active(card: PackCard, member: Member) -> PackCard:
    member = members.lock(member.id)
    row = pack_cards.lock(card.id)
    if row.member_id != member.id:
        row.update_fields(member=member)
    if row.state == "got":
        return holders.activate(row)
    row.update_fields(due_at=None if row.state not in pack_cards.IN_PLATFORM else row.due_at)
    return row


def _accept_offer(pack: PackTemplate, member: Member) -> Member:
    """Join a person to the member of the form's phone who has asked for this card within half an hour.

    The member's own account on the other platform has asked, which is the confirmation that a phone claim needs.
    """
    claim = phone_claims.find_open(member.customer)
    if claim is None:
        return member
    holder = customers.survivor(claim.identity.customer)
    if not any(holders.is_offered(pack, own) for own in members.list_for_customer(holder)):
        return member
    try:
        phone_answers.answer_as_holder(holder=holder, claim_id=claim.public_id, is_mine=True)
    except DomainError as rejected:
        if rejected.code not in ("clerk_only", "claim_ended"):
            raise
    return members.read_current(member)


def _register(person: Customer, phone: str, platform: str) -> Member:
    """Return the member of a person after the form's phone was considered."""
    member = members.get_or_create(customers.survivor(person))
    if not phone:
        return member
    try:
        return registration.register_by_platform(
            phone=phone, source=SOURCES[platform], customer=member.customer
        )
    except DomainError as rejected:
        # Another member's phone, or a form with a number that is none: the person stays who they are.
        if rejected.code not in ("phone_needs_sms", "invalid", "account_erased"):
            raise
        return members.get_or_create(customers.survivor(person))
