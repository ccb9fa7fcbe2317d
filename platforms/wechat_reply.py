"""Passive replies: what WeChat shows the shopper as the answer to a push."""

from dataclasses import dataclass

from .wechat_envelope import seal
from .wechat_push import Push
from .wechat_xml import cdata, legal

TEXT_LIMIT_BYTES = 2048
ARTICLES_LIMIT = 8  # WeChat itself shows one for most pushes and drops the rest
NOTHING = "success"  # the word that ends the repeats without an answer to the shopper


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
        if not 1 <= len(self.articles) <= ARTICLES_LIMIT:
            raise ValueError(f"a reply holds 1 to {ARTICLES_LIMIT} articles")


@dataclass(frozen=True, slots=True)
class Image:
    media_id: str


@dataclass(frozen=True, slots=True)
class TransferToAgent:
    """Hands the talk to a person; without an account WeChat picks whoever is on duty."""

    account: str | None = None


@dataclass(frozen=True, slots=True)
class Nothing:
    pass


Reply = Text | Articles | Image | TransferToAgent | Nothing


def write_reply(push: Push, reply: Reply) -> str:
    """The body of the HTTP answer, encrypted when the push was."""
    content = _content(reply)
    if not content:
        return NOTHING
    message = (
        f"<xml><ToUserName>{cdata(push.sender)}</ToUserName>"
        f"<FromUserName>{cdata(push.account)}</FromUserName>"
        f"<CreateTime>{push.received_at}</CreateTime>{content}</xml>"
    )
    if push.encrypted and push.keys:
        return seal(message, keys=push.keys, timestamp=push.received_at)
    return message


def _content(reply: Reply) -> str:
    match reply:
        case Text(content):
            text = _cut(legal(content))
            # WeChat answers an empty text with "该公众号暂时无法提供服务", so nothing is better.
            return f"{_type('text')}<Content>{cdata(text)}</Content>" if text.strip() else ""
        case Articles(articles):
            items = "".join(_item(article) for article in articles)
            count = f"<ArticleCount>{len(articles)}</ArticleCount>"
            return f"{_type('news')}{count}<Articles>{items}</Articles>"
        case Image(media_id):
            return f"{_type('image')}<Image><MediaId>{cdata(media_id)}</MediaId></Image>"
        case TransferToAgent(account):
            to = f"<TransInfo><KfAccount>{cdata(account)}</KfAccount></TransInfo>" if account else ""
            return f"{_type('transfer_customer_service')}{to}"
        case Nothing():
            return ""


def _type(name: str) -> str:
    return f"<MsgType><![CDATA[{name}]]></MsgType>"


def _item(article: Article) -> str:
    return (
        f"<item><Title>{cdata(article.title)}</Title>"
        f"<Description>{cdata(article.description)}</Description>"
        f"<PicUrl>{cdata(article.picture_url)}</PicUrl><Url>{cdata(article.url)}</Url></item>"
    )


def _cut(text: str) -> str:
    # The limit counts bytes: 682 Chinese characters. "ignore" drops the half character at the border.
    return text.encode()[:TEXT_LIMIT_BYTES].decode("utf-8", "ignore")
