"""A notice (提示页): the page that says in a sentence why there is nothing to see, and where to go on."""

import structlog
from apiflask import APIBlueprint
from flask import render_template, request
from werkzeug.exceptions import HTTPException

from store.kernel.refusals import Refused

log = structlog.get_logger("h5")

_TITLES = {404: "没有找到", 405: "没有找到", 429: "请稍等", 503: "请稍后再试"}


def notice(*, title: str, sentence: str, status: int, retry: str | None = None) -> tuple[str, int]:
    """A page of one sentence; `retry` is the address of a second try."""
    page = render_template(
        "m/notice.html", title=title, sentence=sentence, retry=retry, account=request.args.get("a")
    )
    return page, status


def shield(door: APIBlueprint) -> None:
    """Have a door tell refusals and faults on pages, not in JSON."""
    door.register_error_handler(Refused, _refused)
    door.register_error_handler(HTTPException, _http_error)
    door.register_error_handler(Exception, _bug)


def _refused(error: Refused) -> tuple[str, int]:
    title = _TITLES.get(error.status, "暂时打不开")
    return notice(title=title, sentence=error.message, status=error.status)


def _http_error(error: HTTPException) -> tuple[str, int] | HTTPException:
    status = error.code or 500
    if status < 400:
        return error
    title = _TITLES.get(status, "暂时打不开")
    return notice(title=title, sentence="这个页面不存在，或者已经搬走了", status=status)


def _bug(error: Exception) -> tuple[str, int]:
    log.exception("bug", route=str(request.url_rule))
    return notice(title="出了点问题", sentence="系统出了点问题，请稍后再试", status=500, retry=request.path)
