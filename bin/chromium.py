"""Chromium for the browser tests: an installed one, or the package of Debian."""

import os
import shutil
import subprocess
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
PACKAGES = ("chromium", "fonts-noto-cjk")  # without the fonts Chinese text is shown as empty boxes


def find_or_install() -> str | None:
    """Return the path of Chromium, or None if there is none and it cannot be installed."""
    return _find() or (_find() if _install() else None)


def _find() -> str | None:
    return next((path for path in map(shutil.which, NAMES) if path), None)


def _install() -> bool:
    """Install Chromium with apt-get if this is Debian and the user is root."""
    if os.getuid() != 0 or not Path("/etc/debian_version").exists():
        return False
    print("Installing Chromium … / 正在安装 Chromium……", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES]
    for command in (["apt-get", "update", "-qq"], install):
        if subprocess.run(command, env=environment, stdout=subprocess.DEVNULL).returncode:
            return False
    return True
