"""The door of WeChat official accounts: `/wechat/<account>`. It always answers within the five seconds."""

import threading
import time
from datetime import UTC, datetime
from functools import lru_cache

import structlog
from apiflask import APIBlueprint
from flask import Response, current_app, request

from handlers import wechat_accounts as accounts
from handlers.hands import Hands
from platforms import wechat_inbound as inbound
from store.activities import answers, conversation
from store.activities.answers import Said
from store.company import tenants
from store.company.channels import Channel
from store.kernel.refusals import Refused

log = structlog.get_logger("wechat")
door = APIBlueprint("wechat", __name__, enable_openapi=False)

PATIENCE_S = 2.0  # after that the shopper is answered with nothing and told later
HANDS = 32  # twice the threads of a web process: the share of one company never slows it down by itself
SORRY = [answers.Text(text="小二正忙，请稍后再试一次。")]

_hands = Hands(HANDS)
_KINDS = {"location_event": "location", "location_select": "other"}


@door.get("/wechat/<account>")
def check_address(account: str) -> Response:
    """WeChat asks whether this address is ours: echo what it sent, if it signed it."""
    asked = request.args
    token = accounts.find(account)[1].token or ""
    if not inbound.check_url(
        token, asked.get("signature", ""), asked.get("timestamp", ""), asked.get("nonce", "")
    ):
        return Response("signature is wrong", 403, mimetype="text/plain")
    return Response(asked.get("echostr", ""), mimetype="text/plain")


@door.post("/wechat/<account>")
def hear(account: str) -> Response:
    """A push: verified, understood, answered; whatever fails behind this door, the shopper gets an answer."""
    began = time.monotonic()
    slug, channel = accounts.find(account)
    try:
        push = inbound.open_push(request.get_data(), request.args, _keys(channel), int(time.time()))
    except inbound.BadPush as bad:
        log.warning("push_refused", account=account, status=bad.status, reason=bad.reason)
        return Response(bad.reason, bad.status, mimetype="text/plain")
    task = _Task(slug=slug, channel=channel, message=_message(push))
    said = conversation.in_reply(task.within(began + PATIENCE_S - time.monotonic()))
    body = inbound.write_reply(push, _reply(said, current_app.config["PUBLIC_URL"]))
    return Response(body, mimetype="application/xml" if body.startswith("<") else "text/plain")


class _Task:
    """One message being answered in another thread; an answer that comes too late is said afterwards."""

    def __init__(self, *, slug: str, channel: Channel, message: conversation.Message) -> None:
        self._slug, self._channel, self._message = slug, channel, message
        self._turn = threading.Lock()
        self._said: list[Said] | None = None
        self._late = False

    def within(self, seconds: float) -> list[Said]:
        """The answer, or nothing when it takes longer than `seconds`; nobody waits behind a company that is stuck."""
        done = threading.Event()
        stuck = _hands.stuck(self._slug, PATIENCE_S)
        _hands.take(self._slug, lambda: self._work(done))
        done.wait(0 if stuck else seconds)
        with self._turn:
            if self._said is None:
                self._late = True
                log.warning("answer_late", kind=self._message.kind)
        return self._said or []

    def _work(self, done: threading.Event) -> None:
        said = self._answer()
        with self._turn:
            self._said = said
        done.set()
        if self._late:
            self._say_later(said)

    def _answer(self) -> list[Said]:
        try:
            with tenants.using(self._slug):
                return conversation.answer(self._channel, self._message)
        except Refused as refused:
            log.warning("message_refused", kind=self._message.kind, code=refused.code)
        except Exception:  # the shell around everything behind the door: the shopper is answered anyway
            log.exception("message_failed", kind=self._message.kind)
        return list(SORRY)

    def _say_later(self, said: list[Said]) -> None:
        with tenants.using(self._slug):
            conversation.say_late(self._channel, self._message, said)


@lru_cache(maxsize=1000)
def _keys_of(
    appid: str, token: str, aes_key: str | None, mode: str, original_id: str | None
) -> inbound.AccountKeys:
    return inbound.AccountKeys(
        appid=appid, token=token, encoding_aes_key=aes_key, mode=mode, original_id=original_id
    )  # type: ignore[arg-type]


def _keys(channel: Channel) -> inbound.AccountKeys:
    """What pushes are opened with; raises BadPush for an account that lacks it, which `flask doctor` names."""
    try:
        return _keys_of(
            channel.appid, channel.token or "", channel.encoding_aes_key, channel.mode, channel.original_id
        )
    except ValueError as broken:  # from a row that was written past `channels.add`
        raise inbound.BadPush(403, "this account is not set up for pushes") from broken


def _message(push: inbound.Push) -> conversation.Message:
    return conversation.Message(
        kind=_KINDS.get(push.kind, push.kind),
        sender=push.sender,
        number=push.dedupe_key,
        text=push.text,
        key=push.key,
        scene=push.scene,
        lng=push.longitude,
        lat=push.latitude,
        datum=push.datum or "gcj02",
        signed_by="" if push.encrypted else f"{push.timestamp}:{push.nonce}",
        at=datetime.fromtimestamp(push.at, UTC),
    )


def _reply(said: list[Said], public_url: str) -> inbound.Reply:
    match said:
        case [answers.Text(text=text)]:
            return inbound.Text(text)
        case [answers.Article() as card]:
            url = public_url + card.url if card.url.startswith("/") else card.url
            return inbound.Articles([inbound.Article(card.title, card.description, card.picture_url, url)])
        case [answers.Image(media_id=media_id)]:
            return inbound.Image(media_id)
        case [answers.Transfer()]:
            return inbound.TransferToAgent()
        case _:
            return inbound.Nothing()
