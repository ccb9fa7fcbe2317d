"""The configuration: the environment is read here, once, and nowhere else."""

import base64
import hashlib
import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from store.core.encryption import Keys

ADDRESSES_FILE = "addresses.json"
MAX_PORT = 65535
MAX_SOCKET_PATH_BYTES = 100  # sun_path holds 104 on macOS and 108 on Linux


class ConfigError(SystemExit):
    """A missing or invalid environment variable; the message says what is wrong and how to correct it.

    A process that does not catch it exits with this message.
    """


@dataclass(frozen=True)
class Config:
    """The configuration of a process. `sandbox_url` and `clock_file` are set only outside production.

    `sandbox_smtp_port` is 0 in production, and where the sandbox receives no e-mails.
    """

    environment: str
    var: Path
    database_url: str
    redis_url: str
    public_url: str
    sandbox_url: str | None
    sandbox_sms_key: str
    clock_file: Path | None
    trusted_proxies: int
    metrics_token: str
    keys: Keys
    sandbox_smtp_port: int = 0

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    @property
    def tenants_folder(self) -> Path:
        return self.var / "tenants"


def read(environ: Mapping[str, str] = os.environ) -> Config:
    """Read the configuration from the environment. Raises ConfigError."""
    environment = environ.get("XIAOER_ENV", "sandbox")
    if environment not in ("sandbox", "production"):
        raise ConfigError(f"XIAOER_ENV must be sandbox or production, not {environment!r}.")
    var = Path(environ.get("XIAOER_VAR", "var")).resolve()
    if environment == "sandbox":
        environ = {**_read_addresses(var), **environ}
    port = environ.get("PORT", "8000")
    sandbox_url = environ.get("SANDBOX_URL")
    if environment == "production" and sandbox_url:
        raise ConfigError("SANDBOX_URL is set in production: unset it, or set XIAOER_ENV=sandbox.")
    return Config(
        environment=environment,
        var=var,
        database_url=environ.get("DATABASE_URL") or f"sqlite:///{var / 'registry.db'}",
        redis_url=environ.get("REDIS_URL") or f"unix://{embedded_redis_socket(var)}",
        public_url=(environ.get("PUBLIC_URL") or f"http://127.0.0.1:{port}").rstrip("/"),
        sandbox_url=sandbox_url.rstrip("/") if sandbox_url else None,
        sandbox_sms_key=environ.get("SANDBOX_SMS_KEY", "sandbox-sms-key"),
        clock_file=None if environment == "production" else _sandbox_folder(environ, var) / "clock.json",
        trusted_proxies=_read_int(environ, "TRUSTED_PROXIES"),
        metrics_token=environ.get("METRICS_TOKEN", ""),
        keys=_read_keys(environ, var, is_production=environment == "production"),
        sandbox_smtp_port=0 if environment == "production" else _read_port(environ, "SANDBOX_SMTP_PORT"),
    )


@lru_cache(maxsize=1)
def current() -> Config:
    """Return the configuration of this process, read once."""
    return read()


def find_sudo_uid(environ: Mapping[str, str] = os.environ) -> int | None:
    """Return the uid of the user who ran `sudo`, or None.

    `SUDO_UID` counts only in a process of root: any other user can set it to the uid of a colleague.
    """
    text = environ.get("SUDO_UID", "")
    return int(text) if os.getuid() == 0 and re.fullmatch("[0-9]{1,10}", text) else None


def write_addresses(var: Path, *, public_url: str, sandbox_url: str, sandbox_smtp_port: int = 0) -> None:
    """Write the addresses of a demo installation, so that commands find them without settings."""
    addresses = {
        "PUBLIC_URL": public_url,
        "SANDBOX_URL": sandbox_url,
        "SANDBOX_SMTP_PORT": str(sandbox_smtp_port),
    }
    draft = var / "addresses.draft"
    draft.write_text(json.dumps(addresses))
    draft.replace(var / ADDRESSES_FILE)


def embedded_redis_socket(var: Path) -> Path:
    """Return the socket of the embedded Redis: in var/redis, or under /tmp if that path is too long."""
    path = var / "redis" / "redis.sock"
    if len(os.fsencode(path)) <= MAX_SOCKET_PATH_BYTES:
        return path
    return Path("/tmp") / f"xiaoer-{hashlib.sha256(os.fsencode(var)).hexdigest()[:16]}" / "redis.sock"  # noqa: S108


def _sandbox_folder(environ: Mapping[str, str], var: Path) -> Path:
    """Return the folder in which the sandbox keeps its state."""
    accounts_file = environ.get("SANDBOX_ACCOUNTS")
    return Path(accounts_file).parent if accounts_file else var / "sandbox"


def _read_addresses(var: Path) -> dict[str, str]:
    path = var / ADDRESSES_FILE
    return json.loads(path.read_text()) if path.exists() else {}


def _read_int(environ: Mapping[str, str], name: str) -> int:
    text = environ.get(name) or "0"
    if not re.fullmatch("[0-9]{1,2}", text):
        raise ConfigError(f"{name} must be a small whole number, not {text!r}.")
    return int(text)


def _read_port(environ: Mapping[str, str], name: str) -> int:
    text = environ.get(name) or "0"
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) > MAX_PORT:
        raise ConfigError(f"{name} must be a port, or 0 for none, not {text!r}.")
    return int(text)


def _read_keys(environ: Mapping[str, str], var: Path, *, is_production: bool) -> Keys:
    """Read `XIAOER_KEYS` (`id:base64,id:base64`, newest first) and `XIAOER_INDEX_KEY` (base64), 32 bytes each."""
    ring, index = environ.get("XIAOER_KEYS"), environ.get("XIAOER_INDEX_KEY")
    if not ring or not index:
        if is_production:
            raise ConfigError(
                "XIAOER_KEYS and XIAOER_INDEX_KEY are missing: make each with `openssl rand -base64 32`, "
                "set XIAOER_KEYS=k1:<key> and XIAOER_INDEX_KEY=<key>, and keep both outside the database."
            )
        ring, index = _load_or_create_dev_keys(var)
    pairs = [pair.partition(":")[::2] for pair in ring.split(",")]
    return Keys(
        encryption=tuple((key_id, _parse_key("XIAOER_KEYS", key)) for key_id, key in pairs),
        index=_parse_key("XIAOER_INDEX_KEY", index),
    )


def _load_or_create_dev_keys(var: Path) -> tuple[str, str]:
    """Load the keys of a demo installation or create them in var/keys.json, readable by the owner only."""
    path = var / "keys.json"
    if not path.exists():
        var.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = {"keys": f"k1:{_random_key()}", "index": _random_key()}
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(made))
        draft.chmod(0o600)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process of the same start was first: its keys are the ones
        finally:
            draft.unlink()
    kept = json.loads(path.read_text())
    return kept["keys"], kept["index"]


def _random_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _parse_key(name: str, text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise ConfigError(f"{name}: a key must be 32 bytes in base64 (`openssl rand -base64 32`).")
    return key
