"""The network addresses on which `bin/run` starts the web server, the health checks and the sandbox."""

import http.client
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass

from bin.startup_errors import StartupError

ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound to
LOOPBACK = "127.0.0.1"
MAX_PORT = 65535


@dataclass(frozen=True)
class Address:
    """An address of a server. `variable` is the setting that changes its port."""

    name: str
    variable: str
    host: str
    port: int
    scheme: str = "http"

    @property
    def url(self) -> str:
        """Return the URL for a browser or a mail client on this machine."""
        host = LOOPBACK if self.host in ANY_ADDRESS else self.host
        return (
            f"{self.scheme}://[{host}]:{self.port}" if ":" in host else f"{self.scheme}://{host}:{self.port}"
        )


def read(environ: Mapping[str, str]) -> list[Address]:
    """Return the addresses of the web server, the health checks and, outside production, the sandbox.

    The sandbox has a second one for SMTP, unless SANDBOX_SMTP_PORT is 0. Raises StartupError if an address is in use.
    """
    host = environ.get("HOST") or LOOPBACK
    addresses = [
        Address("web", "PORT", host, _read_port(environ, "PORT", 8000)),
        Address(
            "health", "HEALTH_PORT", environ.get("HEALTH_HOST") or LOOPBACK,
            _read_port(environ, "HEALTH_PORT", 8001),
        ),
    ]  # fmt: skip
    if environ.get("XIAOER_ENV", "sandbox") != "production":
        addresses.append(
            Address("sandbox", "SANDBOX_PORT", LOOPBACK, _read_port(environ, "SANDBOX_PORT", 8100))
        )
        if environ.get("SANDBOX_SMTP_PORT") != "0":
            smtp_port = _read_port(environ, "SANDBOX_SMTP_PORT", 8125)
            addresses.append(
                Address("sandbox's SMTP server", "SANDBOX_SMTP_PORT", LOOPBACK, smtp_port, "smtp")
            )
    if len({address.port for address in addresses}) < len(addresses):
        raise StartupError(
            "PORT, HEALTH_PORT, SANDBOX_PORT and SANDBOX_SMTP_PORT must be different numbers.",
            "PORT、HEALTH_PORT、SANDBOX_PORT、SANDBOX_SMTP_PORT 不能相同。",
        )
    for address in addresses:
        _ensure_free(address, taken={other.port for other in addresses})
    return addresses


def is_live(address: Address) -> bool:
    """Return whether the server at the address answers its liveness check, or greets as an SMTP server."""
    if address.scheme == "smtp":
        return _is_greeting(address)
    connection = http.client.HTTPConnection(address.url.removeprefix("http://"), timeout=2)
    try:
        connection.request("GET", "/health/live")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def wait_until_live(addresses: list[Address], *, timeout_s: float) -> Address | None:
    """Wait until all addresses answer, and return the first that did not within the timeout."""
    deadline = time.monotonic() + timeout_s
    for address in addresses:
        while not is_live(address):
            if time.monotonic() > deadline:
                return address
            time.sleep(0.2)
    return None


def _is_greeting(address: Address) -> bool:
    try:
        with socket.create_connection((address.host, address.port), timeout=2) as connection:
            return connection.recv(4) == b"220 "
    except OSError:
        return False


def _read_port(environ: Mapping[str, str], variable: str, default: int) -> int:
    text = environ.get(variable) or str(default)
    if not text.isdecimal() or not 1 <= int(text) <= MAX_PORT:
        raise StartupError(
            f"{variable}={text} is no port: use 1–{MAX_PORT}.", f"{variable}={text} 不是有效端口。"
        )
    return int(text)


def _ensure_free(address: Address, *, taken: set[int]) -> None:
    reason = _bind_error(address.host, address.port)
    if reason is None:
        return
    candidates = range(address.port + 1, min(address.port + 100, MAX_PORT))
    free_port = next(
        (port for port in candidates if port not in taken and not _bind_error(address.host, port)), None
    )
    advice = f"{address.variable}={free_port or 'N'} bin/run"
    raise StartupError(
        f"Port {address.port} of the {address.name} cannot be opened, {reason}: start with {advice}.",
        f"端口 {address.port} 无法使用，请改用 {advice} 启动。",
    )


def _bind_error(host: str, port: int) -> str | None:
    """Return why a server cannot listen on the address, or None if it can."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        return (error.strerror or str(error)).lower()
    return None
