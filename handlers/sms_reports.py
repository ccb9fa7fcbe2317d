"""SMS status reports and replies: `/notify/sms/<account>/<secret>/reports` and `…/replies`.

Providers do not sign these requests, so the URL has a secret, and a report only changes what a record says.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from apiflask import APIBlueprint
from flask import Response, json, request

import config
from platforms.sms import reports as sms_reports
from platforms.sms.base import SmsReport
from platforms.sms.reports import MAX_BODY_BYTES, Provider, SmsUplink
from store.core import encryption
from store.core.errors import DomainError, not_found
from store.messages import preferences
from store.messages import reports as message_reports
from store.tenants import channels, registry

log = structlog.get_logger("sms_reports")
bp = APIBlueprint("sms_reports", __name__, enable_openapi=False)

T = TypeVar("T")
# Each provider reads its own part of the answer.
ACCEPTED = {"code": 0, "msg": "OK", "result": 0, "errmsg": "OK"}


@bp.post("/notify/sms/<account_key>/<secret>/reports")
def receive_reports(account_key: str, secret: str) -> Response:
    """Record the status reports of a provider."""
    return _receive(account_key, secret, sms_reports.parse_reports, _record_report)


@bp.post("/notify/sms/<account_key>/<secret>/replies")
def receive_replies(account_key: str, secret: str) -> Response:
    """Record who replied R and wants no more marketing."""
    return _receive(account_key, secret, sms_reports.parse_uplinks, _record_reply)


def _receive(
    account_key: str, secret: str, parse: Callable[[Provider, bytes], list[T]], record: Callable[[T], None]
) -> Response:
    slug, provider = _find_account(account_key, secret)
    try:
        found = parse(provider, _read_body())
    except ValueError:
        return _answer({"code": 1, "msg": "malformed"}, 400)
    with registry.use_tenant(slug):
        for entry in found:
            record(entry)
    return _answer(ACCEPTED)


def _record_report(report: SmsReport) -> None:
    if report.state != "sending":
        message_reports.record(
            medium="sms", number=report.request_id, provider_number=report.message_id,
            delivered=report.state == "delivered", code=report.code, at=report.at,
        )  # fmt: skip


def _record_reply(reply: SmsUplink) -> None:
    if reply.is_unsubscription:
        preferences.opt_out_by_sms(reply.phone_e164)


def _find_account(account_key: str, secret: str) -> tuple[str, Provider]:
    """Return tenant and provider of an account. Raises DomainError(not_found)."""
    if not encryption.constant_time_equal(
        f"/notify/sms/{account_key}/{secret}", message_reports.sms_path(account_key)
    ):
        raise not_found("该地址")
    if account_key.startswith(message_reports.SANDBOX_PREFIX) and config.current().sandbox_url is not None:
        slug = account_key.removeprefix(message_reports.SANDBOX_PREFIX)
        if slug not in registry.list_slugs():
            raise not_found("该地址")
        return slug, "sandbox"
    slug = registry.get_slug_by_account_key(account_key)
    with registry.use_tenant(slug):
        channel = channels.get_by_key(account_key)
    if channel.kind != "sms" or channel.provider not in ("alibaba", "tencent"):
        raise not_found("该地址")
    provider: Provider = "alibaba" if channel.provider == "alibaba" else "tencent"
    return slug, provider


def _read_body() -> bytes:
    body = request.get_data()
    if len(body) > MAX_BODY_BYTES:
        raise DomainError("too_large", "内容过大", 413)
    return body


def _answer(body: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(body), status, mimetype="application/json")
