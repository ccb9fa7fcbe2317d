"""News of a till, which it polls every second: what happened behind the sale in front."""

from datetime import datetime

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from store.core import input_limits
from store.tills import news
from till.auth import TillCaller, till_session_required
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("till_news", __name__, tag="收银台", url_prefix="/till")


class NewsQuery(RequestModel):
    """`after` is `next` of the answer before; without it only the position is given."""

    after: int | None = Field(default=None, ge=0, le=input_limits.MAX_ID)


class NewsItem(BaseModel):
    """What happened to a sale."""

    id: int
    kind: str = Field(description="、".join(news.KINDS))
    sale_number: str
    message: str
    at: datetime


class NewsResponse(BaseModel):
    """What is new, the oldest first."""

    list: list[NewsItem]
    next: int = Field(description="下一次查询的 after")


@bp.get("/news")
@till_session_required
@bp.doc(summary="收银台消息", description="每秒查询一次；第一次不带 after。", security="till")
@bp.input(NewsQuery, location="query")
@bp.output(NewsResponse)
def list_news(caller: TillCaller, query_data: NewsQuery) -> Response:
    if query_data.after is None:
        return json_response(NewsResponse(list=[], next=news.latest_id(caller.terminal)))
    rows = news.list_after(terminal=caller.terminal, after=query_data.after)
    return json_response(
        NewsResponse(
            list=[
                NewsItem(
                    id=row.id, kind=row.kind, sale_number=row.sale_number, message=row.message, at=row.at
                )
                for row in rows
            ],
            next=rows[-1].id if rows else query_data.after,
        )
    )
