"""Settings of a tenant: one row per group, typed by a pydantic model whose defaults apply until they are changed.

Each module declares its own group: `class CheckInSettings(settings.SettingsGroup, name="check_in"): points: int = 5`.
The name is stored and used at the command line, so it stays when the class is renamed.
"""

from typing import Any, ClassVar, TypeVar

import peewee
from pydantic import BaseModel, ConfigDict

from store.core import cache, clock
from store.core.database import db
from store.core.database.fields import JsonField, UtcDateTimeField
from store.core.database.models import Model
from store.core.validation import validate
from store.tenants import audit


class SettingsGroup(BaseModel):
    """A group of settings; unknown names and wrong types are rejected."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: ClassVar[str]

    def __init_subclass__(cls, *, name: str, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.name = name
        GROUPS[name] = cls


GROUPS: dict[str, type[SettingsGroup]] = {}
T = TypeVar("T", bound=SettingsGroup)


class Setting(Model):
    """The changed values of a settings group."""

    group_name = peewee.CharField(max_length=60, unique=True)
    value = JsonField()
    changed_at = UtcDateTimeField(default=clock.now)


@cache.cached(ttl_s=1)
def read(group: type[T]) -> T:
    """Return the current settings of a group, with defaults for unchanged values."""
    row = Setting.find(group_name=group.name)
    return group.model_validate(row.value) if row else group()


@db.transactional
def change(group: type[T], **values: Any) -> T:
    """Change some values of a group and keep the others. Raises DomainError(invalid)."""
    db.advisory_lock(f"setting:{group.name}")  # for the first change there is no row to lock
    row = Setting.find(group_name=group.name)
    before = row.value if row else {}
    after = validate(group, {**before, **values})
    chosen = after.model_dump(mode="json")
    if chosen != before:
        Setting.insert(group_name=group.name, value=chosen, changed_at=clock.now()).on_conflict(
            conflict_target=[Setting.group_name], preserve=[Setting.value, Setting.changed_at]
        ).execute()
        audit.record("settings.change", group.name, before=before, after=chosen)
        db.after_commit(cache.clear)
    return after
