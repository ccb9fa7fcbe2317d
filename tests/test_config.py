"""The configuration reads the environment, and rejects what would be found out too late."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import config

ROOT = Path(__file__).resolve().parent.parent


def test_own_redis_listens_beside_the_records():
    assert config.embedded_redis_socket(Path("/srv/xiaoer/var")) == Path("/srv/xiaoer/var/redis/redis.sock")


def test_own_redis_of_a_deep_folder_listens_on_a_short_path_of_its_own():
    deep = Path("/srv") / ("x" * 100)
    sockets = {config.embedded_redis_socket(deep / name) for name in ("a", "b")}
    assert len(sockets) == 2
    assert all(len(str(socket)) <= config.MAX_SOCKET_PATH_BYTES for socket in sockets)


def test_production_never_reaches_the_sandbox(tmp_path: Path):
    with pytest.raises(config.ConfigError, match="SANDBOX_URL"):
        config.read(
            {"XIAOER_ENV": "production", "XIAOER_VAR": str(tmp_path), "SANDBOX_URL": "http://127.0.0.1:1"}
        )


def test_trial_keys_are_made_once(tmp_path: Path):
    settings = [config.read({"XIAOER_VAR": str(tmp_path)}) for _ in range(2)]
    assert settings[0].keys == settings[1].keys
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600


def test_a_shell_beside_a_demo_installation_finds_it(tmp_path: Path):
    config.write_addresses(tmp_path, public_url="http://127.0.0.1:81", sandbox_url="http://127.0.0.1:82")
    here = config.read({"XIAOER_VAR": str(tmp_path)})
    assert (here.public_url, here.sandbox_url) == ("http://127.0.0.1:81", "http://127.0.0.1:82")
    result = config.read({"XIAOER_VAR": str(tmp_path), "PUBLIC_URL": "https://shop.example.com"})
    assert result.public_url == "https://shop.example.com"


def test_the_smtp_port_of_the_sandbox_is_found_outside_production_only(tmp_path: Path):
    config.write_addresses(tmp_path, public_url="http://a", sandbox_url="http://b", sandbox_smtp_port=8125)
    assert config.read({"XIAOER_VAR": str(tmp_path)}).sandbox_smtp_port == 8125
    assert config.read({"XIAOER_VAR": str(tmp_path), "SANDBOX_SMTP_PORT": "0"}).sandbox_smtp_port == 0
    keys = {"XIAOER_KEYS": f"k1:{config._random_key()}", "XIAOER_INDEX_KEY": config._random_key()}
    production = {
        "XIAOER_ENV": "production",
        "XIAOER_VAR": str(tmp_path),
        "SANDBOX_SMTP_PORT": "8125",
        **keys,
    }
    assert config.read(production).sandbox_smtp_port == 0
    with pytest.raises(config.ConfigError, match="SANDBOX_SMTP_PORT"):
        config.read({"XIAOER_VAR": str(tmp_path), "SANDBOX_SMTP_PORT": "smtp"})


def test_production_looks_for_no_demo_installation(tmp_path: Path):
    config.write_addresses(tmp_path, public_url="http://127.0.0.1:81", sandbox_url="http://127.0.0.1:82")
    key = "MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE="
    secrets = {"XIAOER_KEYS": f"k1:{key}", "XIAOER_INDEX_KEY": key}
    here = config.read({"XIAOER_ENV": "production", "XIAOER_VAR": str(tmp_path), **secrets})
    assert here.sandbox_url is None
    assert here.public_url == "http://127.0.0.1:8000"


@pytest.mark.parametrize("count", ["one", "-1", "1.5", "999"])
def test_a_wrong_number_of_proxies_is_reported(tmp_path: Path, count: str):
    with pytest.raises(config.ConfigError, match="TRUSTED_PROXIES"):
        config.read({"XIAOER_VAR": str(tmp_path), "TRUSTED_PROXIES": count})


@pytest.mark.parametrize(
    "command",
    [
        ("tasks.worker",),
        pytest.param(("tasks.scheduler",), marks=pytest.mark.deep),
        pytest.param(("flask", "tenants", "list"), marks=pytest.mark.deep),
    ],
)
def test_a_process_without_its_keys_ends_with_one_sentence(tmp_path: Path, command: tuple[str, ...]):
    bare = {"XIAOER_ENV": "production", "XIAOER_VAR": str(tmp_path), "PATH": os.environ["PATH"]}
    ended = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, env=bare, capture_output=True, text=True
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("XIAOER_KEYS and XIAOER_INDEX_KEY are missing")
    assert ended.stderr.count("\n") == 1


def test_production_follows_no_clock_of_a_sandbox(tmp_path: Path):
    trial = config.read({"XIAOER_VAR": str(tmp_path)})
    assert trial.clock_file == tmp_path / "sandbox" / "clock.json"
    moved = config.read({"XIAOER_VAR": str(tmp_path), "SANDBOX_ACCOUNTS": "/srv/played/accounts.json"})
    assert moved.clock_file == Path("/srv/played/clock.json")
    keys = {"XIAOER_KEYS": f"k1:{config._random_key()}", "XIAOER_INDEX_KEY": config._random_key()}
    production = config.read(
        {"XIAOER_ENV": "production", "XIAOER_VAR": str(tmp_path), "SANDBOX_ACCOUNTS": "/srv/a.json", **keys}
    )
    assert production.clock_file is None
