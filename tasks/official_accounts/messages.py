"""Send replies as customer-service messages."""

from typing import assert_never

import structlog

import platform_clients
from platforms.errors import OutcomeUnknownError, PlatformRejectedError
from platforms.wechat.official_account import OfficialAccount
from platforms.wechat.reply import Article
from store.core.events import Event
from store.official_accounts import message_content
from store.official_accounts.message_content import Reply
from store.tenants import channels
from tasks.official_accounts import rejections

log = structlog.get_logger("customer_messages")

NOT_TRANSFERABLE = "刚才没能及时为您转接人工客服，请您再试一次。"
UNREACHABLE_CODES = {
    "45015",
    "45047",
    "43004",
    "40003",
}  # out of the window, quota used up, no follower any more


def send(event: Event) -> None:
    """Send a queued message.

    Log and do not repeat what the platform will never accept and what it has perhaps sent already: customer-service
    messages have no request id by which the platform would recognise a repeat.
    """
    channel = channels.get_by_id(event.channel_id)
    account = platform_clients.official_account_client(channel)
    for said in message_content.parse(event.properties["messages"]):
        try:
            _send_reply(account, event.properties["openid"], said)
        except PlatformRejectedError as refused:
            if str(refused.code) not in UNREACHABLE_CODES:
                raise rejections.to_error(refused) from refused
            log.warning("customer_unreachable", code=refused.code, account=channel.key)
            return
        except OutcomeUnknownError as unknown:
            if not unknown.perhaps_sent:
                raise
            log.warning("message_perhaps_sent", code=unknown.code, account=channel.key)


def _send_reply(account: OfficialAccount, openid: str, reply: Reply) -> None:
    match reply:
        case message_content.Text(text=text):
            account.send_text(openid, text)
        case message_content.Article(title=title, description=description, picture_url=picture, url=url):
            account.send_articles(
                openid, [Article(title, description, picture, platform_clients.to_absolute_url(url))]
            )
        case message_content.Image(media_id=media_id):
            account.send_image(openid, media_id)
        case message_content.MiniProgramCard():
            account.send_mini_program_card(
                openid,
                title=reply.title,
                appid=reply.appid,
                page=reply.page,
                thumb_media_id=reply.thumb_media_id,
            )
        case message_content.TransferToAgent():  # WeChat hands over by the reply alone, and for that it is too late now
            account.send_text(openid, NOT_TRANSFERABLE)
        case _:
            assert_never(reply)
