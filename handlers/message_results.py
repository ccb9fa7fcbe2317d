"""Results of template and subscribe messages that WeChat reports to the webhook."""

from datetime import UTC, datetime

from platforms.wechat.message import InboundMessage
from platforms.wechat.template_results import TemplateResult
from store.official_accounts import conversation
from store.official_accounts.message_content import DeliveryReport, IncomingMessage, SubscribeAnswer
from store.tenants.channels import Channel

_MEDIA = {"template_result": "official_template", "subscribe_sent": "subscribe"}


def take_result(channel: Channel, message: InboundMessage) -> None:
    """Record the results in a push of an official account or mini-program. Requires a current tenant.

    WeChat repeats a push that was not answered: its number is processed once. The event of a change in a person's
    settings counts for nothing, because the platform rejects messages that were revoked there.
    """
    incoming = IncomingMessage(
        kind="message_result",
        sender=message.sender,
        number=message.dedupe_key,
        sent_at=datetime.fromtimestamp(message.sent_at, UTC),
        reports=tuple(
            _to_report(_MEDIA[message.kind], result) for result in message.results if message.kind in _MEDIA
        ),
        answers=tuple(
            SubscribeAnswer(result.template_id, result.accepted)
            for result in message.results
            if message.kind == "subscribe_popup"
        ),
    )
    conversation.answer_message(channel, incoming)


def _to_report(medium: str, result: TemplateResult) -> DeliveryReport:
    return DeliveryReport(medium, result.message_id, result.accepted, result.status or result.code)
