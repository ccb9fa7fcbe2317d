"""Events about the person or our messages: what was authorized or delivered. They have no reply."""

from collections.abc import Callable

from store.customers import followers, identities, profiles
from store.messages import reports, subscriptions
from store.official_accounts.message_content import IncomingMessage, Reply
from store.tenants.channels import Channel


def _handle_revocation(channel: Channel, message: IncomingMessage) -> list[Reply]:
    """Erase what an authorization brought: it was withdrawn, or the person changed it at the platform."""
    customer = followers.find_customer(channel, message.sender)
    if customer is not None:
        is_revoked = message.kind == "user_authorization_revoke"
        profiles.drop_platform_profile(customer, end_consent=is_revoked)
    return []


def _handle_cancellation(channel: Channel, message: IncomingMessage) -> list[Reply]:
    followers.unfollow(channel=channel, openid=message.sender)
    profiles.end_platform_account(provider=identities.WECHAT, account=channel.appid, subject=message.sender)
    return []


def _handle_result(channel: Channel, message: IncomingMessage) -> list[Reply]:
    """Record whether messages arrived, and what the person answered about subscribe messages."""
    for report in message.reports:
        reports.record(
            medium=report.medium, provider_number=report.provider_number, delivered=report.delivered,
            code=report.code, at=message.sent_at,
        )  # fmt: skip
    customer = followers.find_customer(channel, message.sender)
    if customer is not None and message.answers:
        subscriptions.record_event(
            customer, channel, {answer.template_id: answer.accepted for answer in message.answers}
        )
    return []


HANDLERS: dict[str, Callable[[Channel, IncomingMessage], list[Reply]]] = {
    "user_authorization_revoke": _handle_revocation, "user_info_modified": _handle_revocation,
    "user_authorization_cancellation": _handle_cancellation, "message_result": _handle_result,
}  # fmt: skip
