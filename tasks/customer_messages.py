"""Saying something to a shopper afterwards: answers as customer-service messages."""

from typing import assert_never

import structlog

import accounts
from platforms.errors import Refused
from platforms.wechat_official import OfficialAccount
from platforms.wechat_reply import Article
from store.activities import answers
from store.activities.answers import Said
from store.company import channels
from store.kernel.events import Event

log = structlog.get_logger("customer_messages")

NOT_HANDED_OVER = "刚才没能及时为您转接人工客服，请您再试一次。"
CLOSED = {"45015", "45047", "43004", "40003"}  # out of the window, quota used up, no follower any more


def say(event: Event) -> None:
    """Reaction to `conversation.to_say`. What the platform will never take is logged, not tried again."""
    channel = channels.of_id(event.channel_id)
    account = accounts.official(channel)
    for said in answers.read(event.properties["said"]):
        try:
            _send(account, event.properties["openid"], said)
        except Refused as refused:
            if str(refused.code) not in CLOSED:
                raise
            log.warning("shopper_out_of_reach", code=refused.code, account=channel.key)
            return


def _send(account: OfficialAccount, openid: str, said: Said) -> None:
    match said:
        case answers.Text(text=text):
            account.send_text(openid, text)
        case answers.Article(title=title, description=description, picture_url=picture, url=url):
            account.send_articles(openid, [Article(title, description, picture, accounts.absolute(url))])
        case answers.Image(media_id=media_id):
            account.send_image(openid, media_id)
        case answers.MiniProgramCard():
            account.send_miniprogram_card(
                openid, title=said.title, appid=said.appid, page=said.page, thumb_media_id=said.thumb_media_id
            )
        case answers.Transfer():  # WeChat hands over by the reply alone, and for that it is too late now
            account.send_text(openid, NOT_HANDED_OVER)
        case _:
            assert_never(said)
