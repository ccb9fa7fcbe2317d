"""The environment: `.venv` with the libraries of a requirements file, installed again when the file changed.

Runs on a bare Python, so it uses the standard library only.
"""

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

from bin import state_dir
from bin.startup_errors import StartupError, report_startup_errors

FOLDER = state_dir.ROOT / ".venv"
PYTHON = FOLDER / "bin" / "python"
UV = "uv==0.13.8"


@report_startup_errors
def main(requirements: str) -> int:
    """Make the environment fit a requirements file. Raises StartupError."""
    log = state_dir.ensure_writable() / "install.log"
    stamp, wanted = FOLDER / f".{requirements}.sha256", _fingerprint(requirements)
    with _install_lock():
        if _is_usable() and stamp.exists() and stamp.read_text() == wanted:
            return 0
        print("Installing libraries, a minute or two … / 正在安装依赖，约一两分钟……", flush=True)
        with log.open("w") as output:
            if not _is_usable():
                _run([sys.executable, "-m", "venv", "--clear", FOLDER], output, log)
            _install(state_dir.ROOT / requirements, output, log)
        stamp.write_text(wanted)
    return 0


def _install(requirements: Path, output, log: Path) -> None:
    """Install with uv, which takes half the time, or with pip where uv cannot be installed or fails."""
    pip = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    uv = [PYTHON, "-m", "uv", "pip", "install", "--compile-bytecode", "--python", PYTHON, "-r", requirements]
    if all(_returns_zero(command, output) for command in ([*pip, UV], uv)):
        return
    _run([*pip, "-r", requirements], output, log)


def _install_lock():
    """Lock the environment with a file beside it. A second start waits until the first has installed."""
    try:
        lock = FOLDER.with_name(".venv.lock").open("w")
    except OSError as error:
        raise StartupError(
            f"Cannot write in {state_dir.ROOT} ({error.strerror}): give this user the right to write there.",
            f"无法写入 {state_dir.ROOT}，请给当前用户写权限。",
        ) from error
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def _is_usable() -> bool:
    """Return whether the environment's Python exists and starts. It does not if its base was removed."""
    if not PYTHON.exists():
        return False
    return subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True).returncode == 0


def _returns_zero(command: list, output) -> bool:
    done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    return done.returncode == 0


def _run(command: list, output, log: Path) -> None:
    if not _returns_zero(command, output):
        raise StartupError(f"Installing the libraries failed: see {log}.", f"安装依赖失败，详见 {log}。")


def _fingerprint(requirements: str) -> str:
    """Return a hash of the Python version and all requirements files, which include one another."""
    texts = [path.read_bytes() for path in sorted(state_dir.ROOT.glob("requirements*.txt"))]
    return hashlib.sha256(b"\0".join([sys.version.encode(), requirements.encode(), *texts])).hexdigest()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
