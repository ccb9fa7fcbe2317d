"""The administrator of the demo chain's console, with a one-time link that `bin/run` prints."""

import json
import os
from pathlib import Path

from store.staff import account_changes, accounts, roles, sign_in_links

TENANT, LOGIN, NICKNAME = "demo", "admin", "管理员"


def seed_staff() -> None:
    """Add the administrator, who has no password yet. An existing account is not changed."""
    if accounts.find_by_login(LOGIN) is None:
        account_changes.add(login=LOGIN, role_keys=[roles.ADMIN], nickname=NICKNAME)


def renew_link(var: Path) -> None:
    """Write a new one-time link of the administrator, which replaces the one of an earlier start.

    A disabled administrator gets none.
    """
    account = accounts.get_by_login(LOGIN)
    _file_of(var).unlink(missing_ok=True)
    if account.state == "active":
        _write(_file_of(var), sign_in_links.issue(account).path)


def read_link(var: Path) -> str | None:
    """Return the path of the link with its secret, or None without a demo."""
    path = _file_of(var)
    return str(json.loads(path.read_text())["link"]) if path.exists() else None


def _file_of(var: Path) -> Path:
    return var / "sandbox" / "console.json"


def _write(path: Path, link: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps({"link": link}))
    draft.replace(path)
