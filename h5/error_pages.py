"""A notice (提示页): the page that says in a sentence why there is nothing to see, and where to go on."""

import structlog
from apiflask import APIBlueprint
from flask import render_template, request
from werkzeug.exceptions import HTTPException

from store.core.errors import DomainError
from web.errors import protocol_headers

log = structlog.get_logger("h5")

_TITLES = {404: "没有找到", 405: "没有找到", 429: "请稍等", 503: "请稍后再试"}


def error_page(*, title: str, message: str, status: int, retry_url: str | None = None) -> tuple[str, int]:
    """Render a page of one sentence. `retry` is the address of a second try."""
    page = render_template(
        "m/error.html", title=title, message=message, retry_url=retry_url, account=request.args.get("a")
    )
    return page, status


def handle_errors(bp: APIBlueprint) -> None:
    """Decorate a route so that it shows domain errors and faults on pages, not in JSON."""
    bp.register_error_handler(DomainError, _handle_domain_error)
    bp.register_error_handler(HTTPException, _handle_http_error)
    bp.register_error_handler(Exception, _handle_unexpected)


def _handle_domain_error(error: DomainError) -> tuple[str, int, list[tuple[str, str]]]:
    title = _TITLES.get(error.status, "暂时打不开")
    page, status = error_page(title=title, message=error.message, status=error.status)
    retry_after_s = error.details.get("retry_after_s")
    return page, status, [("Retry-After", str(retry_after_s))] if retry_after_s else []


def _handle_http_error(error: HTTPException) -> tuple[str, int, list[tuple[str, str]]] | HTTPException:
    status = error.code or 500
    if status < 400:
        return error
    title = _TITLES.get(status, "暂时打不开")
    page, _ = error_page(title=title, message="这个页面不存在，或者已经搬走了", status=status)
    return page, status, protocol_headers(error)


def _handle_unexpected(error: Exception) -> tuple[str, int]:
    log.exception("bug", route=str(request.url_rule))
    return error_page(
        title="出了点问题", message="系统出了点问题，请稍后再试", status=500, retry_url=request.path
    )
