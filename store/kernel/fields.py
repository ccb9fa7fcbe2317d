"""Columns that both databases store alike: moments, days, JSON and encrypted text."""

import json
from datetime import UTC, date, datetime
from typing import Any

import peewee

from store.kernel import secrets


class Moment(peewee.DateTimeField):
    """An aware UTC datetime, stored without zone so that it reads and sorts alike in both databases."""

    def db_value(self, value: datetime | None) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value

    def python_value(self, value: str | datetime | None) -> datetime | None:
        if value is None:
            return None
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.replace(tzinfo=UTC)


class Day(peewee.DateField):
    """A business day."""

    def python_value(self, value: str | date | None) -> date | None:
        return date.fromisoformat(value) if isinstance(value, str) else value


class Json(peewee.TextField):
    """Any JSON value, stored as compact text."""

    def db_value(self, value: Any) -> Any:
        if value is None or isinstance(value, peewee.Node):
            return value
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)

    def python_value(self, value: str | None) -> Any:
        return None if value is None else json.loads(value)


class Encrypted(peewee.TextField):
    """Text that only the key ring can read; searching goes through a blind index beside it."""

    def db_value(self, value: str | None) -> Any:
        if value is None or isinstance(value, peewee.Node):
            return value
        return secrets.encrypt(value, context=self.context)

    def python_value(self, value: str | None) -> str | None:
        return None if value is None else secrets.decrypt(value, context=self.context)

    @property
    def context(self) -> str:
        return f"{self.model._meta.table_name}.{self.column_name}"
