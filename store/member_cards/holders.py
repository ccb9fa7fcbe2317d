"""Holders of pack cards: a card is offered, arrives in a pack, is deleted, given away, restored and withdrawn.

The platform reports each step by an event that may come twice, late and out of order. What happens to a card changes
no membership: the member keeps points, balance and tier.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from store.core import clock, errors, events
from store.core.database import db
from store.customers import followers, members
from store.customers.customers import Customer
from store.customers.members import Member
from store.member_cards import pack_cards, pack_templates, templates
from store.member_cards.pack_cards import LIVE, PackCard
from store.member_cards.pack_templates import PackTemplate
from store.tenants.channels import Channel

OFFER_LIFETIME = timedelta(minutes=30)


@dataclass(frozen=True)
class ReceivedCard:
    """A card that a person has got: `reference` is our name in the add parameters, `old_code` that of the giver."""

    card_id: str
    code: str
    openid: str
    at: datetime
    unionid: str | None = None
    reference: str = ""
    old_code: str = ""
    is_restored: bool = False


def get_offered_template(member: Member, platform: str) -> PackTemplate:
    """Return the template that a member can add to a pack.

    Raises DomainError(card_not_offered, membership_closed, not_a_member).
    """
    members.ensure_open(member)
    if member.joined_at is None:
        raise errors.DomainError("not_a_member", "请先注册会员，再添加到卡包", 409)
    template = templates.find_active(int(member.programme_id))
    pack = pack_templates.find(template, platform) if template is not None else None
    if pack is None or pack.state != "live" or pack.platform_id is None:
        name = templates.PLATFORMS[platform]
        raise errors.DomainError("card_not_offered", f"暂不支持添加到{name}", 409)
    return pack


@db.transactional
def offer(*, member: Member, platform: str) -> PackCard:
    """Return the card that a member is about to add, which keeps its name in calls until it is added.

    Raises DomainError(card_not_offered, membership_closed, not_a_member).
    """
    member = members.lock(member.id)
    pack = get_offered_template(member, platform)
    row = PackCard.find(template=pack.id, member=member.id, state="offered", lock=True)
    if row is not None:
        row.update_fields(state_at=clock.now())
        return row
    return PackCard.create(template=pack, platform=platform, member=member)


@db.transactional
def receive(*, channel: Channel, received: ReceivedCard) -> PackCard | None:
    """Record that a card arrived in the pack of a person of WeChat, or None for a card that is not ours. Idempotent.

    The holder is the member of the openid, otherwise the member to whom the card was offered within half an hour.
    """
    pack = pack_templates.find_by_platform_id("wechat", received.card_id)
    if pack is None or pack.channel_id != channel.id or not received.code:
        return None
    person = followers.get_or_create_customer(
        channel=channel, openid=received.openid, source=channel.kind, unionid=received.unionid
    )
    offered = _find_offer(pack, received.reference)
    member = members.lock(_choose_member(pack, person, offered).id)
    known = pack_cards.find_by_code("wechat", received.card_id, received.code)
    if known is not None:
        return _restore(pack_cards.lock(known.id), received)
    row = _take_offer(offered, member) or PackCard.create(template=pack, platform="wechat", member=member)
    row.update_fields(code=received.code, member=member, event_at=received.at)
    pack_cards.move(row, "got")
    if received.old_code:
        _give_away(received, row)
    _begin_activation(row, member)
    return row


@db.transactional
def delete(*, channel: Channel, card_id: str, code: str, at: datetime) -> PackCard | None:
    """Record that a person deleted the card from the pack. The membership stays. Idempotent."""
    row = _lock_card(channel, card_id, code)
    if row is None or _is_late(row, at) or row.state not in (*LIVE, "withdrawing"):
        return row
    pack_cards.move(row, "deleted")
    row.update_fields(event_at=at)
    return row


@db.transactional
def begin_gift(*, channel: Channel, card_id: str, code: str, at: datetime) -> PackCard | None:
    """Record that a person is passing the card on to a friend. Idempotent."""
    row = _lock_card(channel, card_id, code)
    if row is None or _is_late(row, at) or row.state not in ("got", "activating", "active"):
        return row
    pack_cards.move(row, "gifting")
    row.update_fields(event_at=at)
    return row


@db.transactional
def take_back_gift(*, channel: Channel, card_id: str, code: str, at: datetime) -> PackCard | None:
    """Record that a gift came back: its code is valid again and that of the friend is not. Idempotent."""
    row = _lock_card(channel, card_id, code)
    if row is None or _is_late(row, at) or row.state not in ("gifting", "given"):
        return row
    replacement = pack_cards.lock(row.given_to_id) if row.given_to_id else None
    if replacement is not None and replacement.state in LIVE:
        pack_cards.move(replacement, "given")
        replacement.update_fields(event_at=at)
    pack_cards.move(row, "active" if row.was_active else "got")
    row.update_fields(event_at=at, given_to=None)
    if row.state == "active":
        pack_cards.mark_due(row)
    return row


@db.transactional
def activate(card: PackCard) -> PackCard:
    """Record that the platform has a card as active, and have its content pushed. Idempotent."""
    row = pack_cards.lock(card.id)
    if row.state in ("got", "activating"):
        pack_cards.move(row, "active")
        pack_cards.mark_due(row)
    return row


@db.transactional
def request_activation(card: PackCard, *, member: Member) -> PackCard:
    """Request the activation of a card for a member at the platform. Idempotent."""
    member = members.lock(member.id)
    row = pack_cards.lock(card.id)
    if row.state == "got":
        row.update_fields(member=member)
        pack_cards.move(row, "activating")
        pack_cards.mark_due(row)
    return row


@db.transactional
def request_check(*, channel: Channel, card_id: str, code: str) -> PackCard | None:
    """Request that a card which is not active yet is compared with the platform, because its holder views it."""
    row = _lock_card(channel, card_id, code)
    if row is not None and row.state == "got" and row.due_at is None:
        pack_cards.mark_due(row)
    return row


@db.transactional
def record_use(*, channel: Channel, card_id: str, code: str, use: str, transaction_id: str = "") -> None:
    """Record what a person did with a card, such as a payment from it, among the member's events."""
    row = find(channel=channel, card_id=card_id, code=code)
    if row is not None and row.member is not None:
        events.record(
            "member_cards.used", customer_id=row.member.customer_id, member_id=row.member_id, channel_id=channel.id,
            use=use, transaction_id=transaction_id,
        )  # fmt: skip


@db.transactional
def withdraw(*, member: Member) -> int:
    """Request that all cards of a former member become invalid, and return their number. Idempotent."""
    member = members.lock(member.id)
    done = 0
    for card in pack_cards.list_for(member):
        row = pack_cards.lock(card.id)
        if row.state in LIVE and row.code:
            pack_cards.move(row, "withdrawing")
            pack_cards.mark_due(row)
            done += 1
    return done


def is_offered(pack: PackTemplate, member: Member) -> bool:
    """Return whether a member was offered the card of a template within half an hour."""
    row = PackCard.find(template=pack.id, member=member.id, state="offered")
    return row is not None and clock.now() - row.state_at <= OFFER_LIFETIME


def find(*, channel: Channel, card_id: str, code: str) -> PackCard | None:
    """Return the card of a code in an account of WeChat, or None."""
    found = pack_cards.find_by_code("wechat", card_id, code)
    return found if found is not None and found.template.channel_id == channel.id else None


def find_usable(code: str) -> Member | None:
    """Return the member of a pack card's code, or None for a code that is not ours.

    Raises DomainError(card_state) with the reason for a card that was given away, deleted or ended.
    """
    rows = list(PackCard.select().where(PackCard.code == code).order_by(PackCard.id.desc())) if code else []
    if not rows:
        return None
    usable = next((row for row in rows if row.state == "active"), None)
    if usable is None or usable.member is None:
        state = rows[0].state
        raise errors.DomainError(
            "card_state", pack_cards.REASONS.get(state, "该会员卡不能使用"), 409, state=state
        )
    return members.survivor(usable.member)


def _find_offer(pack: PackTemplate, reference: str) -> PackCard | None:
    """Return the card that was offered under a name not long ago, or None."""
    found = pack_cards.find_by_reference(reference)
    if found is None or found.template_id != pack.id or found.state != "offered":
        return None
    return found if clock.now() - found.state_at <= OFFER_LIFETIME else None


def _choose_member(pack: PackTemplate, person: Customer, offered: PackCard | None) -> Member:
    own = members.get_or_create(person, pack.template.programme)
    if own.joined_at is None and offered is not None and offered.member is not None:
        return members.survivor(offered.member)
    return own


def _take_offer(offered: PackCard | None, member: Member) -> PackCard | None:
    """Return the offered card locked if it was offered to this member and is still free."""
    if offered is None:
        return None
    row = pack_cards.lock(offered.id)
    return row if row.state == "offered" and row.member_id == member.id else None


def _begin_activation(row: PackCard, member: Member) -> None:
    kind = row.template.template.activation
    if kind == "auto":
        pack_cards.move(row, "active")
        pack_cards.mark_due(row)
    elif kind == "jump" and member.joined_at is not None:
        pack_cards.move(row, "activating")
        pack_cards.mark_due(row)


def _restore(row: PackCard, received: ReceivedCard) -> PackCard:
    """Bring back a card that its holder had deleted. A repeat of an event changes nothing."""
    if row.state != "deleted" or _is_late(row, received.at):
        return row
    pack_cards.move(row, "active" if row.was_active else "got")
    row.update_fields(event_at=received.at)
    if row.state == "active":
        pack_cards.mark_due(row)
    return row


def _give_away(received: ReceivedCard, replacement: PackCard) -> None:
    """End the code of the giver: the friend holds the card under a new one."""
    old = pack_cards.find_by_code("wechat", received.card_id, received.old_code)
    if old is None or old.id == replacement.id:
        return
    row = pack_cards.lock(old.id)
    if row.state in ("got", "active", "activating", "gifting"):
        pack_cards.move(row, "given")
        row.update_fields(given_to=replacement, event_at=received.at)


def _lock_card(channel: Channel, card_id: str, code: str) -> PackCard | None:
    """Lock the card of a code in an account, or return None. The member is locked first, as by a posting."""
    found = find(channel=channel, card_id=card_id, code=code)
    if found is None:
        return None
    if found.member_id is not None:
        members.lock(found.member_id)
    return pack_cards.lock(found.id)


def _is_late(row: PackCard, at: datetime) -> bool:
    return row.event_at is not None and at < row.event_at
