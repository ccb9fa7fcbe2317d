"""Webhook of official accounts and mini-programs: `/wechat/<account>`. It responds within WeChat's five seconds."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from functools import lru_cache, partial

import structlog
from apiflask import APIBlueprint
from flask import Response, current_app, request

from handlers import card_events, message_results, trade_events
from handlers import wechat_account_lookup as accounts
from handlers.tenant_thread_pool import TenantThreadPool
from platforms.wechat import webhook as inbound
from platforms.wechat.card_events import KINDS as CARD_KINDS
from platforms.wechat.message import ACCOUNT_EVENTS, MENU_BUTTON_EVENT_TYPES
from platforms.wechat.template_results import RESULT_KINDS
from platforms.wechat.trade_events import TRADE_EVENTS
from store.core.database import db
from store.core.errors import DomainError
from store.official_accounts import conversation, message_content
from store.official_accounts.message_content import Reply
from store.tenants import registry
from store.tenants.channels import Channel

log = structlog.get_logger("wechat")
bp = APIBlueprint("wechat", __name__, enable_openapi=False)

REPLY_TIMEOUT_S = 2.0  # afterwards the response is empty and the reply follows as a message
THREADS = 32  # twice the threads of a web process: the share of one tenant never slows it down by itself
BUSY_TEXT = "{name}正忙，请稍后再试一次。"  # with the account's name, which needs no query

_thread_pool = TenantThreadPool(THREADS)
_KINDS = dict.fromkeys(MENU_BUTTON_EVENT_TYPES, "click")


@bp.get("/wechat/<account>")
def verify_url(account: str) -> Response:
    """Echo WeChat's verification request (服务器地址验证) if its signature is valid."""
    asked = request.args
    slug, channel = accounts.get_by_key(account)
    token = channel.token or ""
    if not inbound.is_valid_handshake(
        token, asked.get("signature", ""), asked.get("timestamp", ""), asked.get("nonce", "")
    ):
        return Response("signature is wrong", 403, mimetype="text/plain")
    if channel.mode != "safe":  # otherwise a plain push with this signature would be accepted
        with registry.use_tenant(slug):
            conversation.claim_signature(channel, asked["signature"])
    return Response(asked.get("echostr", ""), mimetype="text/plain")


@bp.post("/wechat/<account>")
def receive_push(account: str) -> Response:
    """Verify, parse and answer a push. The sender gets a reply also if processing fails."""
    deadline = time.monotonic() + REPLY_TIMEOUT_S
    found = accounts.find_by_key(account)
    if found is None:  # an error would make WeChat tell the sender that the account is out of service
        return Response("success", mimetype="text/plain")
    slug, channel = found
    try:
        keys, now = _crypto_keys(channel), int(time.time())
        inbound.verify_query(request.args, keys=keys, now=now)
        push = inbound.verify_and_parse(request.get_data(), request.args, keys, now)
    except inbound.InvalidPushError as bad:
        log.warning("push_refused", account=account, status=bad.status, reason=bad.reason)
        return Response(bad.reason, bad.status, mimetype="text/plain")
    if push.kind in RESULT_KINDS | CARD_KINDS or push.kind in TRADE_EVENTS:
        return _take_result(slug, channel, push, deadline)
    if channel.kind != "wechat_official":  # mini-programs have no conversation
        return Response("success", mimetype="text/plain")
    message = _to_message(push, channel.mode)
    said = conversation.passive_reply(channel, _replies_in_time(slug, channel, message, deadline))
    body = inbound.write_reply(push, _to_passive_reply(said, current_app.config["PUBLIC_URL"]))
    return Response(body, mimetype="application/xml" if body.startswith("<") else "text/plain")


def _take_result(slug: str, channel: Channel, push: inbound.InboundMessage, deadline: float) -> Response:
    """Take the results of sent messages, or an event of a card or an order. WeChat repeats it if this fails."""

    def take() -> None:
        with registry.use_tenant(slug):
            _take_once(channel, push)

    try:
        _thread_pool.submit(slug, take).result(max(0.0, deadline - time.monotonic()))
    except Exception as failure:  # top-level handler: logged, and answered so that the push comes again
        log.warning("event_not_taken", kind=push.kind, error=type(failure).__name__)
        return Response("try again", 503, mimetype="text/plain")
    return Response("success", mimetype="text/plain")


def _choose_taker(kind: str) -> Callable[[Channel, inbound.InboundMessage], None]:
    if kind in TRADE_EVENTS:
        return trade_events.take_event
    return card_events.take_event if kind in CARD_KINDS else message_results.take_result


@db.transactional
def _take_once(channel: Channel, push: inbound.InboundMessage) -> None:
    """Take what a push reports. A failure also leaves its signature unused, so that it can come again."""
    # A signature of a plain push covers no body, and a second body under it is not from WeChat.
    if channel.mode == "safe" or conversation.claim_signature(channel, push.signature):
        take = _choose_taker(push.kind)
        take(channel, push)


def _replies_in_time(
    slug: str, channel: Channel, message: message_content.IncomingMessage, deadline: float
) -> list[Reply]:
    """Return the replies to a message, or none if they are late: these follow as a customer-service message.

    Waits for no reply if all threads of the tenant are busy for long.
    """
    is_saturated = _thread_pool.is_saturated(slug, REPLY_TIMEOUT_S)
    future = _thread_pool.submit(slug, lambda: _build_replies(slug, channel, message))
    try:
        return future.result(0 if is_saturated else max(0.0, deadline - time.monotonic()))
    except TimeoutError:
        log.warning("answer_late", kind=message.kind)
    request_thread = threading.get_ident()

    def send_late(done: "Future[list[Reply]]") -> None:
        send = partial(_send_late, slug, channel, message, done.result())
        # If the work was done meanwhile, this runs in the thread of the request, which must not wait for the sending.
        if threading.get_ident() == request_thread:
            _thread_pool.submit(slug, send)
        else:
            send()

    future.add_done_callback(send_late)
    return []


def _build_replies(slug: str, channel: Channel, message: message_content.IncomingMessage) -> list[Reply]:
    try:
        with registry.use_tenant(slug):
            return conversation.answer_message(channel, message)
    except DomainError as rejected:
        log.warning("message_refused", kind=message.kind, code=rejected.code)
    except Exception:  # top-level handler: the sender gets a reply anyway
        log.exception("message_failed", kind=message.kind)
    return [message_content.Text(text=BUSY_TEXT.format(name=channel.name))]


def _send_late(
    slug: str, channel: Channel, message: message_content.IncomingMessage, replies: list[Reply]
) -> None:
    try:
        with registry.use_tenant(slug):
            conversation.send_late_reply(channel, message, replies)
    except Exception:  # top-level handler of a thread: only the log can report it
        log.exception("late_reply_failed", kind=message.kind)


@lru_cache(maxsize=1000)
def _cached_crypto_keys(
    appid: str, token: str, aes_key: str | None, mode: str, original_id: str | None
) -> inbound.AccountKeys:
    return inbound.AccountKeys(
        appid=appid, token=token, encoding_aes_key=aes_key, mode=mode, original_id=original_id
    )  # type: ignore[arg-type]


def _crypto_keys(channel: Channel) -> inbound.AccountKeys:
    """Return the keys that decrypt pushes. Raises InvalidPushError if the account has none."""
    try:
        return _cached_crypto_keys(
            channel.appid, channel.token or "", channel.encoding_aes_key, channel.mode, channel.original_id
        )
    except ValueError as broken:  # from a row that was written past `channels.add`
        raise inbound.InvalidPushError(403, "this account is not set up for pushes") from broken


def _to_message(push: inbound.InboundMessage, mode: str) -> message_content.IncomingMessage:
    return message_content.IncomingMessage(
        kind=_KINDS.get(push.kind, push.kind),
        sender=str(push.fields.get("OpenID") or push.sender) if push.kind in ACCOUNT_EVENTS else push.sender,
        number=push.dedupe_key,
        text=push.text,
        key=push.event_key,
        scene=push.scene,
        lng=push.longitude,
        lat=push.latitude,
        datum=push.datum or "gcj02",
        signature="" if mode == "safe" else push.signature,
        sent_at=datetime.fromtimestamp(push.sent_at, UTC),
    )


def _to_passive_reply(replies: list[Reply], public_url: str) -> inbound.Reply:
    match replies:
        case [message_content.Text(text=text)]:
            return inbound.Text(text)
        case [message_content.Article() as card]:
            url = public_url + card.url if card.url.startswith("/") else card.url
            return inbound.Articles([inbound.Article(card.title, card.description, card.picture_url, url)])
        case [message_content.Image(media_id=media_id)]:
            return inbound.Image(media_id)
        case [message_content.TransferToAgent()]:
            return inbound.TransferToAgent()
        case _:
            return inbound.EmptyReply()
