"""Gateway of Alipay applications: `/alipay/<account>`. It answers the check, and messages to a life account (生活号).

The response holds no reply. Replies are queued in the transaction of the message and sent by a task.
"""

import time
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog
from apiflask import APIBlueprint
from flask import Response, request

import platform_clients
from handlers import wechat_account_lookup as accounts
from handlers.tenant_thread_pool import TenantThreadPool
from store.core.errors import DomainError
from store.official_accounts import conversation
from store.official_accounts.message_content import IncomingMessage
from store.tenants import registry
from store.tenants.channels import Channel

if TYPE_CHECKING:
    from platforms.alipay.gateway import GatewayMessage

log = structlog.get_logger("alipay_gateway")
bp = APIBlueprint("alipay_gateway", __name__, enable_openapi=False)

PROCESS_TIMEOUT_S = 3.0  # the platform waits five seconds; what is late goes on in its thread
THREADS = 8
_KINDS = {"follow": "subscribe", "unfollow": "unsubscribe"}
_thread_pool = TenantThreadPool(THREADS)


@bp.post("/alipay/<account>")
def receive_request(account: str) -> Response:
    """Verify a request, process its message and acknowledge it."""
    from platforms.alipay import gateway  # the SDK costs a process 0.2 s, and most never need it
    from platforms.alipay.sdk import InvalidKeyError, load_sdk

    deadline = time.monotonic() + PROCESS_TIMEOUT_S
    slug, channel = accounts.get_by_key(account, platform="alipay")
    if (request.content_length or 0) > gateway.MAX_BODY_BYTES:
        return Response("too large", 413, mimetype="text/plain")
    now = int(time.time())
    try:
        sdk = load_sdk(platform_clients.alipay_credentials(channel))
        body = request.get_data(parse_form_data=False, cache=False)
        message = gateway.verify_and_parse(sdk, body, app_id=channel.appid, now=now)
    except InvalidKeyError as error:
        log.warning("keys_unreadable", account=account, key=str(error))
        return Response("keys are not readable", 403, mimetype="text/plain")
    except gateway.InvalidRequestError as bad:
        log.warning("request_rejected", account=account, status=bad.status, reason=bad.reason)
        return Response(bad.reason, bad.status, mimetype="text/plain")
    if message.kind == "verifygw":
        answer = gateway.write_check_answer(sdk, channel.secret, charset=message.charset)
        return _respond(answer, message.charset)
    future = _thread_pool.submit(slug, lambda: _process(slug, channel, _to_message(message)))
    try:
        future.result(max(0.0, deadline - time.monotonic()))
    except TimeoutError:
        log.warning("message_late", kind=message.kind)
        future.add_done_callback(_log_late_failure)
    except DomainError as rejected:
        log.warning("message_rejected", kind=message.kind, code=rejected.code)
        if rejected.status >= 500:  # the database is busy or full: the platform repeats the message
            return Response("try again", 503, mimetype="text/plain")
    except Exception:  # top-level handler: logged, and answered so that the platform can repeat the message
        log.exception("message_failed", kind=message.kind)
        return Response("try again", 503, mimetype="text/plain")
    answer = gateway.write_acknowledgement(sdk, message, app_id=channel.appid, now=now)
    return _respond(answer, message.charset)


def _log_late_failure(done: "Future[None]") -> None:
    error = done.exception()
    if error is not None:
        log.error("late_message_failed", error=repr(error))


def _process(slug: str, channel: Channel, message: IncomingMessage) -> None:
    with registry.use_tenant(slug):
        if conversation.asks_for_location(channel, message):
            found = platform_clients.life_account_client(channel).find_location(message.sender)
            if found is not None:
                message = replace(message, lng=found[0], lat=found[1])
        conversation.answer_message(channel, message)


def _to_message(message: "GatewayMessage") -> IncomingMessage:
    kind = _KINDS.get(message.kind, message.kind)
    if message.kind == "enter" and message.scene:  # a follower who scans a code again
        kind = "scan"
    return IncomingMessage(
        kind=kind,
        sender=message.sender,
        number=message.dedupe_key,
        text=message.text,
        key=message.parameter if kind == "click" else "",
        scene=message.scene if kind in ("subscribe", "scan") else "",
        sent_at=datetime.fromtimestamp(message.sent_at, UTC),
    )


def _respond(body: bytes, charset: str) -> Response:
    return Response(body, content_type=f"text/xml;charset={charset}")
