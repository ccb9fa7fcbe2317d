"""What all doors have in common: request ids, the one form of answers and refusals, who is asking."""

import time
from typing import Any

import structlog
from apiflask import APIFlask, HTTPError
from flask import Response, g, jsonify, request
from flask.json.provider import DefaultJSONProvider
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import HTTPException

from store.kernel import ids
from store.kernel.refusals import Refused
from store.kernel.validation import refusal

log = structlog.get_logger("doors")

_CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
}
_SENTENCES = {
    400: "请求格式不正确",
    401: "请先登录",
    403: "没有权限",
    404: "没有找到",
    405: "不支持的请求方法",
    413: "内容过大",
    415: "请使用 application/json",
}


class Json(DefaultJSONProvider):
    """JSON as the doors speak it: Chinese as it is, keys in the order in which they were written."""

    ensure_ascii = False
    sort_keys = False

    def loads(self, s: str | bytes, **settings: Any) -> Any:
        """The value; raises ValueError also for what is nested too deeply to be read."""
        try:
            return super().loads(s, **settings)
        except RecursionError:
            raise ValueError("nested too deeply") from None


def answered(data: Any = None, status: int = 200) -> Response:
    """`data`, plain or a pydantic model, in the form of every JSON door."""
    if isinstance(data, BaseModel):  # pydantic writes its own JSON several times faster
        body = f'{{"code":0,"msg":"ok","data":{data.model_dump_json()},"request_id":"{g.request_id}"}}'
        return Response(body, status, mimetype="application/json")
    response = jsonify(code=0, msg="ok", data=data, request_id=g.request_id)
    response.status_code = status
    return response


def refused(error: Refused) -> tuple[Response, int]:
    """A refusal in the form of every JSON door."""
    body = {"code": error.code, "msg": error.message, "data": error.facts or None, "request_id": g.request_id}
    response = jsonify(body)
    if "retry_after_s" in error.facts:
        response.headers["Retry-After"] = str(error.facts["retry_after_s"])
    return response, error.status


def page(rows: list[Any], *, total: int, page: int, page_size: int) -> dict[str, Any]:
    """One page of a list in the form of every JSON door."""
    more = page * page_size < total
    return {"list": rows, "total": total, "page": page, "page_size": page_size, "has_more": more}


def furnish(app: APIFlask) -> None:
    """Give an app the form of its answers, the request ids and the security headers."""
    app.json = Json(app)
    app.before_request(_begin)
    app.after_request(_end)
    app.register_error_handler(Refused, refused)
    app.register_error_handler(ValidationError, lambda error: refused(refusal(error)))
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _bug)
    app.error_processor(_api_error)


def address() -> str:
    """The caller's address; behind proxies the trusted ones have been taken off by ProxyFix."""
    return request.remote_addr or ""


def _begin() -> None:
    g.request_id = ids.public("req_")[:20]
    g.began = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    # PostgreSQL cannot even be asked for a text with a zero byte, so no door has to think of it.
    if "\0" in request.path or any("\0" in value for value in request.args.values()):
        raise Refused("bad_request", _SENTENCES[400], 400)


def _end(response: Response) -> Response:
    response.headers.setdefault("X-Request-Id", g.request_id)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Content-Security-Policy", "frame-ancestors 'none'")
    response.headers.setdefault(
        "Cache-Control", "no-store"
    )  # answers are personal unless a door says otherwise
    if response.status_code >= 400:
        log.info(
            "answered", method=request.method, route=str(request.url_rule), status=response.status_code,
            ms=round((time.perf_counter() - g.began) * 1000, 1),
        )  # fmt: skip
    return response


def _http_error(error: HTTPException) -> tuple[Response, int] | HTTPException:
    status = error.code or 500
    if status < 400:
        return error
    return refused(Refused(_CODES.get(status, "refused"), _SENTENCES.get(status, "请求未能处理"), status))


def _api_error(error: HTTPError) -> tuple[Response, int]:
    if isinstance(error.__cause__, ValidationError):
        return refused(refusal(error.__cause__))
    status = error.status_code
    return refused(Refused(_CODES.get(status, "refused"), _SENTENCES.get(status, "请求未能处理"), status))


def _bug(error: Exception) -> tuple[Response, int]:
    log.exception("bug", route=str(request.url_rule))
    return refused(Refused("internal", "系统出了点问题，请稍后再试", 500))
