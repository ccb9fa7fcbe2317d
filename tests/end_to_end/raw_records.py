"""The demo tenant's records as a stranger reads them: plain SQL, nothing of ours in between."""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import psycopg

from tests.end_to_end.running_app import RunningApp

_POINTS_SQL = """
    SELECT identity.subject, point_entry.behaviour, point_entry.value
    FROM point_entry
    JOIN point_account ON point_account.id = point_entry.account_id
    JOIN member ON member.id = point_account.member_id
    JOIN identity ON identity.customer_id = member.customer_id
    WHERE identity.provider = 'wechat'
"""
_CHECK_INS_SQL = """
    SELECT identity.subject FROM check_in
    JOIN member ON member.id = check_in.member_id
    JOIN identity ON identity.customer_id = member.customer_id
    WHERE identity.provider = 'wechat'
"""


class Records:
    """Every look is a connection of its own."""

    def __init__(self, running_app: RunningApp) -> None:
        self._file = running_app.var / "tenants" / "demo.db"
        self._url = running_app.environ.get("DATABASE_URL")

    def execute(self, sql: str) -> Sequence[tuple[Any, ...]]:
        """The rows of a query; a change is committed and has none."""
        if self._url:
            options = "-c search_path=tenant_demo"
            with psycopg.connect(self._url, options=options, autocommit=True) as connection:
                cursor = connection.execute(sql)
                return cursor.fetchall() if cursor.description else []
        with closing(sqlite3.connect(self._file, timeout=30, isolation_level=None)) as connection:
            return connection.execute(sql).fetchall()

    def count_point_entries(self) -> Counter[tuple[str, str]]:
        """How many point entries each openid has for each behaviour."""
        return Counter((openid, behaviour) for openid, behaviour, _ in self.execute(_POINTS_SQL))

    def count_check_ins(self) -> Counter[str]:
        """How many check-ins each openid has."""
        return Counter(openid for (openid,) in self.execute(_CHECK_INS_SQL))

    def count_deliveries(self) -> dict[str, int]:
        """How many deliveries are in each state."""
        return dict(self.execute("SELECT state, count(*) FROM event_delivery GROUP BY state"))

    def is_drained(self) -> bool:
        return "pending" not in self.count_deliveries()

    def count_leased(self) -> int:
        return self.execute("SELECT count(*) FROM event_delivery WHERE lease IS NOT NULL")[0][0]

    def expire_leases(self) -> None:
        """Half a minute passes for those who died: their leases are of yesterday."""
        self.execute("UPDATE event_delivery SET lease_until = '2020-01-01 00:00:00' WHERE lease IS NOT NULL")
