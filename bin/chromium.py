"""Chromium for the browser tests: an installed one, or the package of Debian.

The headless shell is preferred: a new browser context takes it a fifth of the processor time of the whole browser.
"""

import os
import shutil
import subprocess
from pathlib import Path

SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome")
PACKAGES = (SHELL, "fonts-noto-cjk")  # without the fonts Chinese text is shown as empty boxes
INSTALL_TIMEOUT_S = 120  # for each command: without the network apt-get tries again and again


def find_or_install() -> str | None:
    """Return the path of the shell, or of another Chromium where the shell cannot be installed, or None."""
    if shutil.which(SHELL) is None:
        _install()
    return find()


def find() -> str | None:
    """Return the path of the preferred Chromium that is installed, or None."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def _install() -> None:
    """Install Chromium with apt-get if this is Debian and the user is root."""
    if os.getuid() != 0 or not Path("/etc/debian_version").exists():
        return
    print("Installing Chromium … / 正在安装 Chromium……", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES]
    for command in (["apt-get", "update", "-qq"], install):
        try:
            subprocess.run(
                command, env=environment, stdout=subprocess.DEVNULL, timeout=INSTALL_TIMEOUT_S, check=True
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return
