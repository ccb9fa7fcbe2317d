"""Events of WeChat's card pack that the webhook receives: cards that arrive, are deleted, given away and viewed."""

from datetime import UTC, datetime

from platforms.wechat import card_events
from platforms.wechat.card_events import CardEvent
from platforms.wechat.message import InboundMessage
from store.member_cards import holders, pack_templates
from store.member_cards.holders import ReceivedCard
from store.member_cards.pack_cards import PackCard
from store.tenants.channels import Channel


def take_event(channel: Channel, message: InboundMessage) -> None:
    """Record an event of a card. Requires a current tenant. A repeat changes nothing."""
    event = card_events.parse(message.kind, message.fields, sender=message.sender, sent_at=message.sent_at)
    at = datetime.fromtimestamp(event.sent_at, UTC)
    card = {"channel": channel, "card_id": event.card_id, "code": event.code}
    match event.kind:
        case "card_pass_check" | "card_not_pass_check":
            passed = event.kind == "card_pass_check"
            pack_templates.record_review(
                channel=channel, card_id=event.card_id, passed=passed, reason=event.reason
            )
        case "user_get_card":
            _receive(channel, event, at)
        case "user_del_card":
            holders.delete(**card, at=at)
        case "user_gifting_card" if event.is_returned:
            holders.take_back_gift(**card, at=at)
        case "user_gifting_card":
            holders.begin_gift(**card, at=at)
        case "submit_membercard_user_info" | "user_view_card":
            # Of a card whose arrival was not reported this is the first news.
            if event.code and holders.find(channel=channel, card_id=event.card_id, code=event.code) is None:
                _receive(channel, event, at)
            holders.request_check(**card)
        case _:
            holders.record_use(**card, use=event.kind, transaction_id=event.transaction_id)


def _receive(channel: Channel, event: CardEvent, at: datetime) -> PackCard | None:
    received = ReceivedCard(
        card_id=event.card_id, code=event.code, openid=event.openid, at=at, unionid=event.unionid or None,
        reference=event.reference, old_code=event.old_code, is_restored=event.is_restored,
    )  # fmt: skip
    return holders.receive(channel=channel, received=received)
