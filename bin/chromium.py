"""Chromium for the browser tests: the one that is there, or Debian's, installed when we may."""

import os
import shutil
import subprocess
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
PACKAGES = ("chromium", "fonts-noto-cjk")  # without the fonts the pages' Chinese is empty boxes


def find_or_install() -> str | None:
    """The path of a Chromium; None where there is none and none can be installed."""
    return _find() or (_find() if _install() else None)


def _find() -> str | None:
    return next((path for path in map(shutil.which, NAMES) if path), None)


def _install() -> bool:
    """On Debian as root, with apt-get; elsewhere that is for the owner of the machine to decide."""
    if os.getuid() != 0 or not Path("/etc/debian_version").exists():
        return False
    print("Installing Chromium … / 正在安装 Chromium……", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES]
    for command in (["apt-get", "update", "-qq"], install):
        if subprocess.run(command, env=environment, stdout=subprocess.DEVNULL).returncode:
            return False
    return True
