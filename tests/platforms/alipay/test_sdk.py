"""The SDK is corrected: it leaves the logs alone, writes Beijing time and exact amounts."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from platforms.alipay.amounts import parse_beijing_text, parse_yuan, to_beijing_text, to_yuan
from platforms.alipay.sdk import split_object

CHECK = """
import logging, sys
class Watched(logging.StreamHandler):
    is_closed = False
    def close(self):
        self.is_closed = True
        super().close()
handler = Watched(sys.stdout)
logging.getLogger("shop").addHandler(handler)
import {module}
import alipay
assert not handler.is_closed, "closed"
assert not logging.getLogger("python-alipay-sdk").handlers, "handlers"
logging.getLogger("shop").warning("still logged")
"""


def import_with_handler(module: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", CHECK.format(module=module)], capture_output=True, text=True, check=False
    )


def test_import_leaves_the_log_handlers_of_the_process_open() -> None:
    run = import_with_handler("platforms.alipay.client")
    assert (run.returncode, run.stdout) == (0, "still logged\n"), run.stderr


def test_plain_import_of_the_sdk_closes_them() -> None:
    """Negative control: without our guard the same check fails."""
    run = import_with_handler("alipay")
    assert run.returncode == 1
    assert "closed" in run.stderr


@pytest.mark.parametrize(
    ("fen", "text"),
    [(1, "0.01"), (10, "0.10"), (1_280, "12.80"), (30, "0.30"), (9_999_999_999, "99999999.99")],
)
def test_amounts_are_exact_in_both_directions(fen: int, text: str) -> None:
    assert to_yuan(fen) == text
    assert parse_yuan(text) == fen


@pytest.mark.parametrize(
    "text", ["", ".5", "1.", "1.234", "-1", "+1", " 1", "1e2", "１", "NaN", None, 1, 1.5, True]
)
def test_text_that_is_no_amount_is_none(text: object) -> None:
    assert parse_yuan(text) is None


@pytest.mark.parametrize("fen", [0, -1, True, 1.0, "1"])
def test_amount_that_is_not_positive_whole_fen_is_an_error_of_the_caller(fen: object) -> None:
    with pytest.raises(ValueError, match="fen"):
        to_yuan(fen)


def test_times_are_those_of_beijing() -> None:
    moment = datetime(2026, 11, 28, 23, 59, 59, tzinfo=UTC)
    assert to_beijing_text(moment) == "2026-11-29 07:59:59"
    assert parse_beijing_text("2026-11-29 07:59:59") == moment
    assert parse_beijing_text("2026-13-01 00:00:00") is None


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "{}", '{"a":1', '{"a":1,}', '{"a":1}x', '{"a":1,"a":2}', "{1:2}"]
)
def test_text_that_is_no_clear_object_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        split_object(text)
