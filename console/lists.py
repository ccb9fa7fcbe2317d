"""Lists of the console: which page is asked for, and the form of the answer. Also writes that may be repeated."""

import hashlib
from collections.abc import Callable, Iterable
from typing import Annotated, Any

from flask import Response, request
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from console.auth import StaffCaller
from store.core import ids
from store.core.listing import Page
from web.idempotency import KEY_HEADER, run_idempotent
from web.responses import json_response
from web.schemas import OneLine, RequestModel

PAGE_SIZES = (15, 30, 50, 100)


def _check_page_size(value: int) -> int:
    if value not in PAGE_SIZES:
        raise ValueError(f"应为 {'、'.join(map(str, PAGE_SIZES))} 之一")
    return value


Search = Annotated[OneLine, StringConstraints(max_length=60)]


class ListQuery(RequestModel):
    """The page of a list. `sort` is a column, with `-` in front for the largest first."""

    page: int = Field(default=1, ge=1, le=10_000)
    page_size: Annotated[int, AfterValidator(_check_page_size)] = PAGE_SIZES[0]
    sort: Annotated[str, StringConstraints(pattern=r"^-?[a-z_]{1,40}$")] | None = None

    def to_page(self) -> Page:
        """Return the page for a list function of the store."""
        return Page(number=self.page, size=self.page_size, sort=self.sort)


def list_response(rows: Iterable[Any], total: int, query: ListQuery) -> Response:
    """Return the rows of a page as JSON. Rows are dicts or pydantic models."""
    listed = [row.model_dump(mode="json") if isinstance(row, BaseModel) else row for row in rows]
    return json_response({
        "list": listed, "total": total, "page": query.page, "page_size": query.page_size,
        "has_more": query.page * query.page_size < total,
    })  # fmt: skip


def respond_once(
    caller: StaffCaller, body: Any, work: Callable[[], dict[str, Any]], *, status: int = 200
) -> Response:
    """Return what `work` returns as JSON. A repeat with the same `Idempotency-Key` gets the first response."""
    return json_response(run_idempotent(caller.scope, body, work), status)  # type: ignore[arg-type]


def operation_number(caller: StaffCaller, *, prefix: str) -> str:
    """Return the number of what a request makes, of letters and digits: the same for the same `Idempotency-Key`."""
    key = request.headers.get(KEY_HEADER) or ids.token()
    return prefix + hashlib.sha256(f"{caller.scope} {request.endpoint} {key}".encode()).hexdigest()[:24]
