"""The first preparation of a host that keeps its records in SQLite: no folder is there yet."""

import subprocess
import sys
from pathlib import Path

from tests.support.app_process import ROOT, clean_environment

KEY = "MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE="


def test_production_begins_in_a_folder_of_its_own_without_a_demo_tenant(tmp_path: Path):
    var = tmp_path / "state" / "var"
    settings = {"XIAOER_ENV": "production", "XIAOER_KEYS": f"k1:{KEY}", "XIAOER_INDEX_KEY": KEY}
    command = [sys.executable, "-m", "bin.migrate_and_seed"]
    done = subprocess.run(
        command, cwd=ROOT, env=clean_environment(var, **settings), capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert var.stat().st_mode & 0o777 == 0o700
    assert (var / "registry.db").stat().st_mode & 0o777 == 0o600
    assert not (var / "tenants").exists()
