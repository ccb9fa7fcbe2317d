"""Models that several routes share: strict request bodies, page queries and pages of a list."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from web.auth import ACCOUNT_PATTERN

# PostgreSQL cannot keep a zero byte, and no one types the other control characters into a line.
OneLine = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]*$")]
Keyword = Annotated[OneLine, StringConstraints(max_length=40)]
Account = Annotated[str, StringConstraints(pattern=ACCOUNT_PATTERN)]
PlatformCode = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[!-~]+$")]

OPTIONAL_LOGIN = [{}, {"session": []}]  # signed in or not, as OpenAPI says it


class RequestModel(BaseModel):
    """A request body; unknown fields are rejected."""

    model_config = ConfigDict(extra="forbid")


class PageQuery(RequestModel):
    """The requested page of a list: after the cursor of the page before, or by number."""

    page: int = Field(default=1, ge=1, le=10_000)
    page_size: int = Field(default=20, ge=1, le=100)
    after: str | None = Field(
        default=None,
        max_length=300,
        description="上一页的 next_cursor。给出时不看 page，读取期间的增减不影响翻页",
    )


class PageResponse(BaseModel):
    """One page of a list with its position and the total."""

    total: int
    page: int
    page_size: int
    has_more: bool
    next_cursor: str | None = Field(default=None, description="下一页的 after，没有更多时为 null")
