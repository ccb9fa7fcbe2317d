"""Settings of messages: hours of marketing, the SMS budget of a day, and who sends e-mails."""

from datetime import datetime, time, timedelta

from pydantic import Field, model_validator

from store.core import clock
from store.tenants import business_days, settings


class MessageSettings(settings.SettingsGroup, name="messages"):
    """Marketing is sent from `marketing_from` to `marketing_until` o'clock, in the tenant's zone.

    `sms_per_day` limits notices and marketing by SMS, at `sms_alarm_percent` of it an error is logged. Codes have a
    budget of their own. `keep_days` is how long messages stay in the records.
    """

    marketing_from: int = Field(default=9, ge=0, le=23)
    marketing_until: int = Field(default=21, ge=1, le=24)
    sms_per_day: int = Field(default=10_000, ge=0, le=10_000_000)
    sms_alarm_percent: int = Field(default=80, ge=1, le=100)
    keep_days: int = Field(default=365, ge=30, le=3650)

    @model_validator(mode="after")
    def _check_hours(self) -> "MessageSettings":
        if self.marketing_from >= self.marketing_until:
            raise ValueError("开始时间应早于结束时间")
        return self


def next_marketing_time(now: datetime | None = None) -> datetime:
    """Return the next moment at which marketing may be sent: now, or the next opening hour."""
    now = now or clock.now()
    rules = settings.read(MessageSettings)
    local = business_days.to_local(now)
    if rules.marketing_from <= local.hour < rules.marketing_until:
        return now
    day = local.date() if local.hour < rules.marketing_from else local.date() + timedelta(days=1)
    opening = datetime.combine(day, time(rules.marketing_from), tzinfo=local.tzinfo)
    return opening.astimezone(now.tzinfo)
