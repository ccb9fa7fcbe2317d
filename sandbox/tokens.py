"""Tokens: access tokens of accounts, the stable kind and the plain kind, which do not touch each other."""

import secrets
import threading
from collections import Counter, deque
from dataclasses import dataclass

from sandbox.clock import Clock
from sandbox.errors import WeChatError

LIFETIME_S = 7200
EARLY_S = 300  # the platform renews this long before the end, and an old plain token lives on this long
FORCE_APART_S = 30
FORCE_A_DAY = 20
DAY_S = 86400


@dataclass
class Token:
    text: str
    appid: str
    expires_at: float
    void_at: float = float("inf")


class Tokens:
    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.reset()

    def stable(self, *, appid: str, force_refresh: bool = False) -> tuple[str, int]:
        """The token and the whole seconds it has left."""
        with self._lock:
            self.asked[appid] += 1
            current = self._stable.get(appid)
            if force_refresh:
                self._note_force(appid)
                if current:
                    current.void_at = self._clock.now()
            elif current and self._lives_long_enough(current):
                return current.text, self._left_s(current)
            self._stable[appid] = self._issue(appid)
            return self._stable[appid].text, self._left_s(self._stable[appid])

    def plain(self, *, appid: str) -> tuple[str, int]:
        """Every call makes a new token and leaves the one before it five minutes."""
        with self._lock:
            self.asked[appid] += 1
            if before := self._plain.get(appid):
                before.void_at = min(before.void_at, self._clock.now() + EARLY_S)
            self._plain[appid] = self._issue(appid)
            return self._plain[appid].text, self._left_s(self._plain[appid])

    def owner(self, text: str | None) -> str:
        """The appid behind a token; refuses as the platform does."""
        if not text:
            raise WeChatError(41001)
        token = self._known.get(text)
        if token is None or self._clock.now() >= token.void_at:
            raise WeChatError(40001)
        if self._clock.now() >= token.expires_at:
            raise WeChatError(42001)
        return token.appid

    def void_all(self, appid: str) -> None:
        """Voids every token of an account, as a change of its secret would."""
        with self._lock:
            for token in self._known.values():
                if token.appid == appid:
                    token.void_at = self._clock.now()
            self._stable.pop(appid, None)
            self._plain.pop(appid, None)

    def reset(self) -> None:
        self.lifetime_s: float = LIFETIME_S
        self.asked: Counter[str] = Counter()
        self.issued: Counter[str] = Counter()
        self._known: dict[str, Token] = {}
        self._stable: dict[str, Token] = {}
        self._plain: dict[str, Token] = {}
        self._forced: dict[str, deque[float]] = {}

    def _issue(self, appid: str) -> Token:
        self.issued[appid] += 1
        text = f"{90 + self.issued[appid] % 10}_{secrets.token_urlsafe(160)}"
        self._known[text] = Token(text, appid, self._clock.now() + self.lifetime_s)
        return self._known[text]

    def _note_force(self, appid: str) -> None:
        now, forced = self._clock.now(), self._forced.setdefault(appid, deque())
        while forced and forced[0] <= now - DAY_S:
            forced.popleft()
        if forced and now - forced[-1] < FORCE_APART_S:
            raise WeChatError(45011)
        if len(forced) >= FORCE_A_DAY:
            raise WeChatError(45009)
        forced.append(now)

    def _lives_long_enough(self, token: Token) -> bool:
        # A lifetime set below the margin would otherwise give a new token at every call.
        margin_s = min(EARLY_S, self.lifetime_s / 2)
        return self._clock.now() < min(token.void_at, token.expires_at - margin_s)

    def _left_s(self, token: Token) -> int:
        return round(token.expires_at - self._clock.now())
