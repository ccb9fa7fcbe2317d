"""Domain errors, HTTP errors and bugs as JSON responses."""

import structlog
from apiflask import HTTPError
from flask import Response, g, jsonify, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from store.core.errors import DomainError
from store.core.validation import to_domain_error

log = structlog.get_logger("web")
STATUS_ERROR_CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
}
STATUS_MESSAGES = {
    400: "请求格式不正确",
    401: "请先登录",
    403: "没有权限",
    404: "没有找到",
    405: "不支持的请求方法",
    413: "内容过大",
    415: "请使用 application/json",
}


def error_response(error: DomainError) -> tuple[Response, int]:
    """Return a domain error as a JSON response with its status."""
    body = {
        "code": error.code,
        "msg": error.message,
        "data": error.details or None,
        "request_id": g.request_id,
    }
    response = jsonify(body)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if "retry_after_s" in error.details:
        response.headers["Retry-After"] = str(error.details["retry_after_s"])
    return response, error.status


def handle_http_error(error: HTTPException) -> tuple[Response, int] | HTTPException:
    """Return an HTTP error as JSON, with its headers (`Allow`, `Retry-After`)."""
    status = error.code or 500
    if status < 400:
        return error
    response, _ = _http_error_response(status)
    response.headers.extend(protocol_headers(error))
    return response, status


def protocol_headers(error: HTTPException) -> list[tuple[str, str]]:
    """Return the headers that the protocol requires beside the status of an error."""
    return [(name, value) for name, value in error.get_headers() if name != "Content-Type"]


def process_api_error(error: HTTPError) -> tuple[Response, int]:
    if isinstance(error.__cause__, ValidationError):
        return error_response(to_domain_error(error.__cause__))
    response, status = _http_error_response(error.status_code)
    response.headers.extend(error.headers)
    return response, status


def _http_error_response(status: int) -> tuple[Response, int]:
    return error_response(
        DomainError(
            STATUS_ERROR_CODES.get(status, "refused"), STATUS_MESSAGES.get(status, "请求未能处理"), status
        )
    )


def handle_unexpected(error: Exception) -> tuple[Response, int]:
    log.exception("bug", route=str(request.url_rule))
    return error_response(DomainError("internal", "系统出了点问题，请稍后再试", 500))
