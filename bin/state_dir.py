"""The state folder: `var/` or the folder of XIAOER_VAR, used by one `bin/run` at a time."""

import fcntl
import os
from pathlib import Path
from typing import TextIO

from bin.startup_errors import StartupError

PRIVATE_UMASK = 0o077  # files contain personal data, so only their owner may read them
ROOT = Path(__file__).resolve().parent.parent


def ensure_writable() -> Path:
    """Create the state folder if it is missing and return it.

    Raises StartupError if it is not writable.
    """
    folder = Path(os.environ.get("XIAOER_VAR", ROOT / "var")).resolve()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StartupError(
            f"Cannot write in {folder} ({error.strerror}): choose another with XIAOER_VAR=/path bin/run.",
            f"无法写入 {folder}，请用 XIAOER_VAR=/路径 bin/run 换一个目录。",
        ) from error
    return folder


def lock(folder: Path) -> TextIO:
    """Lock the state folder until this process ends.

    Raises StartupError if another process has locked it.
    """
    lock = (folder / "run.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip() or "?"
        raise StartupError(
            f"Another bin/run (process {holder}) already uses {folder}: stop it, or set another XIAOER_VAR.",
            f"另一个 bin/run（进程 {holder}）正在使用 {folder}，请先停掉它，或另设 XIAOER_VAR。",
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock
