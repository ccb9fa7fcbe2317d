"""Tokens: access tokens of accounts, the stable kind and the plain kind, which do not touch each other."""

import secrets
import threading
from collections import Counter, deque
from dataclasses import dataclass

from sandbox.clock import Clock
from sandbox.errors import WeChatError

LIFETIME_S = 7200
RENEW_EARLY_S = 300  # the platform renews this long before the end, and an old plain token lives on this long
MIN_FORCE_INTERVAL_S = 30
MAX_FORCED_PER_DAY = 20
DAY_S = 86400


@dataclass
class AccessToken:
    text: str
    appid: str
    expires_at: float
    revoked_at: float = float("inf")


class AccessTokens:
    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.reset()

    def get_stable(self, *, appid: str, force_refresh: bool = False) -> tuple[str, int]:
        """The token and the whole seconds it has left."""
        with self._lock:
            self.requested[appid] += 1
            current = self._stable.get(appid)
            if force_refresh:
                self._count_force(appid)
                if current:
                    current.revoked_at = self._clock.now()
            elif current and self._is_fresh(current):
                return current.text, self._remaining_s(current)
            self._stable[appid] = self._issue(appid)
            return self._stable[appid].text, self._remaining_s(self._stable[appid])

    def get_legacy(self, *, appid: str) -> tuple[str, int]:
        """Every call makes a new token and leaves the one before it five minutes."""
        with self._lock:
            self.requested[appid] += 1
            if before := self._legacy.get(appid):
                before.revoked_at = min(before.revoked_at, self._clock.now() + RENEW_EARLY_S)
            self._legacy[appid] = self._issue(appid)
            return self._legacy[appid].text, self._remaining_s(self._legacy[appid])

    def get_appid(self, text: str | None) -> str:
        """The appid behind a token; rejects as the platform does."""
        if not text:
            raise WeChatError(41001)
        token = self._by_text.get(text)
        if token is None or self._clock.now() >= token.revoked_at:
            raise WeChatError(40001)
        if self._clock.now() >= token.expires_at:
            raise WeChatError(42001)
        return token.appid

    def revoke_all(self, appid: str) -> None:
        """Voids every token of an account, as a change of its secret would."""
        with self._lock:
            for token in self._by_text.values():
                if token.appid == appid:
                    token.revoked_at = self._clock.now()
            self._stable.pop(appid, None)
            self._legacy.pop(appid, None)

    def reset(self) -> None:
        self.lifetime_s: float = LIFETIME_S
        self.requested: Counter[str] = Counter()
        self.issued: Counter[str] = Counter()
        self._by_text: dict[str, AccessToken] = {}
        self._stable: dict[str, AccessToken] = {}
        self._legacy: dict[str, AccessToken] = {}
        self._forced_at: dict[str, deque[float]] = {}

    def _issue(self, appid: str) -> AccessToken:
        self.issued[appid] += 1
        text = f"{90 + self.issued[appid] % 10}_{secrets.token_urlsafe(160)}"
        self._by_text[text] = AccessToken(text, appid, self._clock.now() + self.lifetime_s)
        return self._by_text[text]

    def _count_force(self, appid: str) -> None:
        now, forced = self._clock.now(), self._forced_at.setdefault(appid, deque())
        while forced and forced[0] <= now - DAY_S:
            forced.popleft()
        if forced and now - forced[-1] < MIN_FORCE_INTERVAL_S:
            raise WeChatError(45011)
        if len(forced) >= MAX_FORCED_PER_DAY:
            raise WeChatError(45009)
        forced.append(now)

    def _is_fresh(self, token: AccessToken) -> bool:
        # A lifetime set below the margin would otherwise give a new token at every call.
        margin_s = min(RENEW_EARLY_S, self.lifetime_s / 2)
        return self._clock.now() < min(token.revoked_at, token.expires_at - margin_s)

    def _remaining_s(self, token: AccessToken) -> int:
        return round(token.expires_at - self._clock.now())
