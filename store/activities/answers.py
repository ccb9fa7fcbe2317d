"""An answer (回复内容): what the account says or does when a message, a menu or a code asks for it.

`Said` is what a shopper can be shown; `Action` is a word for a verb whose outcome is then said.
Addresses that begin with `/` are pages of ours: the door puts our public address in front.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from store.kernel.validation import refusal

_WEB = r"^(https?://[^\s]+|/[^\s]*)$"


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
    url: str = Field(max_length=1000, pattern=_WEB)


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


class Transfer(_Content):
    """Hand the shopper over to a person (转人工客服)."""

    type: Literal["transfer"] = "transfer"


class Action(_Content):
    """Check the shopper in, ask for a location to find stores near it, or show the member card."""

    type: Literal["check_in", "nearby", "member"]


Said = Text | Article | Image | MiniProgramCard | Transfer
Answer = Annotated[Said | Action, Field(discriminator="type")]
_LIST: TypeAdapter[list[Answer]] = TypeAdapter(Annotated[list[Answer], Field(max_length=5)])


def read(values: Any) -> list[Any]:
    """Stored or entered JSON as answers; raises Refused(invalid) naming the field."""
    try:
        return list(_LIST.validate_python(values))
    except ValidationError as error:
        raise refusal(error) from None


def written(answers: list[Any]) -> list[dict[str, Any]]:
    """Answers as JSON to be stored."""
    return [answer.model_dump(mode="json") for answer in answers]
