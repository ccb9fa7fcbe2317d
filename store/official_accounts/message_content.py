"""Message content (回复内容): replies, and actions that produce replies.

Paths that begin with `/` are our pages: the webhook adds the public URL.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from store.core.validation import to_domain_error

MAX_TEXT_LENGTH = 680
MAX_TEXT_BYTES = 2048  # of a message at the platform; characters of one to four bytes
MAX_TITLE_BYTES, MAX_DESCRIPTION_BYTES = 128, 512  # of a customer-service message with a card
NO_AGENT = "支付宝里暂时没有人工客服，请到门店或拨打门店电话咨询。"
_URL_PATTERN = r"^(https?://[^\s]+|/[^\s]*)$"


class _Content(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Text(_Content):
    """Plain text of about 680 Chinese characters. A longer one in bytes is sent in parts (`fit_to_platform`)."""

    type: Literal["text"] = "text"
    text: str = Field(min_length=1, max_length=MAX_TEXT_LENGTH)


class Article(_Content):
    """A card with title, description, picture and link (图文)."""

    type: Literal["article"] = "article"
    title: str = Field(min_length=1, max_length=64)
    description: str = Field(default="", max_length=300)
    picture_url: str = Field(default="", max_length=500)
    url: str = Field(max_length=1000, pattern=_URL_PATTERN)


class Image(_Content):
    """A picture that the account's material library holds."""

    type: Literal["image"] = "image"
    media_id: str = Field(min_length=1, max_length=128)


class MiniProgramCard(_Content):
    """A mini-program page; WeChat takes it only as a customer-service message."""

    type: Literal["miniprogram"] = "miniprogram"
    title: str = Field(min_length=1, max_length=64)
    appid: str = Field(min_length=1, max_length=64)
    page: str = Field(min_length=1, max_length=500)
    thumb_media_id: str = Field(min_length=1, max_length=128)


class TransferToAgent(_Content):
    """Hand the shopper over to a person (转人工客服)."""

    type: Literal["transfer"] = "transfer"


class Action(_Content):
    """Check in, ask for a location to find nearby shops, list the newest shops, or show the member card."""

    type: Literal["check_in", "nearby", "newest_shops", "member"]


class CouponGift(_Content):
    """A coupon for the sender, by the public id of its rule: claimed within its limit, or issued once."""

    type: Literal["coupon"] = "coupon"
    rule: str = Field(min_length=1, max_length=40)


class DrawChance(_Content):
    """Chances to draw in an activity, by its public id, with the card of the activity."""

    type: Literal["draw_chance"] = "draw_chance"
    activity: str = Field(min_length=1, max_length=40)
    quantity: int = Field(default=1, ge=1, le=10)


Reply = Text | Article | Image | MiniProgramCard | TransferToAgent
ReplyOrAction = Annotated[Reply | Action | CouponGift | DrawChance, Field(discriminator="type")]
_LIST_ADAPTER: TypeAdapter[list[ReplyOrAction]] = TypeAdapter(
    Annotated[list[ReplyOrAction], Field(max_length=5)]
)


def parse(values: Any) -> list[Any]:
    """Parse stored or entered JSON as replies. Raises DomainError(invalid) naming the field."""
    try:
        return list(_LIST_ADAPTER.validate_python(values))
    except ValidationError as error:
        raise to_domain_error(error) from None


def serialize(answers: list[Any]) -> list[dict[str, Any]]:
    """Return replies as JSON to store."""
    return [answer.model_dump(mode="json") for answer in answers]


def to_plain_text(reply: Reply) -> str:
    """Return what a reply says, for the record of what was sent."""
    if isinstance(reply, Text):
        return reply.text
    return getattr(reply, "title", "") or {"image": "[图片]", "transfer": "[转人工客服]"}.get(reply.type, "")


def fit_to_platform(reply: Reply) -> list[Reply]:
    """Return a reply as customer-service messages within the platform's limits, which count bytes.

    A long text becomes several messages, the texts of a card are cut. The platform would reject a longer one.
    """
    if isinstance(reply, Text):
        return [Text(text=part) for part in _split_text(reply.text)]
    if isinstance(reply, Article):
        title = cut_to_bytes(reply.title, MAX_TITLE_BYTES)
        description = cut_to_bytes(reply.description, MAX_DESCRIPTION_BYTES)
        return [reply.model_copy(update={"title": title, "description": description})]
    if isinstance(reply, MiniProgramCard):
        return [reply.model_copy(update={"title": cut_to_bytes(reply.title, MAX_TITLE_BYTES)})]
    return [reply]


def fit_to_alipay(replies: list[Reply]) -> list[Reply]:
    """Return what a life account of Alipay can say: texts and cards.

    Pictures and mini-programs belong to an account of WeChat and are left out.
    """
    said: list[Reply] = []
    for reply in replies:
        if isinstance(reply, TransferToAgent):
            said.append(Text(text=NO_AGENT))
        elif isinstance(reply, Text | Article):
            said.append(reply)
    return said


def cut_to_bytes(text: str, max_bytes: int) -> str:
    """Return a text of at most `max_bytes` in UTF-8, with an ellipsis where it was cut."""
    if len(text.encode()) <= max_bytes:
        return text
    return _take_bytes(text, max_bytes - len("…".encode())) + "…"


def _split_text(text: str) -> list[str]:
    """Return the parts of a text, each within the platform's limit, split at the end of a line if there is one."""
    parts = []
    while text := text.strip():
        part = _take_bytes(text, MAX_TEXT_BYTES)[:MAX_TEXT_LENGTH]
        line_end = part.rfind("\n")
        if part != text and line_end > len(part) // 2:
            part = part[:line_end]
        parts.append(part)
        text = text[len(part) :]
    return parts


def _take_bytes(text: str, max_bytes: int) -> str:
    # "ignore" drops an incomplete character at the end.
    return text.encode()[:max_bytes].decode("utf-8", "ignore")


@dataclass(frozen=True)
class DeliveryReport:
    """What the platform reports about a message that we sent. `medium` is how it was sent."""

    medium: str
    provider_number: str
    delivered: bool
    code: str = ""


@dataclass(frozen=True)
class SubscribeAnswer:
    """A person's answer to the question whether a mini-program may send a message by a template."""

    template_id: str
    accepted: bool


@dataclass(frozen=True)
class IncomingMessage:
    """A message as the webhook parsed it. `number` is equal for repeats; `sender` is an openid.

    `signature` is set if the account accepts messages that the platform's signature does not cover. Then only one
    message is accepted per signature. `sent_at` is the time of sending, if the platform gives one. Kinds: text, click,
    scan, subscribe, unsubscribe, location (a message), location_event (a report of the phone), the media kinds (voice,
    image, …), other. A click is a tap on any button of the menu that has a key. `text` of a voice is what the platform
    recognised. Reports of sent messages and answers to subscribe messages have the kind message_result.
    """

    kind: str
    sender: str
    number: str
    text: str = ""
    key: str = ""
    scene: str = ""
    lng: float | None = None
    lat: float | None = None
    datum: str = "gcj02"
    signature: str = ""
    sent_at: datetime | None = None
    reports: tuple[DeliveryReport, ...] = ()
    answers: tuple[SubscribeAnswer, ...] = ()
