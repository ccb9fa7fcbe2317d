"""Message content (回复内容): replies, and actions that produce replies.

Paths that begin with `/` are our pages: the webhook adds the public URL.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from store.core.validation import to_domain_error

_URL_PATTERN = r"^(https?://[^\s]+|/[^\s]*)$"


class _Content(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Text(_Content):
    """Plain text; 2,048 bytes is the platform's limit, about 680 Chinese characters."""

    type: Literal["text"] = "text"
    text: str = Field(min_length=1, max_length=680)


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


Reply = Text | Article | Image | MiniProgramCard | TransferToAgent
ReplyOrAction = Annotated[Reply | Action, Field(discriminator="type")]
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


@dataclass(frozen=True)
class IncomingMessage:
    """A message as the webhook parsed it. `number` is equal for repeats; `sender` is an openid.

    `signature` is set if the account accepts messages that the platform's signature does not cover. Then only one
    message is accepted per signature. `sent_at` is the time of sending, if the platform gives one. Kinds: text, click,
    scan, subscribe, unsubscribe, location (a message), location_event (a report of the phone), the media kinds (voice,
    image, …), other. A click is a tap on any button of the menu that has a key. `text` of a voice is what the platform
    recognised.
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
