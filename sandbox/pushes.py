"""Pushes: messages and events on their way to an account's webhook, with the platform's patience."""

import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

import requests

from sandbox import crypto, markup, replies
from sandbox.accounts import Account
from sandbox.clock import Clock
from sandbox.faults import Fault, Faults
from sandbox.replies import BadReply, Reply

TRIES = 3
LIMIT_S = 5.0
LONGEST_REPLY = 64 * 1024
OUT_OF_ORDER = "该公众号提供的服务出现故障，请稍后再试"
# Messages a person sends get one article at most, events up to eight.
SINGLE_ARTICLE = {"text", "image", "voice", "video", "shortvideo", "location", "link"}


@dataclass
class Attempt:
    url: str
    sent: str
    at: float
    ms: int = 0
    status: int | None = None
    reply: str | None = None
    error: str = ""

    @property
    def answered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300 and not self.error


@dataclass
class Push:
    """One message, how often it was brought and what came of it."""

    xml: str
    attempts: list[Attempt] = field(default_factory=list)
    outcome: str = "waiting"  # waiting, silent, replied, out_of_order, no_callback
    reason: str = ""
    reply: Reply | None = None

    def shown(self) -> dict[str, Any]:
        return asdict(self)


class Pushes:
    def __init__(self, *, clock: Clock, faults: Faults) -> None:
        self._clock = clock
        self._faults = faults
        self._passed = threading.Condition()
        self._passed_count = 0
        self.limit_s = LIMIT_S

    def bring(self, push: Push, *, account: Account, openid: str, msg_type: str) -> Push:
        """Delivers and reads the answer. It may take three times the limit; nothing is raised."""
        if account.callback is None:
            push.outcome = "no_callback"
            return push
        fault = self._faults.take("push")
        if fault and fault.kind == "reorder":
            self._wait_for_another(fault)
        last = self._deliver(push, account=account, openid=openid, fault=fault)
        self._tell_passed()
        if not last.answered:
            push.outcome, push.reason = "out_of_order", last.error or f"HTTP {last.status}"
            return push
        return _judge(push, last.reply or "", account=account, openid=openid, msg_type=msg_type)

    def verify(self, account: Account) -> dict[str, Any]:
        """What saving the address in the platform's console does: an echo that must come back as it was."""
        echo = str(secrets.randbelow(10**18))
        query = {**self._signed(account), "echostr": echo}
        attempt = self._attempt(account.callback or "", query=query, body=None)
        return {**asdict(attempt), "passed": attempt.answered and attempt.reply == echo}

    def reset(self) -> None:
        self.limit_s = LIMIT_S

    def _deliver(self, push: Push, *, account: Account, openid: str, fault: Fault | None) -> Attempt:
        if fault and fault.kind in {"duplicate", "parallel"}:
            return self._twice(push, account=account, openid=openid, at_once=fault.kind == "parallel")
        for number in range(TRIES):
            attempt = self._once(push, account=account, openid=openid)
            if number == 0 and fault and fault.kind == "drop_reply":
                attempt.error = "回复在路上丢了（故障）"
            if attempt.answered:
                break
        return attempt

    def _twice(self, push: Push, *, account: Account, openid: str, at_once: bool) -> Attempt:
        """Both copies arrive; the person sees the answer to the first."""
        with ThreadPoolExecutor(max_workers=2 if at_once else 1) as pool:
            copies = [pool.submit(self._once, push, account=account, openid=openid) for _ in range(2)]
        return copies[0].result()

    def _once(self, push: Push, *, account: Account, openid: str) -> Attempt:
        query = {**self._signed(account), "openid": openid}
        body = push.xml
        if account.mode != "plain":
            body = _envelope(push.xml, account=account, query=query)
        attempt = self._attempt(account.callback or "", query=query, body=body)
        push.attempts.append(attempt)
        return attempt

    def _signed(self, account: Account) -> dict[str, str]:
        # Every attempt is signed afresh: a receiver may rightly refuse a nonce it has seen.
        timestamp, nonce = str(self._clock.wall()), str(secrets.randbelow(10**10))
        return {
            "signature": crypto.signature(account.token, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
        }

    def _attempt(self, url: str, *, query: dict[str, str], body: str | None) -> Attempt:
        request = requests.Request(
            "GET" if body is None else "POST",
            url,
            params=query,
            data=None if body is None else body.encode(),
            headers={"Content-Type": "text/xml", "User-Agent": "Mozilla/4.0", "Pragma": "no-cache"},
        ).prepare()
        attempt = Attempt(url=request.url or url, sent=body or "", at=self._clock.wall())
        started = time.monotonic()
        try:
            attempt.status, attempt.reply = _exchange(request, deadline=started + self.limit_s)
        except requests.RequestException as error:
            # A body that stalls is reported as a broken connection; for the platform it is late all the same.
            late = isinstance(error, requests.Timeout) or time.monotonic() >= started + self.limit_s
            attempt.error = f"{self.limit_s:g} 秒内没有答复" if late else f"连接失败：{type(error).__name__}"
        attempt.ms = round((time.monotonic() - started) * 1000)
        return attempt

    def _wait_for_another(self, fault: Fault) -> None:
        """Lets the next push overtake this one, or gives up after the fault's delay."""
        with self._passed:
            before = self._passed_count
            self._passed.wait_for(lambda: self._passed_count > before, timeout=fault.delay_s)

    def _tell_passed(self) -> None:
        with self._passed:
            self._passed_count += 1
            self._passed.notify_all()


def _exchange(request: requests.PreparedRequest, *, deadline: float) -> tuple[int, str]:
    """Status and text; the deadline holds for the whole answer, not for each piece of it."""
    with requests.Session() as session:
        session.trust_env = False  # a proxy of the environment has no business between two local processes
        left_s = max(deadline - time.monotonic(), 0.001)
        response = session.send(request, timeout=left_s, stream=True, allow_redirects=False)
        body = b""
        for piece in response.iter_content(4096):
            body += piece
            if time.monotonic() > deadline:
                raise requests.Timeout
            if len(body) > LONGEST_REPLY:
                raise requests.RequestException("reply too long")
        return response.status_code, body.decode("utf-8", errors="replace")


def _envelope(xml: str, *, account: Account, query: dict[str, str]) -> str:
    """The encrypted body; adds to the query what belongs to it."""
    sealed = crypto.encrypt(xml, key43=account.encoding_aes_key or "", appid=account.appid)
    query["encrypt_type"] = "aes"
    query["msg_signature"] = crypto.signature(account.token, query["timestamp"], query["nonce"], sealed)
    if account.mode == "safe":
        return markup.write({"ToUserName": account.original_id, "Encrypt": sealed})
    return xml.removesuffix("</xml>") + f"<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"


def _judge(push: Push, body: str, *, account: Account, openid: str, msg_type: str) -> Push:
    most_articles = 1 if msg_type in SINGLE_ARTICLE else 8
    try:
        push.reply = replies.read(body, account=account, openid=openid, most_articles=most_articles)
    except BadReply as error:
        push.outcome, push.reason = "out_of_order", str(error)
        return push
    push.outcome = "replied" if push.reply else "silent"
    return push
