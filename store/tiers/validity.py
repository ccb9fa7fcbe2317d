"""Validity of points and tiers: so many days, until a fixed day some years on, or unlimited."""

import calendar
from datetime import date, timedelta
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from store.core.database.fields import JsonField


class Validity(BaseModel):
    """`days`, or `years` with `month` and `day`, or nothing for unlimited validity."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    days: int | None = Field(default=None, ge=1, le=3650)
    years: int | None = Field(default=None, ge=0, le=10)
    month: int | None = Field(default=None, ge=1, le=12)
    day: int | None = Field(default=None, ge=1, le=31)

    @model_validator(mode="after")
    def _exactly_one_form(self) -> Self:
        dated = [part is not None for part in (self.years, self.month, self.day)]
        if any(dated) and (not all(dated) or self.days is not None):
            raise ValueError("有效期应为若干天，或几年后的某月某日")
        return self

    def last_day(self, start: date) -> date | None:
        """Return the last day of what starts on a day, or None if it is unlimited.

        A fixed date that is not after the start comes a year later; the 31st of a shorter month is its last day.
        """
        if self.days is not None:
            return start + timedelta(days=self.days)
        if self.years is None or self.month is None or self.day is None:
            return None
        found = _clamped_date(start.year + self.years, self.month, self.day)
        return found if found > start else _clamped_date(found.year + 1, self.month, self.day)

    @property
    def label(self) -> str:
        """The validity in the words of an operator."""
        if self.days is not None:
            return f"{self.days} 天"
        return "不限" if self.years is None else f"{self.years} 年，至 {self.month} 月 {self.day} 日"


UNLIMITED = Validity()


class ValidityField(JsonField):
    """A column that stores a Validity."""

    def db_value(self, value: object) -> object:
        return super().db_value(value.model_dump(exclude_none=True) if isinstance(value, Validity) else value)

    def python_value(self, value: str | None) -> Validity:
        return Validity.model_validate(super().python_value(value) or {})


def _clamped_date(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))
