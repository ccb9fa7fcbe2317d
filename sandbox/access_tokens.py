"""Access tokens of accounts: stable tokens and legacy tokens, which are independent of each other."""

import secrets
import threading
from collections import Counter, deque
from dataclasses import dataclass

from sandbox.clock import Clock
from sandbox.errors import WeChatError

LIFETIME_S = 7200
RENEW_EARLY_S = 300  # renewed this long before the expiry; a replaced legacy token stays valid this long
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
        """Return the token and its remaining seconds."""
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
        """Issue a new token and return it with its seconds. The previous one is valid for five more minutes."""
        with self._lock:
            self.requested[appid] += 1
            if previous := self._legacy.get(appid):
                previous.revoked_at = min(previous.revoked_at, self._clock.now() + RENEW_EARLY_S)
            self._legacy[appid] = self._issue(appid)
            return self._legacy[appid].text, self._remaining_s(self._legacy[appid])

    def get_appid(self, text: str | None) -> str:
        """Return the appid of a token.

        Raises WeChatError.
        """
        if not text:
            raise WeChatError(41001)
        token = self._by_text.get(text)
        if token is None or self._clock.now() >= token.revoked_at:
            raise WeChatError(40001)
        if self._clock.now() >= token.expires_at:
            raise WeChatError(42001)
        return token.appid

    def revoke_all(self, appid: str) -> None:
        """Revoke all tokens of an account, as after a change of its secret."""
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
        # Without the minimum a lifetime below the margin would give a new token at every call.
        margin_s = min(RENEW_EARLY_S, self.lifetime_s / 2)
        return self._clock.now() < min(token.revoked_at, token.expires_at - margin_s)

    def _remaining_s(self, token: AccessToken) -> int:
        return round(token.expires_at - self._clock.now())
