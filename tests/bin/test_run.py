"""The application from start to end, whichever process dies in between."""

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.support.app_process import (
    ROOT,
    AppProcess,
    clean_environment,
    free_port,
    run_app,
    startup_error,
    wait_for,
)

pytestmark = pytest.mark.end_to_end
PORTS = ("PORT", "HEALTH_PORT", "SANDBOX_PORT", "SANDBOX_SMTP_PORT")
# The accounts to which the sandbox pushes.
CALLBACKS = (
    "wechat/demo", "wechat/demo-mini", "alipay/demo-alipay",
    "wechat/demo2", "wechat/demo2-mini", "alipay/demo2-alipay",
)  # fmt: skip


def test_addresses_are_reported_when_everything_answers(running_app: AppProcess):
    for address in (
        f":{running_app.port}/docs",
        f":{running_app.health_port}/health/ready",
        f":{running_app.sandbox_port}/",
    ):
        assert address in running_app.output


def test_everything_the_application_needs_is_reached(running_app: AppProcess):
    for port in (running_app.port, running_app.health_port):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5) as answer:
            assert json.load(answer) == {"status": "ok", "degraded": []}


def test_book_of_accounts_is_for_its_owner_only(running_app: AppProcess):
    book = running_app.var / "sandbox" / "accounts.json"
    assert book.stat().st_mode & 0o777 == 0o600
    base = f"http://127.0.0.1:{running_app.port}"
    assert {f"{base}/{path}" for path in CALLBACKS} == {
        row["callback"] for row in json.loads(book.read_text())
    }


def test_state_is_for_its_owner_only(running_app: AppProcess):
    for path in [running_app.var, *running_app.var.rglob("*")]:
        assert not path.stat().st_mode & 0o077, path


def test_operators_shell_beside_the_application_finds_it(running_app: AppProcess):
    database = {key: value for key, value in running_app.settings.items() if key == "DATABASE_URL"}
    flask = [sys.executable, "-m", "flask", "channels", "list", "--json"]
    listed = subprocess.run(
        flask,
        cwd=ROOT,
        env=clean_environment(running_app.var, **database),
        capture_output=True,
        text=True,
        check=True,
    )
    callbacks = {row["callback"] for row in json.loads(listed.stdout)} - {None}
    assert callbacks == {f"http://127.0.0.1:{running_app.port}/{path}" for path in CALLBACKS}


def test_second_start_in_the_same_folder_is_refused(running_app: AppProcess):
    said = startup_error(running_app.var)
    assert f"process {running_app.process.pid}" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("variable", "attribute"),
    [
        ("PORT", "port"),
        pytest.param("SANDBOX_PORT", "sandbox_port", marks=pytest.mark.deep),
        pytest.param("HEALTH_PORT", "health_port", marks=pytest.mark.deep),
        pytest.param("SANDBOX_SMTP_PORT", "sandbox_smtp_port", marks=pytest.mark.deep),
    ],
)
def test_taken_port_is_named_with_a_way_out(
    running_app: AppProcess, tmp_path: Path, variable: str, attribute: str
):
    port = getattr(running_app, attribute)
    free = {name: str(free_port()) for name in PORTS}
    said = startup_error(tmp_path / "var", **{**free, variable: str(port)})
    assert f"Port {port}" in said
    assert f"start with {variable}=" in said
    assert said.count("\n") == 1


def test_database_of_other_keys_is_reported(running_app: AppProcess, tmp_path: Path):
    database = running_app.settings.get("DATABASE_URL", f"sqlite:///{running_app.var / 'registry.db'}")
    free = {name: str(free_port()) for name in PORTS}
    said = startup_error(tmp_path / "var", DATABASE_URL=database, **free)
    assert said.startswith("The database was written with other keys")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    "name",
    [
        "tasks.worker",
        pytest.param("tasks.scheduler", marks=pytest.mark.deep),
        pytest.param("redis-server", marks=pytest.mark.deep),
        pytest.param("granian", marks=pytest.mark.deep),
    ],
)
def test_killed_process_comes_back(running_app: AppProcess, name: str):
    killed = running_app.kill(name, spare="bin/supervise")
    assert killed
    wait_for(lambda: set(running_app.processes(name, spare="bin/supervise")) - killed, f"{name} to come back")
    wait_for(running_app.is_live, "an answer")


@pytest.mark.deep
def test_killed_supervisors_come_back_too(running_app: AppProcess):
    killed = running_app.kill("tasks.worker")
    wait_for(lambda: len(set(running_app.processes("tasks.worker")) - killed) >= len(killed), "the workers")
    wait_for(running_app.is_live, "an answer")


def test_second_start_keeps_the_data_and_nothing_outlives_an_end(running_app: AppProcess):
    """The first start is ended from the keyboard, the second is killed. It is the last test of the file."""
    before = _read_accounts(running_app.var)
    assert running_app.stop(signal.SIGINT) == 0
    assert running_app.processes() == {}
    with run_app(running_app.var, **running_app.settings) as second:
        after = _read_accounts(running_app.var)
        assert [row["secret"] for row in after] == [row["secret"] for row in before]
        assert f":{second.port}/" in after[0]["callback"] + after[1]["callback"]
        second.process.kill()
        wait_for(lambda: not second.processes(), "the rest to end")


def _read_accounts(var: Path) -> list[dict]:
    """The accounts, official ones first."""
    rows = json.loads((var / "sandbox" / "accounts.json").read_text())
    return sorted(rows, key=lambda row: row["kind"], reverse=True)
