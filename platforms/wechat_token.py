"""Access tokens: one per account, shared by all processes, fetched by one of them at a time."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol

from .errors import Paused, PlatformError, Refused, Unknown
from .http import Http
from .wechat_codes import PLATFORM, refuse_errors

STABLE_TOKEN_URL = "https://api.weixin.qq.com/cgi-bin/stable_token"  # noqa: S105 - an address, no secret
EARLY = timedelta(minutes=10)  # so that nobody ever waits for the change
LEASE_S = 15  # longer than a fetch can take; also the pause before another one tries after a failure
PAUSE = timedelta(seconds=60)
WAIT_S = 3.0
POLL_S = 0.05


class TokenBook(Protocol):
    """Where the processes of one account keep their token together. Times are aware, in UTC."""

    def read(self) -> tuple[str, datetime] | None:
        """The last token written and when it ends, ended or not."""

    def claim(self, lease_s: float) -> bool:
        """True for exactly one caller until it releases or its lease has run out."""

    def write(self, token: str, expires_at: datetime) -> None: ...

    def release(self) -> None: ...

    def pause(self, until: datetime) -> None:
        """No calls before `until`; a time that has passed ends a pause."""

    def paused_until(self) -> datetime | None: ...

    def last_fetch_at(self) -> datetime | None:
        """When `write` was last called."""


class Tokens:
    """The token of one account. Whoever gets none is told Paused, because then nothing was sent."""

    def __init__(
        self, appid: str, secret: str, book: TokenBook, http: Http, clock: Callable[[], datetime]
    ) -> None:
        self.appid = appid
        self.secret = secret  # also wanted by the sign-in calls; never shown
        self._book = book
        self._http = http
        self._clock = clock

    def __repr__(self) -> str:
        return f"Tokens({self.appid})"

    def now(self) -> datetime:
        return self._clock()

    def get(self) -> str:
        """A token that is good now; refreshed before its end by one caller while the others use the old."""
        self._refuse_while_paused()
        token = self._unhurried()
        if token:
            return token
        if not self._book.claim(LEASE_S):
            return self._usable() or self._awaited()
        token = self._unhurried()  # somebody may have fetched between our look and our claim
        if token:
            self._book.release()
            return token
        return self._refreshed()

    def refresh_after_40001(self, used_token: str) -> str:
        """Another token than the one WeChat has just called invalid, forced at most once a minute."""
        self._refuse_while_paused()
        token = self._usable(unlike=used_token)
        if token:
            return token
        if not self._book.claim(PAUSE.total_seconds()):
            return self._awaited(unlike=used_token)
        token = self._usable(unlike=used_token)
        if token:
            self._book.release()
            return token
        return self._forced()

    def pause_after_40001(self) -> Paused:
        """Stops all calls for a minute because even the new token is invalid; the answer is to be raised."""
        return self.pause_until(self._clock() + PAUSE, code=40001, reason="新的 access_token 仍然无效")

    def check(self) -> None:
        """Asks WeChat whether appid and secret are right, pause or not; being right ends a pause.

        Asking does no harm: a stable token stays the same until 5 minutes before its end.
        """
        self._book.write(*self._fetched(force=False))
        self._book.pause(self._clock())

    def pause_until(self, until: datetime, *, code: int | str, reason: str) -> Paused:
        """Stops all calls of the account until then; the answer is the error to raise."""
        self._book.pause(until)
        return Paused(PLATFORM, code, reason, until=until)

    def _refreshed(self) -> str:
        try:
            token, expires_at = self._fetched(force=False)
        except PlatformError as failure:
            # The claim is kept on purpose: until its lease ends nobody else runs into the same wall.
            old = self._usable()
            if old:
                return old
            raise self._paused_by(failure) from failure
        self._book.write(token, expires_at)
        self._book.release()
        return token

    def _forced(self) -> str:
        # The claim is never released here: its lease keeps all processes from forcing again for a minute.
        # Each forced fetch voids the token of everybody else, and WeChat allows 20 a day.
        try:
            token, expires_at = self._fetched(force=True)
        except PlatformError as failure:
            raise self._paused_by(failure, pause=PAUSE) from failure
        self._book.write(token, expires_at)
        return token

    def _fetched(self, *, force: bool) -> tuple[str, datetime]:
        asked_at = self._clock()
        body = {
            "grant_type": "client_credential",
            "appid": self.appid,
            "secret": self.secret,
            "force_refresh": force,
        }
        answer = self._http.ask("POST", STABLE_TOKEN_URL, platform=PLATFORM, body=body)
        refuse_errors(answer)
        token, life_s = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(life_s, int) or life_s <= 0:
            raise Unknown(PLATFORM, "unreadable", "微信应答里没有 access_token")
        return token, asked_at + timedelta(seconds=life_s)

    def _unhurried(self) -> str | None:
        """The token, when it lasts long enough or was asked for just now.

        WeChat gives the same token until 5 minutes before its end, so asking early can be in vain.
        """
        last = self._book.last_fetch_at()
        asked_just_now = last is not None and self._clock() - last < PAUSE
        return self._usable(left=timedelta(0) if asked_just_now else EARLY)

    def _usable(self, *, left: timedelta = timedelta(0), unlike: str | None = None) -> str | None:
        known = self._book.read()
        if known is None or known[0] == unlike or known[1] - self._clock() <= left:
            return None
        return known[0]

    def _awaited(self, *, unlike: str | None = None) -> str:
        # By the machine's own clock: the other process needs real time, whatever ours is set to.
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            time.sleep(POLL_S)
            self._refuse_while_paused()
            token = self._usable(unlike=unlike)
            if token:
                return token
        if unlike is not None:
            raise self.pause_after_40001()
        until = self._clock() + timedelta(seconds=WAIT_S)
        raise Paused(PLATFORM, "no-token", "正在获取 access_token，请稍后再试", until=until)

    def _refuse_while_paused(self) -> None:
        until = self._book.paused_until()
        if until is not None and until > self._clock():
            raise Paused(PLATFORM, "paused", "暂停调用微信接口", until=until)

    def _paused_by(self, failure: PlatformError, *, pause: timedelta | None = None) -> Paused:
        # A wrong secret stays wrong until somebody corrects it; a silent WeChat may speak again soon.
        short = timedelta(seconds=LEASE_S)
        pause = pause or (PAUSE if isinstance(failure, Refused) else short)
        return self.pause_until(self._clock() + pause, code=failure.code, reason=failure.message)


class MemoryTokenBook:
    """A book for the threads of one process: for tests and trials."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._known: tuple[str, datetime] | None = None
        self._claimed_until: datetime | None = None
        self._paused_until: datetime | None = None
        self._last_fetch_at: datetime | None = None

    def read(self) -> tuple[str, datetime] | None:
        return self._known

    def claim(self, lease_s: float) -> bool:
        with self._lock:
            now = self._clock()
            if self._claimed_until is not None and self._claimed_until > now:
                return False
            self._claimed_until = now + timedelta(seconds=lease_s)
            return True

    def write(self, token: str, expires_at: datetime) -> None:
        self._known, self._last_fetch_at = (token, expires_at), self._clock()

    def release(self) -> None:
        self._claimed_until = None

    def pause(self, until: datetime) -> None:
        self._paused_until = until

    def paused_until(self) -> datetime | None:
        return self._paused_until

    def last_fetch_at(self) -> datetime | None:
        return self._last_fetch_at
