"""Pushes: messages and events on their way to an account's webhook, with the platform's patience."""

import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

import requests

from sandbox import crypto, message_xml, reply_parser
from sandbox.accounts import Account
from sandbox.clock import Clock
from sandbox.faults import Fault, Faults
from sandbox.reply_parser import InvalidReplyError, Reply

MAX_ATTEMPTS = 3
TIMEOUT_S = 5.0
MAX_REPLY_BYTES = 64 * 1024
SERVICE_UNAVAILABLE = "该公众号提供的服务出现故障，请稍后再试"
# Messages a person sends get one article at most, events up to eight.
SINGLE_ARTICLE_TYPES = {"text", "image", "voice", "video", "shortvideo", "location", "link"}


@dataclass
class Attempt:
    url: str
    request_body: str
    sent_at: float
    duration_ms: int = 0
    status: int | None = None
    response_body: str | None = None
    error: str = ""

    @property
    def is_answered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300 and not self.error


@dataclass
class Push:
    """One message, how often it was brought and what came of it."""

    xml: str
    attempts: list[Attempt] = field(default_factory=list)
    outcome: str = "waiting"  # waiting, silent, replied, service_unavailable, no_callback
    reason: str = ""
    reply: Reply | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class Pushes:
    def __init__(self, *, clock: Clock, faults: Faults) -> None:
        self._clock = clock
        self._faults = faults
        self._overtaken = threading.Condition()
        self._delivered_count = 0
        self.timeout_s = TIMEOUT_S

    def deliver(self, push: Push, *, account: Account, openid: str, msg_type: str) -> Push:
        """Delivers and reads the answer. It may take three times the limit; nothing is raised."""
        if account.callback is None:
            push.outcome = "no_callback"
            return push
        fault = self._faults.consume("push")
        if fault and fault.kind == "reorder":
            self._wait_to_be_overtaken(fault)
        last = self._deliver_with_retries(push, account=account, openid=openid, fault=fault)
        self._notify_overtaken()
        if not last.is_answered:
            push.outcome, push.reason = "service_unavailable", last.error or f"HTTP {last.status}"
            return push
        return _evaluate_reply(
            push, last.response_body or "", account=account, openid=openid, msg_type=msg_type
        )

    def verify_callback(self, account: Account) -> dict[str, Any]:
        """What saving the address in the platform's console does: an echo that must come back as it was."""
        echo = str(secrets.randbelow(10**18))
        query = {**self._signed_query(account), "echostr": echo}
        attempt = self._send_request(account.callback or "", query=query, body=None)
        return {**asdict(attempt), "passed": attempt.is_answered and attempt.response_body == echo}

    def reset(self) -> None:
        self.timeout_s = TIMEOUT_S

    def _deliver_with_retries(
        self, push: Push, *, account: Account, openid: str, fault: Fault | None
    ) -> Attempt:
        if fault and fault.kind in {"duplicate", "parallel"}:
            return self._deliver_twice(
                push, account=account, openid=openid, in_parallel=fault.kind == "parallel"
            )
        for number in range(MAX_ATTEMPTS):
            attempt = self._deliver_once(push, account=account, openid=openid)
            if number == 0 and fault and fault.kind == "drop_reply":
                attempt.error = "回复在路上丢了（故障）"
            if attempt.is_answered:
                break
        return attempt

    def _deliver_twice(self, push: Push, *, account: Account, openid: str, in_parallel: bool) -> Attempt:
        """Both copies arrive; the person sees the answer to the first."""
        with ThreadPoolExecutor(max_workers=2 if in_parallel else 1) as pool:
            copies = [pool.submit(self._deliver_once, push, account=account, openid=openid) for _ in range(2)]
        return copies[0].result()

    def _deliver_once(self, push: Push, *, account: Account, openid: str) -> Attempt:
        query = {**self._signed_query(account), "openid": openid}
        body = push.xml
        if account.mode != "plain":
            body = _encrypt_body(push.xml, account=account, query=query)
        attempt = self._send_request(account.callback or "", query=query, body=body)
        push.attempts.append(attempt)
        return attempt

    def _signed_query(self, account: Account) -> dict[str, str]:
        # Every attempt is signed afresh: a receiver may rightly reject a nonce it has seen.
        timestamp, nonce = str(self._clock.wall_time()), str(secrets.randbelow(10**10))
        return {
            "signature": crypto.compute_signature(account.token, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
        }

    def _send_request(self, url: str, *, query: dict[str, str], body: str | None) -> Attempt:
        request = requests.Request(
            "GET" if body is None else "POST",
            url,
            params=query,
            data=None if body is None else body.encode(),
            headers={"Content-Type": "text/xml", "User-Agent": "Mozilla/4.0", "Pragma": "no-cache"},
        ).prepare()
        attempt = Attempt(url=request.url or url, request_body=body or "", sent_at=self._clock.wall_time())
        started = time.monotonic()
        try:
            attempt.status, attempt.response_body = _send(request, deadline=started + self.timeout_s)
        except requests.RequestException as error:
            # A body that stalls is reported as a broken connection; for the platform it is late all the same.
            late = isinstance(error, requests.Timeout) or time.monotonic() >= started + self.timeout_s
            attempt.error = (
                f"{self.timeout_s:g} 秒内没有答复" if late else f"连接失败：{type(error).__name__}"
            )
        attempt.duration_ms = round((time.monotonic() - started) * 1000)
        return attempt

    def _wait_to_be_overtaken(self, fault: Fault) -> None:
        """Lets the next push overtake this one, or gives up after the fault's delay."""
        with self._overtaken:
            before = self._delivered_count
            self._overtaken.wait_for(lambda: self._delivered_count > before, timeout=fault.delay_s)

    def _notify_overtaken(self) -> None:
        with self._overtaken:
            self._delivered_count += 1
            self._overtaken.notify_all()


def _send(request: requests.PreparedRequest, *, deadline: float) -> tuple[int, str]:
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
            if len(body) > MAX_REPLY_BYTES:
                raise requests.RequestException("reply too long")
        return response.status_code, body.decode("utf-8", errors="replace")


def _encrypt_body(xml: str, *, account: Account, query: dict[str, str]) -> str:
    """The encrypted body; adds to the query what belongs to it."""
    sealed = crypto.encrypt(xml, encoding_aes_key=account.encoding_aes_key or "", appid=account.appid)
    query["encrypt_type"] = "aes"
    query["msg_signature"] = crypto.compute_signature(
        account.token, query["timestamp"], query["nonce"], sealed
    )
    if account.mode == "safe":
        return message_xml.write({"ToUserName": account.original_id, "Encrypt": sealed})
    return xml.removesuffix("</xml>") + f"<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"


def _evaluate_reply(push: Push, body: str, *, account: Account, openid: str, msg_type: str) -> Push:
    most_articles = 1 if msg_type in SINGLE_ARTICLE_TYPES else 8
    try:
        push.reply = reply_parser.parse(body, account=account, openid=openid, max_articles=most_articles)
    except InvalidReplyError as error:
        push.outcome, push.reason = "service_unavailable", str(error)
        return push
    push.outcome = "replied" if push.reply else "silent"
    return push
