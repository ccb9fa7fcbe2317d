"""The start of all processes on one machine, which `bin/run` calls when the virtual environment is ready."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import config
from bin import addresses, state_dir
from bin.addresses import Address
from bin.startup_errors import report_startup_errors
from bin.supervisor import Supervisor
from demo import staff, tills

STARTUP_TIMEOUT_S = 120.0
GRACE_S = 9.0  # honcho gives its processes 5 s


@report_startup_errors
def main() -> int:
    """Check the machine, prepare the databases, and run all processes until a signal stops them."""
    os.umask(state_dir.PRIVATE_UMASK)
    folder = state_dir.ensure_writable()
    lock = state_dir.lock(folder)
    listening = addresses.read(os.environ)
    environment = _process_environment(folder, listening)
    if "SANDBOX_URL" in environment:
        config.write_addresses(
            folder,
            public_url=environment["PUBLIC_URL"],
            sandbox_url=environment["SANDBOX_URL"],
            sandbox_smtp_port=int(environment["SANDBOX_SMTP_PORT"]),
        )
    prepared = subprocess.run([sys.executable, "-m", "bin.migrate_and_seed"], env=environment)
    if prepared.returncode:
        return prepared.returncode  # it has printed the reason
    launcher = Launcher(listening, environment)
    launcher.run()
    lock.close()
    return launcher.status


class Launcher:
    """The running application: honcho under a supervisor, and a thread that prints the addresses."""

    def __init__(self, listening: list[Address], environment: dict[str, str]) -> None:
        self.status = 0
        self._addresses, self._environment = listening, environment
        self._honcho = Supervisor(_honcho_command(environment), env=environment, grace_s=GRACE_S)

    def run(self) -> None:
        threading.Thread(target=self._announce, daemon=True).start()
        self._honcho.run()

    def _announce(self) -> None:
        late = addresses.wait_until_live(self._addresses, timeout_s=STARTUP_TIMEOUT_S)
        if late is None:
            print(_format_addresses(self._environment), flush=True)
            return
        print(
            f"The {late.name} did not answer on {late.url} within {STARTUP_TIMEOUT_S:g} s: its log is above. / "
            f"{late.url} 未能按时启动，日志见上。",
            file=sys.stderr,
            flush=True,
        )
        self.status = 1
        self._honcho.stop()


def _process_environment(folder: Path, listening: list[Address]) -> dict[str, str]:
    """Return the environment of the processes, with the folder and the addresses of this start."""
    urls = {address.name: address.url for address in listening}
    web = listening[0]
    environment = {
        **os.environ,
        "XIAOER_VAR": str(folder),
        "HOST": web.host,
        "PORT": str(web.port),
        "HEALTH_HOST": listening[1].host,
        "HEALTH_PORT": str(listening[1].port),
        "PUBLIC_URL": os.environ.get("PUBLIC_URL") or web.url,
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(state_dir.ROOT),
    }
    if "sandbox" in urls:
        environment |= {
            "SANDBOX_URL": urls["sandbox"],
            "SANDBOX_PORT": str(listening[2].port),
            "SANDBOX_SMTP_PORT": str(listening[3].port) if len(listening) > 3 else "0",
            "SANDBOX_ACCOUNTS": str(folder / "sandbox" / "accounts.json"),
        }
    return environment


def _honcho_command(environment: dict[str, str]) -> list[str]:
    """Return the honcho command with the processes that this start needs.

    The option `-e` prevents honcho from reading a `.env` file, which belongs to production hosts.
    """
    processes = ["web", "health", "worker", "scheduler"]
    processes += [] if environment.get("REDIS_URL") else ["redis"]
    processes += ["sandbox"] if "SANDBOX_URL" in environment else []
    honcho = [sys.executable, "-m", "honcho", "-e", os.devnull, "-f", "Procfile"]
    return [*honcho, "start", "-c", "worker=2", "-p", environment["PORT"], *processes]


def _format_addresses(environment: dict[str, str]) -> str:
    base = environment["PUBLIC_URL"].rstrip("/")
    rows = [(f"{base}/docs", "接口文档 API docs"), (_health_url(environment), "健康检查 health")]
    if "SANDBOX_URL" in environment:  # the demo tenants exist only with the sandbox
        phone = f"{environment['SANDBOX_URL']}/"
        rows = [
            (f"{base}/", "起始页 start page"),
            (phone, "手机页 phone page"),
            (f"{base}/m/me?a=demo", "会员页 H5"),
            (f"{base}/till", "收银台 till"),
            (f"{base}/console", "商家后台 console"),
            *rows,
        ]
    width, line = max(len(url) for url, _ in rows), "─" * 64
    lines = "\n".join(f"  {url.ljust(width)}  {label}" for url, label in rows)
    demo = _format_till(environment) + _format_console(environment) if "SANDBOX_URL" in environment else ""
    return (
        f"{line}\n小二已就绪 · Xiaoer is up\n{lines}\n{demo}按 Ctrl-C 停止 · Ctrl-C stops all of it\n{line}"
    )


def _format_till(environment: dict[str, str]) -> str:
    """Return the sign-in of the demo's till: the secret of its terminal and the PINs of its cashiers."""
    till = tills.read(Path(environment["XIAOER_VAR"]))
    if till is None:
        return ""
    pins = "、".join(f"{each['number']} {each['name']} PIN {each['pin']}" for each in till["cashiers"])
    return f"  收银台登录 till sign-in：终端 {till['terminal']}，收银员 {pins}\n  终端密钥 secret：{till['secret']}\n"


def _format_console(environment: dict[str, str]) -> str:
    """Return the one-time link of the demo's administrator."""
    path = staff.read_link(Path(environment["XIAOER_VAR"]))
    if path is None:
        return ""
    base = environment["PUBLIC_URL"].rstrip("/")
    return (
        f"  后台登录 console sign-in：商家 {staff.TENANT}，账号 {staff.LOGIN}\n"
        f"  一次性链接（24 小时内） one-time link：{base}{path}\n"
    )


def _health_url(environment: dict[str, str]) -> str:
    return f"http://127.0.0.1:{environment['HEALTH_PORT']}/health/ready"


if __name__ == "__main__":
    sys.exit(main())
