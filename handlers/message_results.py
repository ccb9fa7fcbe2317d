"""Results of template and subscribe messages that WeChat reports to the webhook."""

import structlog

from platforms.wechat.message import InboundMessage
from store.tenants.channels import Channel

log = structlog.get_logger("wechat")


def take_result(channel: Channel, message: InboundMessage) -> None:
    """Take the results in a push of an official account or mini-program. Requires a current tenant.

    WeChat repeats a push that was not answered, so the same results may come again.
    """
    log.info("message_results", channel=channel.key, kind=message.kind, count=len(message.results))
