"""Processes of one account share its token, also while the platform rejects every token."""

import pytest

from platforms.errors import PlatformError
from platforms.http import PlatformSession
from platforms.wechat.access_token import AccessTokens
from platforms.wechat.official_account import OfficialAccount
from store.core import clock
from store.tenants import channels
from store.tenants.access_tokens import TokenStore
from tests.platforms.conftest import FakePlatform, platform
from tests.platforms.wechat.token_samples import STABLE_TOKEN_PATH, serve_tokens

__all__ = ["platform"]
SEND_PATH = "/cgi-bin/message/custom/send"
CALLS_PER_PROCESS = 3


def send_texts(number: int, base_url: str) -> int:
    """Send texts as a process of its own and return how many calls failed."""
    channel, failed = channels.get_by_key("acme-mp"), 0
    with PlatformSession(base_url=base_url) as http:
        tokens = AccessTokens(channel.appid, "s" * 32, TokenStore(channel), http, clock.now)
        for _ in range(CALLS_PER_PROCESS):
            try:
                OfficialAccount(channel.appid, tokens, http).send_text("o1", "您好")
            except PlatformError:
                failed += 1
    return failed


@pytest.mark.parametrize("processes", [4, pytest.param(32, marks=pytest.mark.deep)])
@pytest.mark.parametrize("rejected_at", ["call", "token"])
def test_processes_against_a_platform_that_always_says_40001_fetch_one_token(
    acme, process_group, platform: FakePlatform, processes: int, rejected_at: str
):
    always = {"errcode": 40001, "errmsg": "invalid credential"}
    platform.prepare(SEND_PATH, always)
    if rejected_at == "call":
        serve_tokens(platform)
    else:
        platform.prepare(STABLE_TOKEN_PATH, always)
    failed = process_group.run_together(processes, send_texts, platform.base_url)
    assert failed == [CALLS_PER_PROCESS] * processes
    assert len(platform.requests_to(STABLE_TOKEN_PATH)) == 1
