"""The demo company's records as a stranger reads them: plain SQL, nothing of ours in between."""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import psycopg

from tests.stories.house import House

_EARNED = """
    SELECT identity.subject, point_entry.behaviour, point_entry.value
    FROM point_entry
    JOIN point_account ON point_account.id = point_entry.account_id
    JOIN member ON member.id = point_account.member_id
    JOIN identity ON identity.customer_id = member.customer_id
    WHERE identity.provider = 'wechat'
"""
_CHECKED_IN = """
    SELECT identity.subject FROM check_in
    JOIN member ON member.id = check_in.member_id
    JOIN identity ON identity.customer_id = member.customer_id
    WHERE identity.provider = 'wechat'
"""


class Records:
    """Every look is a connection of its own."""

    def __init__(self, house: House) -> None:
        self._file = house.var / "tenants" / "demo.db"
        self._url = house.environ.get("DATABASE_URL")

    def execute(self, sql: str) -> Sequence[tuple[Any, ...]]:
        """The rows of a query; a change is committed and has none."""
        if self._url:
            options = "-c search_path=tenant_demo"
            with psycopg.connect(self._url, options=options, autocommit=True) as connection:
                cursor = connection.execute(sql)
                return cursor.fetchall() if cursor.description else []
        with closing(sqlite3.connect(self._file, timeout=30, isolation_level=None)) as connection:
            return connection.execute(sql).fetchall()

    def earned(self) -> Counter[tuple[str, str]]:
        """How many point entries each openid has for each behaviour."""
        return Counter((openid, behaviour) for openid, behaviour, _ in self.execute(_EARNED))

    def check_ins(self) -> Counter[str]:
        """How many check-ins each openid has."""
        return Counter(openid for (openid,) in self.execute(_CHECKED_IN))

    def deliveries(self) -> dict[str, int]:
        """How many deliveries are in each state."""
        return dict(self.execute("SELECT state, count(*) FROM delivery GROUP BY state"))

    def drained(self) -> bool:
        return "pending" not in self.deliveries()

    def leased(self) -> int:
        return self.execute("SELECT count(*) FROM delivery WHERE lease IS NOT NULL")[0][0]

    def let_leases_run_out(self) -> None:
        """Half a minute passes for those who died: their leases are of yesterday."""
        self.execute("UPDATE delivery SET lease_until = '2020-01-01 00:00:00' WHERE lease IS NOT NULL")
