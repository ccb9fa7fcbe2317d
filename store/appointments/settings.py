"""Settings of appointments (预约设置): for how long a request holds its place, cancellation and reminders."""

from pydantic import Field

from store.tenants import settings


class AppointmentSettings(settings.SettingsGroup, name="appointments"):
    """A request holds its place for `hold_minutes`, unless staff confirm it before.

    Customers cancel until `cancel_hours` before the beginning. Both reminders count from the beginning backwards; 0 is
    none.
    """

    hold_minutes: int = Field(default=120, ge=5, le=10_080)
    cancel_hours: int = Field(default=2, ge=0, le=168)
    first_reminder_hours: int = Field(default=24, ge=0, le=168)
    second_reminder_hours: int = Field(default=2, ge=0, le=168)

    @property
    def reminder_hours(self) -> tuple[int, ...]:
        """Return how many hours before the beginning a customer is reminded, the earliest first."""
        both = {self.first_reminder_hours, self.second_reminder_hours} - {0}
        return tuple(sorted(both, reverse=True))
