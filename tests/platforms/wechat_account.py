"""One account at WeChat for the tests: its names, its secrets and the token calls it answers."""

from itertools import count

from platforms.http import Http
from platforms.wechat_token import MemoryTokenBook, Tokens

APPID = "wx0123456789abcdef"
SECRET = "5ec4e7-of-the-teahouse-0123456789"
SESSION_KEY = "5e5510n-key-of-a-shopper=="
STABLE = "/cgi-bin/stable_token"


def token_number(number: int) -> str:
    return f"70KEN-{number:03}-" + "x" * 200


def tokens_for(http: Http, clock, book=None) -> Tokens:
    return Tokens(APPID, SECRET, book or MemoryTokenBook(clock), http, clock)


def give_tokens(platform, *, life_s: int = 7200) -> None:
    """A new token for every forced call, the same one for the others."""
    numbers = count(1)
    current = [next(numbers)]

    def answer(asked):
        if asked.json["force_refresh"]:
            current[0] = next(numbers)
        return {"access_token": token_number(current[0]), "expires_in": life_s}

    platform.say(STABLE, answer)
