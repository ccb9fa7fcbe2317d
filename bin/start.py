"""The start of the whole house on one machine: `bin/run` comes here once the environment is ready."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import config
from bin import addresses, place
from bin.addresses import Address
from bin.keeper import Keeper
from bin.obstacles import told

LIVE_WITHIN_S = 60.0
GRACE_S = 9.0  # honcho gives its processes 5 s


@told
def main() -> int:
    """Check the place, prepare the records, then keep every process running until told to stop."""
    os.umask(place.STRANGERS)
    folder = place.ready()
    lock = place.take(folder)
    opened = addresses.read(os.environ)
    environment = _environment(folder, opened)
    if "SANDBOX_URL" in environment:
        config.tell_addresses(
            folder, public_url=environment["PUBLIC_URL"], sandbox_url=environment["SANDBOX_URL"]
        )
    prepared = subprocess.run([sys.executable, "-m", "bin.prepare"], env=environment)
    if prepared.returncode:
        return prepared.returncode  # it has said why
    start = Start(opened, environment)
    start.run()
    lock.close()
    return start.status


class Start:
    """The running house: honcho under a keeper, and whoever waits to tell its addresses."""

    def __init__(self, opened: list[Address], environment: dict[str, str]) -> None:
        self.status = 0
        self._opened, self._environment = opened, environment
        self._honcho = Keeper(_command(environment), env=environment, grace_s=GRACE_S)

    def run(self) -> None:
        threading.Thread(target=self._tell, daemon=True).start()
        self._honcho.run()

    def _tell(self) -> None:
        late = addresses.wait_until_live(self._opened, timeout_s=LIVE_WITHIN_S)
        if late is None:
            print(_addresses(self._environment), flush=True)
            return
        print(
            f"The {late.name} did not answer on {late.url} within {LIVE_WITHIN_S:g} s: its log is above. / "
            f"{late.url} 未能按时启动，日志见上。",
            file=sys.stderr,
            flush=True,
        )
        self.status = 1
        self._honcho.stop()


def _environment(folder: Path, opened: list[Address]) -> dict[str, str]:
    """What every process gets: the same place and the same addresses, whatever the defaults are elsewhere."""
    urls = {address.name: address.url for address in opened}
    web = opened[0]
    chosen = {
        **os.environ,
        "XIAOER_VAR": str(folder),
        "HOST": web.host,
        "PORT": str(web.port),
        "PUBLIC_URL": os.environ.get("PUBLIC_URL") or web.url,
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(place.ROOT),
    }
    if "sandbox" in urls:
        chosen |= {
            "SANDBOX_URL": urls["sandbox"],
            "SANDBOX_PORT": str(opened[1].port),
            "SANDBOX_ACCOUNTS": str(folder / "sandbox" / "accounts.json"),
        }
    return chosen


def _command(environment: dict[str, str]) -> list[str]:
    """Only what this start needs of the Procfile; a `.env` file is a host's, so it is left out here."""
    wanted = ["web", "worker", "clock"]
    wanted += [] if environment.get("REDIS_URL") else ["redis"]
    wanted += ["sandbox"] if "SANDBOX_URL" in environment else []
    honcho = [sys.executable, "-m", "honcho", "-e", os.devnull, "-f", "Procfile"]
    return [*honcho, "start", "-c", "worker=2", "-p", environment["PORT"], *wanted]


def _addresses(environment: dict[str, str]) -> str:
    base = environment["PUBLIC_URL"].rstrip("/")
    rows = [(f"{base}/docs", "接口文档 API docs"), (f"{base}/health/ready", "健康检查 health")]
    if "SANDBOX_URL" in environment:  # and with it the trial company
        phone = f"{environment['SANDBOX_URL']}/"
        rows = [(phone, "手机页 phone page"), (f"{base}/m/me?a=demo", "会员页 H5"), *rows]
    width, line = max(len(url) for url, _ in rows), "─" * 64
    listed = "\n".join(f"  {url.ljust(width)}  {label}" for url, label in rows)
    return f"{line}\n小二已就绪 · Xiaoer is up\n{listed}\n按 Ctrl-C 停止 · Ctrl-C stops all of it\n{line}"


if __name__ == "__main__":
    sys.exit(main())
