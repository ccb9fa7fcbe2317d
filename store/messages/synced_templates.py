"""Templates as the platform lists them (平台模板): copied on request, so that staff choose instead of typing ids."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import peewee

from store.core import clock
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.tenants import audit
from store.tenants.channels import Channel

MAX_TEMPLATES = 200
_KEYWORD = re.compile(r"([^\s{}：:]*)[：:]?\s*\{\{(\w{1,32})\.DATA\}\}")


class SyncedTemplate(Model):
    """A template of an account. `content` names its keywords as `{{thing1.DATA}}`."""

    channel = peewee.ForeignKeyField(Channel, index=False, on_delete="CASCADE")
    platform_id = peewee.CharField(max_length=100)
    title = peewee.CharField(max_length=100)
    content = peewee.CharField(max_length=2_000)
    example = peewee.CharField(max_length=2_000, default="")
    synced_at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("channel", "platform_id"), True),)


@dataclass(frozen=True)
class Keyword:
    """A keyword of a template and what the platform calls it."""

    name: str
    label: str


@db.transactional
def replace_all(channel: Channel, rows: Sequence[Mapping[str, str]]) -> int:
    """Store the templates that the platform lists now, and delete the others. Idempotent. Returns their number.

    Each row has `platform_id`, `title`, `content` and `example`.
    """
    wanted = {row["platform_id"]: row for row in rows[:MAX_TEMPLATES]}
    held = {row.platform_id: row for row in SyncedTemplate.find_all(channel=channel.id)}
    for platform_id, row in held.items():
        if platform_id not in wanted:
            row.delete_instance()
    for platform_id, values in wanted.items():
        columns = {
            "title": values["title"][:100], "content": values["content"][:2_000],
            "example": values["example"][:2_000],
        }  # fmt: skip
        if platform_id in held:
            held[platform_id].update_fields(synced_at=clock.now(), **columns)
        else:
            SyncedTemplate.create(channel=channel.id, platform_id=platform_id, **columns)
    audit.record("message_templates.sync", f"channel:{channel.key}", after={"templates": len(wanted)})
    return len(wanted)


def list_for(channel: Channel) -> list[SyncedTemplate]:
    """Return the templates of an account by title."""
    return sorted(SyncedTemplate.find_all(channel=channel.id), key=lambda row: (row.title, row.id))


def list_keywords(template: SyncedTemplate) -> list[Keyword]:
    """Return the keywords of a template in their order."""
    return [Keyword(name, label) for label, name in _KEYWORD.findall(template.content)]
