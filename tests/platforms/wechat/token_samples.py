"""One account at WeChat for the tests: its names, its secrets and the token calls it answers."""

from itertools import count

from platforms.http import PlatformSession
from platforms.wechat.access_token import AccessTokens, InMemoryTokenStore

APPID = "wx0123456789abcdef"
SECRET = "5ec4e7-of-the-teahouse-0123456789"
SESSION_KEY = "5e5510n-key-of-a-shopper=="
STABLE_TOKEN_PATH = "/cgi-bin/stable_token"


def make_token(number: int) -> str:
    return f"70KEN-{number:03}-" + "x" * 200


def make_access_tokens(http: PlatformSession, clock, store=None) -> AccessTokens:
    return AccessTokens(APPID, SECRET, store or InMemoryTokenStore(clock), http, clock)


def serve_tokens(platform, *, life_s: int = 7200) -> None:
    """A new token for every forced call, the same one for the others."""
    numbers = count(1)
    current = [next(numbers)]

    def answer(asked):
        if asked.json["force_refresh"]:
            current[0] = next(numbers)
        return {"access_token": make_token(current[0]), "expires_in": life_s}

    platform.prepare(STABLE_TOKEN_PATH, answer)
