"""What blocks a start is reported in one sentence."""

import shutil
from pathlib import Path

import pytest

from tests.support.app_process import ROOT, free_port, startup_error

pytestmark = pytest.mark.end_to_end


def test_old_python_is_reported(tmp_path: Path):
    for name in ("python3.13", "python3.12", "python3.11", "python3", "python"):
        (tmp_path / name).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    for name in ("bash", "dirname"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    said = startup_error(tmp_path / "var", XIAOER_VENV="", PATH=str(tmp_path))
    assert said.startswith("Xiaoer needs Python 3.11 or newer")
    assert said.count("\n") == 1


def test_folder_that_cannot_be_written_is_reported(tmp_path: Path):
    (tmp_path / "file").write_text("")
    said = startup_error(tmp_path / "file" / "var")
    assert said.startswith(f"Cannot write in {tmp_path / 'file' / 'var'}")
    assert "XIAOER_VAR=" in said
    assert said.count("\n") == 1


@pytest.mark.deep
def test_failed_installation_names_its_log(tmp_path: Path):
    copy = tmp_path / "application"
    shutil.copytree(ROOT / "bin", copy / "bin")
    (copy / "requirements.txt").write_text("no-such-library-of-xiaoer==1\n")
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:1", "PIP_RETRIES": "0", "XIAOER_VENV": ""}
    said = startup_error(tmp_path / "var", root=copy, **nowhere)
    log = tmp_path / "var" / "install.log"
    assert f"Installing the libraries failed: see {log}." in said
    assert "no-such-library-of-xiaoer" in log.read_text()
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"PORT": "cheese"}, "PORT=cheese is no port"),
        pytest.param({"PORT": "8000", "SANDBOX_PORT": "8000"}, "must be different", marks=pytest.mark.deep),
        ({"XIAOER_ENV": "production", "PORT": str(free_port())}, "XIAOER_KEYS"),
        ({"DATABASE_URL": "postgresql://127.0.0.1:1/none"}, "The database cannot be used"),
    ],
)
def test_wrong_setting_is_reported(tmp_path: Path, settings: dict[str, str], words: str):
    free = {name: str(free_port()) for name in ("PORT", "HEALTH_PORT", "SANDBOX_PORT", "SANDBOX_SMTP_PORT")}
    said = startup_error(tmp_path / "var", **{**free, **settings})
    assert words in said
    assert said.count("\n") == 1
