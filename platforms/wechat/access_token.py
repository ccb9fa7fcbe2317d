"""Access tokens: one for each account, shared by all processes and fetched by one of them at a time."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol

from platforms.errors import CircuitOpenError, OutcomeUnknownError, PlatformError, PlatformRejectedError
from platforms.http import PlatformSession
from platforms.wechat.errors import PLATFORM, raise_for_error

STABLE_TOKEN_URL = "https://api.weixin.qq.com/cgi-bin/stable_token"  # noqa: S105 - a URL, no secret
REFRESH_EARLY = timedelta(minutes=10)  # so that calls do not wait for a new token
LEASE_S = 15  # longer than a fetch can take; also the pause after a failed fetch
CIRCUIT_OPEN_FOR = timedelta(seconds=60)
MAX_WAIT_S = 3.0
POLL_INTERVAL_S = 0.05


class TokenStore(Protocol):
    """The store of the token of an account, shared by all processes. Times are aware, in UTC."""

    def read(self) -> tuple[str, datetime] | None:
        """Return the last token and its expiry time, also if it has expired."""

    def claim(self, lease_s: float) -> bool:
        """Claim the fetch. Only one caller gets True until it releases the claim or the lease expires."""

    def write(self, token: str, expires_at: datetime) -> None: ...

    def release(self) -> None: ...

    def pause(self, until: datetime) -> None:
        """Pause all calls until then. A past time ends the pause."""

    def paused_until(self) -> datetime | None: ...

    def last_fetch_at(self) -> datetime | None:
        """Return the time of the last `write`."""


class AccessTokens:
    """The access token of an account. Without a token CircuitOpenError is raised, because nothing was sent."""

    def __init__(
        self, appid: str, secret: str, store: TokenStore, http: PlatformSession, clock: Callable[[], datetime]
    ) -> None:
        self.appid = appid
        self.secret = secret  # also needed for OAuth; never in logs or repr
        self._store = store
        self._http = http
        self._clock = clock

    def __repr__(self) -> str:
        return f"AccessTokens({self.appid})"

    def now(self) -> datetime:
        return self._clock()

    def get(self) -> str:
        """Return a valid token.

        One caller refreshes it before its expiry, and the others use the old token meanwhile.
        Raises CircuitOpenError.
        """
        self._raise_if_circuit_open()
        token = self._current_token()
        if token:
            return token
        if not self._store.claim(LEASE_S):
            return self._find_usable_token() or self._wait_for_token()
        token = self._current_token()  # another process may have fetched it between the read and the claim
        if token:
            self._store.release()
            return token
        return self._refresh()

    def refresh_after_40001(self, used_token: str) -> str:
        """Return another token than the one that WeChat rejected, with a forced refresh if the last is a minute old.

        Raises CircuitOpenError.
        """
        self._raise_if_circuit_open()
        token = self._find_usable_token(excluding=used_token)
        if token:
            return token
        self._raise_if_fetched_recently()
        if not self._store.claim(CIRCUIT_OPEN_FOR.total_seconds()):
            return self._wait_for_token(excluding=used_token)
        token = self._find_usable_token(excluding=used_token)
        if token:
            self._store.release()
            return token
        return self._force_refresh()

    def _raise_if_fetched_recently(self) -> None:
        """Pause all calls if the token is less than a minute old.

        A forced fetch would be the second one within a minute, and a platform that rejects every token would get
        many.
        """
        fetched_at = self._store.last_fetch_at()
        if fetched_at is not None and self._clock() - fetched_at < CIRCUIT_OPEN_FOR:
            until = fetched_at + CIRCUIT_OPEN_FOR
            raise self.open_circuit(until, code=40001, reason="刚获取的 access_token 无效")

    def open_circuit_after_40001(self) -> CircuitOpenError:
        """Pause all calls for a minute because the new token is invalid too, and return the error to raise."""
        return self.open_circuit(
            self._clock() + CIRCUIT_OPEN_FOR, code=40001, reason="新的 access_token 仍然无效"
        )

    def check_credentials(self) -> None:
        """Check appid and secret with WeChat, also during a pause. A success ends the pause.

        The check has no side effect, because a stable token is the same until 5 minutes before its expiry.
        Raises PlatformError.
        """
        self._store.write(*self._fetch(force_refresh=False))
        self._store.pause(self._clock())

    def open_circuit(self, until: datetime, *, code: int | str, reason: str) -> CircuitOpenError:
        """Pause all calls of the account until then, and return the error to raise."""
        self._store.pause(until)
        return CircuitOpenError(PLATFORM, code, reason, until=until)

    def _refresh(self) -> str:
        try:
            token, expires_at = self._fetch(force_refresh=False)
        except PlatformError as failure:
            # The claim is not released. Otherwise every process would repeat the failing call at once.
            old_token = self._find_usable_token()
            if old_token:
                return old_token
            raise self._open_circuit_after(failure) from failure
        self._store.write(token, expires_at)
        self._store.release()
        return token

    def _force_refresh(self) -> str:
        # The claim is not released. Otherwise another process could force a refresh within the same minute.
        # Each forced refresh invalidates the token of all processes, and WeChat allows 20 a day.
        try:
            token, expires_at = self._fetch(force_refresh=True)
        except PlatformError as failure:
            raise self._open_circuit_after(failure, duration=CIRCUIT_OPEN_FOR) from failure
        self._store.write(token, expires_at)
        return token

    def _fetch(self, *, force_refresh: bool) -> tuple[str, datetime]:
        requested_at = self._clock()
        body = {
            "grant_type": "client_credential",
            "appid": self.appid,
            "secret": self.secret,
            "force_refresh": force_refresh,
        }
        response = self._http.request_json("POST", STABLE_TOKEN_URL, platform=PLATFORM, body=body)
        raise_for_error(response)
        token, lifetime_s = response.get("access_token"), response.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(lifetime_s, int) or lifetime_s <= 0:
            raise OutcomeUnknownError(PLATFORM, "unreadable", "微信应答里没有 access_token")
        return token, requested_at + timedelta(seconds=lifetime_s)

    def _current_token(self) -> str | None:
        """Return the token if it is valid long enough or was fetched just now.

        WeChat returns the same token until 5 minutes before its expiry. Without the second condition every call
        between 10 and 5 minutes before the expiry would fetch it again.
        """
        fetched_at = self._store.last_fetch_at()
        is_recent = fetched_at is not None and self._clock() - fetched_at < CIRCUIT_OPEN_FOR
        return self._find_usable_token(min_remaining=timedelta(0) if is_recent else REFRESH_EARLY)

    def _find_usable_token(
        self, *, min_remaining: timedelta = timedelta(0), excluding: str | None = None
    ) -> str | None:
        stored = self._store.read()
        if stored is None or stored[0] == excluding or stored[1] - self._clock() <= min_remaining:
            return None
        return stored[0]

    def _wait_for_token(self, *, excluding: str | None = None) -> str:
        # Measured with the system clock, because the other process needs real time also if a test sets the clock.
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
        # A wrong secret needs a correction by staff, but a timeout may end soon.
        short_pause = timedelta(seconds=LEASE_S)
        duration = duration or (
            CIRCUIT_OPEN_FOR if isinstance(failure, PlatformRejectedError) else short_pause
        )
        return self.open_circuit(self._clock() + duration, code=failure.code, reason=failure.message)


class InMemoryTokenStore:
    """A token store for the threads of one process, for tests and development."""

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
