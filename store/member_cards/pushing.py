"""Pushing: claims due cards, computes what each shall show, and records what the platform answered.

A process claims a batch under a lease: `due_at` moves to the end of the lease, so that a process that is killed delays
cards and loses none. Each call sends totals, so that a repeat of a call without an answer does no harm; it is computed
again and sends the newest. A card whose platform already shows it right makes no call.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import peewee
from pydantic import Field

from store.core import clock, errors, rate_limits
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.member_cards import contents, pack_cards
from store.member_cards.contents import CardContent
from store.member_cards.pack_cards import PackCard
from store.tenants import settings

Action = Literal["activate", "update", "withdraw", "check"]
LEASE = timedelta(seconds=60)
BATCH_SIZE = 20
REPORTED_AFTER = 8  # attempts without an answer, about three hours
_BACKOFF_S = (5, 15, 60, 300, 900, 3600)


class CardPackSettings(settings.SettingsGroup, name="card_packs"):
    """How many calls a second the platforms get, and how many cards a night are compared with them."""

    wechat_per_second: int = Field(default=20, ge=1, le=200)
    alipay_per_second: int = Field(default=20, ge=1, le=200)
    checked_a_night: int = Field(default=2_000, ge=0, le=100_000)


class PackPause(Model):
    """Until when a platform gets no calls about cards, for example after its daily quota was used up."""

    platform = peewee.CharField(max_length=10, unique=True)
    until = UtcDateTimeField()


@dataclass(frozen=True)
class PushRequest:
    """One call: what the platform is asked to do with a card, and the change that it covers."""

    card: PackCard
    action: Action
    content: CardContent
    change_number: int
    was_open: bool = False


@db.transactional
def claim(platform: str) -> list[PackCard]:
    """Claim a batch of due cards of a platform under a lease. Returns none if nothing is due or the platform rests."""
    now = clock.now()
    pause = PackPause.find(platform=platform)
    if pause is not None and pause.until > now:
        return []
    due = (
        PackCard.select()
        .where((PackCard.platform == platform) & (PackCard.due_at <= now))
        .order_by(PackCard.due_at, PackCard.id)
        .limit(BATCH_SIZE)
    )
    found = list(due.for_update("FOR UPDATE SKIP LOCKED") if db.is_postgresql() else due)  # type: ignore[arg-type]
    until = now + LEASE
    if found:
        PackCard.update(due_at=until).where(PackCard.id.in_([row.id for row in found])).execute()
    for row in found:
        row.due_at = until
    return found


@db.transactional
def claim_one(card: PackCard) -> PackCard | None:
    """Claim one card under a lease, or return None if it is not due."""
    row = pack_cards.lock(card.id)
    if row.due_at is None or row.due_at > clock.now():
        return None
    row.update_fields(due_at=clock.now() + LEASE)
    return row


@db.transactional
def release(claimed: Sequence[PackCard]) -> None:
    """Give back claimed cards that were not tried: they are due now. Idempotent."""
    for row in claimed:
        mine = (PackCard.id == row.id) & (PackCard.due_at == row.due_at)
        PackCard.update(due_at=clock.now()).where(mine).execute()


@db.transactional
def take_call(platform: str) -> bool:
    """Count a call of this second, and return whether the platform's limit allows it."""
    rules = settings.read(CardPackSettings)
    limit = rules.wechat_per_second if platform == "wechat" else rules.alipay_per_second
    try:
        rate_limits.consume(name=f"card_packs:{platform}", limit=limit, window_s=1, message="")
    except errors.DomainError:
        return False
    return True


def has_due() -> bool:
    """Return whether any card is due at a platform that takes calls."""
    now = clock.now()
    resting = [row.platform for row in PackPause.select().where(PackPause.until > now)]
    due = PackCard.select(PackCard.id).where(
        PackCard.due_at <= now,
        PackCard.platform.in_([name for name in ("wechat", "alipay") if name not in resting]),
    )
    return bool(due.exists())


@db.transactional
def prepare(claimed: PackCard) -> PushRequest | None:
    """Return what the platform is asked to do for a claimed card, or None if nothing is to do."""
    row = pack_cards.lock(claimed.id)
    if row.due_at != claimed.due_at:
        return None  # another process has it
    action = _action_of(row)
    content = contents.compute_for(row)
    if action is None or (action == "update" and not row.call_open and contents.parse(row.pushed) == content):
        row.update_fields(due_at=None, attempts=0)
        return None
    was_open = row.call_open
    # The lease of the claim may be nearly over, because others were called before.
    row.update_fields(call_open=was_open or action in ("update", "activate"), due_at=clock.now() + LEASE)
    return PushRequest(row, action, content, row.change_number, was_open)


@db.transactional
def finish(done: PushRequest, *, code: str = "") -> PackCard:
    """Record that the platform has confirmed a call. A change that came meanwhile leaves the card due.

    `code` is the card number that Alipay gave when it opened the card.
    """
    row = pack_cards.lock(done.card.id)
    if done.action == "withdraw":
        if row.state == "withdrawing":
            pack_cards.move(row, "unavailable")
        row.update_fields(due_at=None, attempts=0, problem="", call_open=False)
        return row
    if code:
        row.update_fields(code=code)
    if done.action == "activate" and row.state == "activating":
        pack_cards.move(row, "active")
    is_newest = row.change_number == done.change_number
    row.update_fields(
        pushed=done.content.to_json(), call_open=False, attempts=0, problem="", checked_at=clock.now(),
        auth_token=None, due_at=None if is_newest or row.state not in pack_cards.IN_PLATFORM else clock.now(),
    )  # fmt: skip
    if row.due_at is not None:
        pack_cards.request_pushing()
    return row


@db.transactional
def withdraw_request(request: PushRequest) -> PackCard:
    """Record that a prepared call was not made, because the platform's limit was reached: it is due in a second."""
    row = pack_cards.lock(request.card.id)
    row.update_fields(due_at=clock.now() + timedelta(seconds=1), call_open=request.was_open)
    return row


@db.transactional
def end_check(request: PushRequest) -> PackCard:
    """Record that a card which was looked up needs nothing. Idempotent."""
    row = pack_cards.lock(request.card.id)
    if row.change_number == request.change_number:
        row.update_fields(due_at=None, attempts=0, problem="", checked_at=clock.now())
    return row


@db.transactional
def postpone(
    request: PushRequest, *, reason: str, until: datetime | None = None, is_unknown: bool = True
) -> PackCard:
    """Record a call without a clear answer: it is repeated later with what is right then.

    With `until` the platform takes no calls before, which counts as no attempt. Staff see the reason once the
    platform has not answered for hours.
    """
    row = pack_cards.lock(request.card.id)
    attempts = row.attempts + (1 if until is None else 0)
    delay_s = _BACKOFF_S[min(max(attempts, 1), len(_BACKOFF_S)) - 1]
    row.update_fields(
        attempts=attempts, due_at=until or clock.now() + timedelta(seconds=delay_s),
        problem=reason[:300] if attempts >= REPORTED_AFTER else row.problem,
        call_open=row.call_open if is_unknown else request.was_open,
    )  # fmt: skip
    return row


@db.transactional
def pause(platform: str, *, until: datetime) -> None:
    """Stop the calls of a platform until then, because it takes none."""
    PackPause.insert(platform=platform, until=until).on_conflict(
        conflict_target=[PackPause.platform], preserve=[PackPause.until]
    ).execute()


@db.transactional
def reject(request: PushRequest, *, reason: str) -> PackCard:
    """Record that the platform rejects a card for good: staff see it and may try it again."""
    row = pack_cards.lock(request.card.id)
    row.update_fields(due_at=None, problem=reason[:300], call_open=False, pushed=None)
    return row


def _action_of(row: PackCard) -> Action | None:
    if row.state == "activating":
        return "activate"
    if row.state == "active":
        return "update"
    if row.state == "withdrawing":
        return "withdraw"
    return "check" if row.state == "got" else None
