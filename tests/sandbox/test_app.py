"""The sandbox answers this machine only, and only by a name of this machine."""

import pytest

from tests.support.sandbox_client import Sandbox


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8100", 200),
        ("localhost", 200),
        ("[::1]:8100", 200),
        ("evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("localhost.evil.example:8100", 403),
        ("192.168.1.5:8100", 403),
    ],
)
def test_n21_only_loopback_names_reach_the_sandbox(sandbox: Sandbox, host: str, status: int):
    answer = sandbox.client.get("/health/live", headers={"Host": host})
    assert answer.status_code == status
