"""Columns that both databases store alike: UTC times, days, JSON and encrypted text."""

import json
from datetime import UTC, date, datetime
from typing import Any

import peewee

from store.core import encryption


def to_naive_utc(moment: datetime) -> datetime:
    """Return an aware time as both databases store it: in UTC and without a zone."""
    return (moment if moment.tzinfo is UTC else moment.astimezone(UTC)).replace(tzinfo=None)


class UtcDateTimeField(peewee.DateTimeField):
    """An aware UTC datetime, stored without zone so that both databases sort it alike."""

    def db_value(self, value: datetime | None) -> datetime | None:
        return to_naive_utc(value) if isinstance(value, datetime) else value

    def python_value(self, value: str | datetime | None) -> datetime | None:
        if value is None:
            return None
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.replace(tzinfo=UTC)


class DateField(peewee.DateField):
    """A business day."""

    def python_value(self, value: str | date | None) -> date | None:
        return date.fromisoformat(value) if isinstance(value, str) else value


class JsonField(peewee.TextField):
    """Any JSON value, stored as compact text."""

    def db_value(self, value: Any) -> Any:
        if value is None or isinstance(value, peewee.Node):
            return value
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)

    def python_value(self, value: str | None) -> Any:
        return None if value is None else json.loads(value)


class EncryptedField(peewee.TextField):
    """Text encrypted with the keyring; look-ups use a blind index in a column of its own.

    `context` is bound into each value, so a value cannot be copied to another column. It is fixed here and
    not derived from the names of table and column: stored values stay readable after a rename.
    """

    def __init__(self, *, context: str, **options: Any) -> None:
        super().__init__(**options)
        self.context = context

    def db_value(self, value: str | None) -> Any:
        if value is None or isinstance(value, peewee.Node):
            return value
        return encryption.encrypt(value, context=self.context)

    def python_value(self, value: str | None) -> str | None:
        return None if value is None else encryption.decrypt(value, context=self.context)
