"""The statements that a piece of code sends to SQLite, and the full scans in their plans."""

import logging
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from store.core.database import db

# Tables that grow with time or with the number of people.
GROWING = frozenset(
    {
        "check_in", "coupon", "coupon_gift", "coupon_redemption", "customer", "event", "event_delivery", "follow",
        "identity", "lot_allocation", "member", "point_account", "point_entry", "point_lot", "point_payment",
        "point_reversal", "purchase", "purchase_return", "reminder", "session", "sms_code", "stock_level",
        "stock_movement", "stock_reservation", "stored_response", "stored_value_account", "stored_value_entry",
        "stored_value_payment", "tier_record", "top_up",
    }
)  # fmt: skip
Statement = tuple[str, tuple]


@contextmanager
def captured_statements() -> Iterator[list[Statement]]:
    """Yield a list that grows with every statement that peewee executes."""
    found: list[Statement] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if isinstance(record.msg, tuple):
                sql, params = record.msg
                found.append((sql, tuple(params or ())))

    logger, handler = logging.getLogger("peewee"), Handler()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield found
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def list_scans(statements: list[Statement], *, growing: Collection[str] = GROWING) -> list[str]:
    """Return the statements that read all rows of a growing table."""
    return [
        f"{step} in {sql}"
        for sql, plan in _explain_all(statements)
        for _, step in plan
        if _scanned_table(step, sql) in growing
    ]


def list_repeated_scans(statements: list[Statement]) -> list[str]:
    """Return the statements that read all rows of a growing table more than once, for each row of another."""
    found = []
    for sql, plan in _explain_all(statements):
        scans: dict[int, int] = {}
        for ancestors, step in plan:
            if _scanned_table(step, sql) not in GROWING:
                continue
            scans[ancestors[-1][0]] = scans.get(ancestors[-1][0], 0) + 1
            if scans[ancestors[-1][0]] > 1 or any("CORRELATED" in text for _, text in ancestors):
                found.append(f"{step} in {sql}")
    return found


def _explain_all(
    statements: list[Statement],
) -> Iterator[tuple[str, list[tuple[list[tuple[int, str]], str]]]]:
    """Yield each different statement with the steps of its plan and what these are part of.

    Statements to the registry, another database, are left out.
    """
    seen: set[str] = set()
    for sql, params in statements:
        if (
            sql in seen
            or '"account_key"' in sql
            or not re.match(r"\s*(SELECT|UPDATE|DELETE|INSERT|WITH)", sql)
        ):
            continue
        seen.add(sql)
        yield sql, _explain(sql, params)


def _explain(sql: str, params: tuple) -> list[tuple[list[tuple[int, str]], str]]:
    rows: list[Any] = db.database.execute_sql(f"EXPLAIN QUERY PLAN {sql}", params).fetchall()
    steps = {row[0]: (row[1], row[3]) for row in rows}

    def ancestors(parent: int) -> list[tuple[int, str]]:
        if parent == 0:
            return [(0, "")]
        above, text = steps[parent]
        return [*ancestors(above), (parent, text)]

    return [(ancestors(parent), text) for parent, text in steps.values()]


def _scanned_table(step: str, sql: str) -> str | None:
    """Return the table of a step `SCAN t1`; searches by an index or key are no scans."""
    found = re.match(r"SCAN (?:TABLE )?(\w+)", step)
    if found is None:
        return None
    alias = re.search(rf'"(\w+)" AS "{found[1]}"', sql)
    return alias[1] if alias else found[1]
