"""The templates of a tenant as staff list them."""

from dataclasses import dataclass

from store.core import listing
from store.core.listing import Page
from store.messages.templates import MessageTemplate


@dataclass(frozen=True)
class TemplateFilter:
    """`search` is a part of the name; `media` the media whose templates count."""

    search: str = ""
    kind: str | None = None
    media: tuple[str, ...] = ()


def list_page(criteria: TemplateFilter, page: Page) -> tuple[list[MessageTemplate], int]:
    """Return a page of templates and the number of all."""
    query = MessageTemplate.select()
    if criteria.search.strip():
        query = query.where(MessageTemplate.name.contains(criteria.search.strip()))
    if criteria.kind:
        query = query.where(MessageTemplate.kind == criteria.kind)
    if criteria.media:
        query = query.where(MessageTemplate.medium.in_(criteria.media))
    sorts = {"created_at": MessageTemplate.id, "name": MessageTemplate.name}
    return listing.read_page(query, page, sorts=sorts, default="-created_at", id_field=MessageTemplate.id)
