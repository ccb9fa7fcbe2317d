"""Settings of the company: one row a topic, typed by a pydantic model whose defaults work unset.

A topic is declared by the noun it belongs to: `class CheckInRules(settings.Topic): points: int = 5`.
"""

from typing import Any, TypeVar

import peewee
from pydantic import BaseModel, ConfigDict

from store.company import audit
from store.kernel import clock, db, recent
from store.kernel.fields import Json, Moment
from store.kernel.records import Record
from store.kernel.validation import checked


class Topic(BaseModel):
    """A group of settings; unknown names and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        TOPICS[cls.__name__] = cls


TOPICS: dict[str, type[Topic]] = {}
T = TypeVar("T", bound=Topic)


class Setting(Record):
    """What the company chose for a topic."""

    topic = peewee.CharField(max_length=60, unique=True)
    value = Json()
    changed_at = Moment(default=clock.now)


@recent.remembered(seconds=1)
def read(topic: type[T]) -> T:
    """The settings of a topic in force; its defaults where nothing was chosen."""
    row = Setting.get_or_none(Setting.topic == topic.__name__)
    return topic.model_validate(row.value) if row else topic()


@db.verb
def change(topic: type[T], **values: Any) -> T:
    """Change some values of a topic, keep the others; refuses what the topic's types do not allow."""
    db.queue_for(f"setting:{topic.__name__}")  # for the first change there is no row to lock
    row = Setting.find(topic=topic.__name__)
    before = row.value if row else {}
    after = checked(topic, {**before, **values})
    chosen = after.model_dump(mode="json")
    if chosen != before:
        Setting.insert(topic=topic.__name__, value=chosen, changed_at=clock.now()).on_conflict(
            conflict_target=[Setting.topic], preserve=[Setting.value, Setting.changed_at]
        ).execute()
        audit.record("settings.change", topic.__name__, before=before, after=chosen)
        db.after_commit(recent.forget)
    return after
