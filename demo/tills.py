"""The till of the demo chain: a terminal, a cashier and a manager, with a file that `bin/run` reads."""

import json
import os
from pathlib import Path
from typing import Any

from store.shops import shops
from store.tenants import settings
from store.tills import cashiers, terminals
from store.tills.till_settings import TillSettings

TERMINAL, TERMINAL_NAME = "T1", "一号收银台"
CASHIERS = (
    {"number": "1001", "name": "小李", "pin": "258036", "rights": ["sell"]},
    {
        "number": "9001", "name": "王店长", "pin": "741852",
        "rights": ["sell", "lower_price", "round_down", "refund", "top_up", "adjust_points", "manager"],
    },
)  # fmt: skip


def file_of(var: Path) -> Path:
    """Return the file with the terminal's secret and the PINs of the demo."""
    return var / "sandbox" / "till.json"


def seed_till(var: Path) -> None:
    """Add a terminal and two cashiers to the first shop. Idempotent.

    The secret is shown only once, so it is kept in a file that only its owner can read. A lost file is written again
    with a new secret. What a user changed about the cashiers stays.
    """
    rows, _ = shops.list_shops(page_size=1)
    shop = rows[0]
    existing = {row.number for row in cashiers.list_cashiers()}
    for values in CASHIERS:
        if values["number"] not in existing:
            cashiers.add(**values, shop=shop)  # type: ignore[arg-type]
    known = {row.code: row for row in terminals.list_terminals()}.get(TERMINAL)
    path = file_of(var)
    if known is None:
        settings.change(TillSettings, round_down_to_fen=10)
        _write(path, terminals.add(code=TERMINAL, name=TERMINAL_NAME, shop=shop).secret)
    elif not path.exists():
        _write(path, terminals.renew_secret(known).secret)


def read(var: Path) -> dict[str, Any] | None:
    """Return the terminal, its secret and the cashiers of the demo, or None without a demo."""
    path = file_of(var)
    return json.loads(path.read_text()) if path.exists() else None


def _write(path: Path, secret: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    values = {"terminal": TERMINAL, "secret": secret, "cashiers": CASHIERS}
    draft.write_text(json.dumps(values, ensure_ascii=False, indent=2))
    draft.replace(path)
