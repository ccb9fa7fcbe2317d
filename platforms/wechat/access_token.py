"""Access tokens: one per account, shared by all processes, fetched by one of them at a time."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol

from platforms.errors import CircuitOpenError, OutcomeUnknownError, PlatformError, PlatformRejectedError
from platforms.http import PlatformSession
from platforms.wechat.errors import PLATFORM, raise_for_error

STABLE_TOKEN_URL = "https://api.weixin.qq.com/cgi-bin/stable_token"  # noqa: S105 - an address, no secret
REFRESH_EARLY = timedelta(minutes=10)  # so that nobody ever waits for the change
LEASE_S = 15  # longer than a fetch can take; also the pause before another one tries after a failure
CIRCUIT_OPEN_FOR = timedelta(seconds=60)
MAX_WAIT_S = 3.0
POLL_INTERVAL_S = 0.05


class TokenStore(Protocol):
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


class AccessTokens:
    """The token of one account. Whoever gets none is told Paused, because then nothing was sent."""

    def __init__(
        self, appid: str, secret: str, store: TokenStore, http: PlatformSession, clock: Callable[[], datetime]
    ) -> None:
        self.appid = appid
        self.secret = secret  # also wanted by the sign-in calls; never shown
        self._store = store
        self._http = http
        self._clock = clock

    def __repr__(self) -> str:
        return f"AccessTokens({self.appid})"

    def now(self) -> datetime:
        return self._clock()

    def get(self) -> str:
        """A token that is good now; refreshed before its end by one caller while the others use the old."""
        self._raise_if_circuit_open()
        token = self._current_token()
        if token:
            return token
        if not self._store.claim(LEASE_S):
            return self._find_usable_token() or self._wait_for_token()
        token = self._current_token()  # somebody may have fetched between our look and our claim
        if token:
            self._store.release()
            return token
        return self._refresh()

    def refresh_after_40001(self, used_token: str) -> str:
        """Another token than the one WeChat has just called invalid, forced at most once a minute."""
        self._raise_if_circuit_open()
        token = self._find_usable_token(excluding=used_token)
        if token:
            return token
        if not self._store.claim(CIRCUIT_OPEN_FOR.total_seconds()):
            return self._wait_for_token(excluding=used_token)
        token = self._find_usable_token(excluding=used_token)
        if token:
            self._store.release()
            return token
        return self._force_refresh()

    def open_circuit_after_40001(self) -> CircuitOpenError:
        """Stops all calls for a minute because even the new token is invalid; the answer is to be raised."""
        return self.open_circuit(
            self._clock() + CIRCUIT_OPEN_FOR, code=40001, reason="新的 access_token 仍然无效"
        )

    def check_credentials(self) -> None:
        """Asks WeChat whether appid and secret are right, pause or not; being right ends a pause.

        Asking does no harm: a stable token stays the same until 5 minutes before its end.
        """
        self._store.write(*self._fetch(force_refresh=False))
        self._store.pause(self._clock())

    def open_circuit(self, until: datetime, *, code: int | str, reason: str) -> CircuitOpenError:
        """Stops all calls of the account until then; the answer is the error to raise."""
        self._store.pause(until)
        return CircuitOpenError(PLATFORM, code, reason, until=until)

    def _refresh(self) -> str:
        try:
            token, expires_at = self._fetch(force_refresh=False)
        except PlatformError as failure:
            # The claim is kept on purpose: until its lease ends nobody else runs into the same wall.
            old = self._find_usable_token()
            if old:
                return old
            raise self._open_circuit_after(failure) from failure
        self._store.write(token, expires_at)
        self._store.release()
        return token

    def _force_refresh(self) -> str:
        # The claim is never released here: its lease keeps all processes from forcing again for a minute.
        # Each forced fetch voids the token of everybody else, and WeChat allows 20 a day.
        try:
            token, expires_at = self._fetch(force_refresh=True)
        except PlatformError as failure:
            raise self._open_circuit_after(failure, duration=CIRCUIT_OPEN_FOR) from failure
        self._store.write(token, expires_at)
        return token

    def _fetch(self, *, force_refresh: bool) -> tuple[str, datetime]:
        asked_at = self._clock()
        body = {
            "grant_type": "client_credential",
            "appid": self.appid,
            "secret": self.secret,
            "force_refresh": force_refresh,
        }
        answer = self._http.request_json("POST", STABLE_TOKEN_URL, platform=PLATFORM, body=body)
        raise_for_error(answer)
        token, life_s = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(life_s, int) or life_s <= 0:
            raise OutcomeUnknownError(PLATFORM, "unreadable", "微信应答里没有 access_token")
        return token, asked_at + timedelta(seconds=life_s)

    def _current_token(self) -> str | None:
        """The token, when it lasts long enough or was asked for just now.

        WeChat gives the same token until 5 minutes before its end, so asking early can be in vain.
        """
        last = self._store.last_fetch_at()
        asked_just_now = last is not None and self._clock() - last < CIRCUIT_OPEN_FOR
        return self._find_usable_token(min_remaining=timedelta(0) if asked_just_now else REFRESH_EARLY)

    def _find_usable_token(
        self, *, min_remaining: timedelta = timedelta(0), excluding: str | None = None
    ) -> str | None:
        known = self._store.read()
        if known is None or known[0] == excluding or known[1] - self._clock() <= min_remaining:
            return None
        return known[0]

    def _wait_for_token(self, *, excluding: str | None = None) -> str:
        # By the machine's own clock: the other process needs real time, whatever ours is set to.
        deadline = time.monotonic() + MAX_WAIT_S
        while time.monotonic() < deadline:
            time.sleep(POLL_INTERVAL_S)
            self._raise_if_circuit_open()
            token = self._find_usable_token(excluding=excluding)
            if token:
                return token
        if excluding is not None:
            raise self.open_circuit_after_40001()
        until = self._clock() + timedelta(seconds=MAX_WAIT_S)
        raise CircuitOpenError(PLATFORM, "no-token", "正在获取 access_token，请稍后再试", until=until)

    def _raise_if_circuit_open(self) -> None:
        until = self._store.paused_until()
        if until is not None and until > self._clock():
            raise CircuitOpenError(PLATFORM, "paused", "暂停调用微信接口", until=until)

    def _open_circuit_after(
        self, failure: PlatformError, *, duration: timedelta | None = None
    ) -> CircuitOpenError:
        # A wrong secret stays wrong until somebody corrects it; a silent WeChat may speak again soon.
        short = timedelta(seconds=LEASE_S)
        duration = duration or (CIRCUIT_OPEN_FOR if isinstance(failure, PlatformRejectedError) else short)
        return self.open_circuit(self._clock() + duration, code=failure.code, reason=failure.message)


class InMemoryTokenStore:
    """A book for the threads of one process: for tests and trials."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._token: tuple[str, datetime] | None = None
        self._claimed_until: datetime | None = None
        self._paused_until: datetime | None = None
        self._last_fetch_at: datetime | None = None

    def read(self) -> tuple[str, datetime] | None:
        return self._token

    def claim(self, lease_s: float) -> bool:
        with self._lock:
            now = self._clock()
            if self._claimed_until is not None and self._claimed_until > now:
                return False
            self._claimed_until = now + timedelta(seconds=lease_s)
            return True

    def write(self, token: str, expires_at: datetime) -> None:
        self._token, self._last_fetch_at = (token, expires_at), self._clock()

    def release(self) -> None:
        self._claimed_until = None

    def pause(self, until: datetime) -> None:
        self._paused_until = until

    def paused_until(self) -> datetime | None:
        return self._paused_until

    def last_fetch_at(self) -> datetime | None:
        return self._last_fetch_at
