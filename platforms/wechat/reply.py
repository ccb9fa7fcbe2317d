"""Passive replies, which WeChat shows to the shopper in response to a message."""

from dataclasses import dataclass

from platforms.wechat.crypto import encrypt_and_sign
from platforms.wechat.message import InboundMessage
from platforms.xml import cdata, strip_illegal

MAX_TEXT_BYTES = 2048
MAX_ARTICLES = 8  # WeChat shows only the first one for most messages
ACKNOWLEDGEMENT = "success"  # ends the repeats of WeChat without a reply to the shopper


@dataclass(frozen=True, slots=True)
class Text:
    content: str


@dataclass(frozen=True, slots=True)
class Article:
    title: str
    description: str
    picture_url: str
    url: str


@dataclass(frozen=True, slots=True)
class Articles:
    articles: list[Article]

    def __post_init__(self) -> None:
        if not 1 <= len(self.articles) <= MAX_ARTICLES:
            raise ValueError(f"a reply holds 1 to {MAX_ARTICLES} articles")


@dataclass(frozen=True, slots=True)
class Image:
    media_id: str


@dataclass(frozen=True, slots=True)
class TransferToAgent:
    """A transfer of the chat to a service agent. Without an account WeChat picks an available agent."""

    account: str | None = None


@dataclass(frozen=True, slots=True)
class EmptyReply:
    pass


Reply = Text | Articles | Image | TransferToAgent | EmptyReply


def write_reply(push: InboundMessage, reply: Reply) -> str:
    """Return the body of the HTTP response, encrypted if the message was encrypted."""
    content = _content_elements(reply)
    if not content:
        return ACKNOWLEDGEMENT
    message = (
        f"<xml><ToUserName>{cdata(push.sender)}</ToUserName>"
        f"<FromUserName>{cdata(push.account)}</FromUserName>"
        f"<CreateTime>{push.received_at}</CreateTime>{content}</xml>"
    )
    if push.encrypted and push.keys:
        return encrypt_and_sign(message, keys=push.keys, timestamp=push.received_at)
    return message


def _content_elements(reply: Reply) -> str:
    match reply:
        case Text(content):
            text = _truncate(strip_illegal(content))
            # For an empty text WeChat would show "该公众号暂时无法提供服务".
            return f"{_type_element('text')}<Content>{cdata(text)}</Content>" if text.strip() else ""
        case Articles(articles):
            items = "".join(_article_element(article) for article in articles)
            count = f"<ArticleCount>{len(articles)}</ArticleCount>"
            return f"{_type_element('news')}{count}<Articles>{items}</Articles>"
        case Image(media_id):
            return f"{_type_element('image')}<Image><MediaId>{cdata(media_id)}</MediaId></Image>"
        case TransferToAgent(account):
            to = f"<TransInfo><KfAccount>{cdata(account)}</KfAccount></TransInfo>" if account else ""
            return f"{_type_element('transfer_customer_service')}{to}"
        case EmptyReply():
            return ""


def _type_element(name: str) -> str:
    return f"<MsgType><![CDATA[{name}]]></MsgType>"


def _article_element(article: Article) -> str:
    return (
        f"<item><Title>{cdata(article.title)}</Title>"
        f"<Description>{cdata(article.description)}</Description>"
        f"<PicUrl>{cdata(article.picture_url)}</PicUrl><Url>{cdata(article.url)}</Url></item>"
    )


def _truncate(text: str) -> str:
    # The limit is in bytes: 682 Chinese characters. "ignore" drops an incomplete character at the end.
    return text.encode()[:MAX_TEXT_BYTES].decode("utf-8", "ignore")
