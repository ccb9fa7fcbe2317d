"""The operator's shell in the tests: commands run in this process, for acme, against a platform on loopback."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

import commands
import config
import platform_clients
from tests.commands.fake_wechat import FakeWechat

RunCommand = Callable[..., Result]


@pytest.fixture
def platform() -> Iterator[FakeWechat]:
    """A fake WeChat that returns the configured answers and records its requests."""
    with FakeWechat() as answering:
        yield answering


@pytest.fixture
def cli_environment(platform: FakeWechat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The environment of the shell: a folder of its own, the platform on loopback, no Redis."""
    monkeypatch.setenv("XIAOER_VAR", str(tmp_path))
    monkeypatch.setenv("SANDBOX_URL", platform.url)
    monkeypatch.setenv("PUBLIC_URL", "https://shop.example")
    monkeypatch.setenv("XIAOER_TENANT", "acme")
    for name in ("XIAOER_KEYS", "XIAOER_INDEX_KEY"):  # set for the whole run once a test opened the web
        monkeypatch.delenv(name, raising=False)
    config.current.cache_clear()
    platform_clients._http_session.cache_clear()
    session = (
        platform_clients._http_session()
    )  # made now: whatever a test does to the environment, calls stay on loopback
    yield
    session.close()
    platform_clients._http_session.cache_clear()
    config.current.cache_clear()


@pytest.fixture
def run_command(acme: str, cli_environment: None) -> RunCommand:
    """Runs a command line as `flask …` does and returns its result."""
    app = Flask("shell")
    commands.register(app)
    runner = app.test_cli_runner()

    def run(*words: str, **options: Any) -> Result:
        result = runner.invoke(args=list(words), **options)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture
def run_json(run_command: RunCommand) -> Callable[..., Any]:
    """Runs a command line with `--json` and returns what it tells."""
    return lambda *words: json.loads(run_command(*words, "--json").stdout)
