"""Calls of the card packs: each is followed by the operation that records what the platform answered.

Runs outside of transactions. What a card shows is sent as totals, so a call without an answer is repeated with what
is right then.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

import structlog

import platform_clients
from platforms.card_answers import CardFields, CardState
from platforms.errors import CircuitOpenError, OutcomeUnknownError, PlatformError, PlatformRejectedError
from platforms.wechat import card_signature
from platforms.wechat.card_signature import AddCardParameters
from platforms.wechat.errors import TEMPORARY_CODES
from store.core import clock
from store.core.errors import DomainError
from store.customers import alipay_people
from store.member_cards import (
    holders,
    joins,
    observations,
    pack_cards,
    pack_templates,
    pushing,
    reconciliation,
)
from store.member_cards.contents import CardContent
from store.member_cards.joins import FormAnswer
from store.member_cards.pack_cards import PackCard
from store.member_cards.pack_templates import PackTemplate
from store.member_cards.pushing import PushRequest

log = structlog.get_logger("card_packs")

REST = timedelta(seconds=60)  # after a platform has said that the calls are too many
TICKET_MARGIN_S = 300
GONE = ("deleted", "gifting", "given", "unavailable")


@dataclass(frozen=True)
class Tickets:
    """What signs cards and pages of an official account."""

    card: str = field(repr=False)
    page: str = field(repr=False)


def push(request: PushRequest) -> None:
    """Send what a card shall show, and record the answer."""
    card = request.card
    try:
        if request.action == "check":
            _finish_check(request, read_card(card))
            return
        code = _execute(request)
    except CircuitOpenError as resting:
        pushing.pause(card.platform, until=resting.until)
        pushing.postpone(request, reason=resting.message, until=resting.until, is_unknown=False)
    except OutcomeUnknownError as unknown:
        log.warning("card_unknown", platform=card.platform, code=unknown.code, action=request.action)
        pushing.postpone(request, reason=unknown.message, is_unknown=unknown.perhaps_sent)
    except PlatformRejectedError as rejected:
        _handle_rejection(request, rejected)
    else:
        pushing.finish(request, code=code)


def read_card(card: PackCard) -> CardState:
    """Return what the platform knows of a card. Raises PlatformError."""
    if card.platform == "wechat":
        client = platform_clients.wechat_cards_client(card.template.channel)
        return client.read_card(card.template.platform_id, card.code)
    return platform_clients.alipay_cards_client(card.template.channel).read_card(card.code)


def compare(card: PackCard) -> bool | None:
    """Compare what a platform shows with what it was sent, and return whether it is right, or None without answer."""
    try:
        state = read_card(card)
    except CircuitOpenError as resting:
        pushing.pause(card.platform, until=resting.until)
        return None
    except PlatformError as error:
        log.warning("card_not_compared", platform=card.platform, code=error.code)
        return None
    if state.state in GONE:
        observations.record_gone(card, state=state.state)
        return True
    if state.state == "active" and card.state == "deleted":
        observations.record_present(card)
        return True
    shown = state.fields
    return reconciliation.record_shown(card, CardContent(shown.points, shown.balance_fen, shown.tier))


def read_tickets(pack: PackTemplate) -> Tickets:
    """Return the tickets of an account, fetched again before they end. Raises DomainError(card_pack_unavailable)."""
    kept = pack_templates.find_tickets(pack)
    if kept is not None:
        return Tickets(**kept)
    client = platform_clients.wechat_cards_client(pack.channel)
    try:
        card, card_s = client.fetch_ticket("wx_card")
        page, page_s = client.fetch_ticket("jsapi")
    except PlatformError as error:
        log.warning("card_pack_unavailable", code=error.code)
        raise DomainError(
            "card_pack_unavailable", "微信暂时没有响应，请稍后再试", 503, retry_after_s=5
        ) from None
    lasts_s = max(min(card_s, page_s) - TICKET_MARGIN_S, 0)
    pack_templates.keep_tickets(pack, {"card": card, "page": page}, lasts_s=lasts_s)
    return Tickets(card, page)


def build_add_parameters(card: PackCard, tickets: Tickets, *, openid: str) -> AddCardParameters:
    """Return the signed arguments with which a phone adds a card."""
    return card_signature.sign_card(
        ticket=tickets.card, card_id=card.template.platform_id, timestamp=int(clock.now().timestamp()),
        openid=openid, reference=card.reference,
    )  # fmt: skip


def sign_page(pack: PackTemplate, tickets: Tickets, url: str) -> dict[str, str]:
    """Return the arguments with which a page may call the JS-SDK."""
    return card_signature.sign_page(
        appid=pack.channel.appid, ticket=tickets.page, url=url, timestamp=int(clock.now().timestamp())
    )


def complete_jump(pack: PackTemplate, *, encrypted_code: str, ticket: str) -> PackCard | None:
    """Complete the activation of a person who comes from the form of WeChat, or return None for an unknown card.

    Raises PlatformError if WeChat does not say which card it is.
    """
    client = platform_clients.wechat_cards_client(pack.channel)
    code = client.decrypt_code(encrypted_code)
    phone = client.read_form(ticket) if ticket else ""
    card = pack_cards.find_by_code("wechat", pack.platform_id, code)
    if card is None:
        return None
    return push_now(joins.join_by_form(card, phone=phone, is_active=False))


def open_alipay(pack: PackTemplate, *, code: str, request_id: str) -> PackCard:
    """Open the card of a person who has filled in Alipay's form. Raises PlatformError if the form cannot be read."""
    client = platform_clients.alipay_cards_client(pack.channel)
    answer = client.exchange_code(code)
    phone = client.read_form(pack.platform_id, request_id=request_id, token=answer.token)
    card = joins.open_card(
        pack=pack,
        answer=FormAnswer(answer.person.user_id, answer.person.open_id, phone, answer.token),
    )
    return push_now(card)


def push_now(card: PackCard) -> PackCard:
    """Push one card that is due without waiting for a task, and return it as it is then."""
    claimed = pushing.claim_one(card)
    request = pushing.prepare(claimed) if claimed is not None else None
    if request is not None:
        push(request)
    return PackCard.get_by_id(card.id)


def _execute(request: PushRequest) -> str:
    """Call the platform, and return the card number that Alipay gives to a new card, or ""."""
    card, fields = request.card, _to_fields(request.content)
    if card.platform == "wechat":
        _execute_wechat(request, fields)
        return ""
    client, pack = platform_clients.alipay_cards_client(card.template.channel), card.template
    if request.action == "withdraw":
        client.delete(card.code, number=card.reference)
    elif request.action == "update":
        client.update_fields(card.code, fields, at=clock.now())
    else:
        return client.open_card(
            pack.platform_id, number=card.reference, card_number=card.member.card_number,
            person_id=alipay_people.find_person_id(card.member.customer, pack.channel.appid) or "",
            token=card.auth_token or "", fields=fields, opened_at=card.created_at,
            valid_until=_valid_until(card),
        )  # fmt: skip
    return ""


def _execute_wechat(request: PushRequest, fields: CardFields) -> None:
    card, pack = request.card, request.card.template
    client = platform_clients.wechat_cards_client(pack.channel)
    if request.action == "withdraw":
        client.withdraw(pack.platform_id, card.code)
    elif request.action == "update":
        client.update_fields(pack.platform_id, card.code, fields)
    else:
        client.activate(pack.platform_id, card.code, number=card.member.card_number, fields=fields)


def _handle_rejection(request: PushRequest, rejected: PlatformRejectedError) -> None:
    """Ask what became of a card whose call was rejected: it may be gone, or active since an answer that was lost."""
    card = request.card
    log.warning("card_rejected", platform=card.platform, code=rejected.code, action=request.action)
    if card.platform == "wechat" and rejected.code in TEMPORARY_CODES:
        until = clock.now() + REST
        pushing.pause(card.platform, until=until)
        pushing.postpone(request, reason=rejected.message, until=until, is_unknown=False)
        return
    state = _find_state(card)
    if state is not None and state.state in GONE:
        observations.record_gone(card, state=state.state)
    elif state is not None and state.state == "active" and request.action == "activate":
        holders.activate(card)
    else:
        pushing.reject(request, reason=f"{rejected.message}（{rejected.code}）")


def _find_state(card: PackCard) -> CardState | None:
    if not card.code:
        return None
    try:
        return read_card(card)
    except PlatformError:
        return None


def _finish_check(request: PushRequest, state: CardState) -> None:
    """Go on with a card of WeChat that was not active: its form may have been filled in."""
    card = request.card
    if state.state in GONE:
        observations.record_gone(card, state=state.state)
    elif state.state == "active":
        joins.join_by_form(card, phone=state.phone, is_active=True)
    else:
        pushing.end_check(request)


def _to_fields(content: CardContent) -> CardFields:
    return CardFields(content.points, content.balance_fen, content.tier)


def _valid_until(card: PackCard) -> date | None:
    design = card.template.template
    if design.validity == "range":
        return design.valid_until  # type: ignore[no-any-return]
    if design.validity == "days":
        return (card.created_at + timedelta(days=design.valid_days)).date()  # type: ignore[no-any-return]
    return None
