"""Point groups (积分组) for staff: the list and the name. They are created by `points.create_group`."""

from store.core import cache, errors, input_limits, listing
from store.core.database import db
from store.core.listing import Page
from store.customers.programmes import Programme
from store.points.ledger import PointGroup
from store.tenants import audit


@db.transactional
def rename(*, group_id: int, name: str) -> PointGroup:
    """Change the name of a group. Idempotent. Raises DomainError(not_found, invalid)."""
    row = PointGroup.find(id=input_limits.check_id(group_id, field="group_id"), lock=True)
    if row is None:
        raise errors.not_found("该积分组")
    if not 1 <= len(name.strip()) <= 30:
        raise errors.invalid("name", "请填写积分组的名称，不超过 30 个字")
    if row.name != name:
        subject = f"point_group:{row.programme.code}/{row.code}"
        audit.record("points.rename_group", subject, before={"name": row.name}, after={"name": name})
        row.update_fields(name=name)
        db.after_commit(cache.clear)
    return row


def list_page(
    page: Page, *, search: str = "", programme_code: str | None = None
) -> tuple[list[PointGroup], int]:
    """Return a page of groups with their programmes and the number of all. `search` is a part of name or code."""
    query = PointGroup.select(PointGroup, Programme).join(Programme)
    if search:
        query = query.where(PointGroup.name.contains(search) | PointGroup.code.contains(search))
    if programme_code is not None:
        query = query.where(Programme.code == programme_code)
    sorts = {"id": PointGroup.id, "name": PointGroup.name, "code": PointGroup.code}
    return listing.read_page(query, page, sorts=sorts, default="id", id_field=PointGroup.id)
