"""The operation log (操作日志): who did what to what, from which address, before and after."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response
from store.core.validation import IsoDate
from store.staff import accounts
from store.tenants import audit_list
from store.tenants.audit import AuditEntry
from store.tenants.audit_list import AuditFilter

bp = APIBlueprint("console_audit_log", __name__, url_prefix="/console/api/audit-log", enable_openapi=False)


class AuditQuery(ListQuery):
    """Which entries are listed. `action` and `subject` are beginnings, the days are both included."""

    actor: Search = ""
    action: Search = ""
    subject: Search = ""
    since: IsoDate | None = None
    until: IsoDate | None = None


@bp.get("")
@staff_required("audit_log.read")
@bp.input(AuditQuery, location="query")
def list_audit_log(caller: StaffCaller, query_data: AuditQuery) -> Response:
    """Return the latest entries first. An account of some shops sees those of accounts of these shops."""
    criteria = AuditFilter(
        **query_data.model_dump(exclude={"page", "page_size", "sort"}),
        actors=accounts.list_logins_within(caller.shop_ids),
    )
    rows, total = audit_list.list_entries(criteria, query_data.to_page())
    return list_response(map(_to_row, rows), total, query_data)


def _to_row(entry: AuditEntry) -> dict[str, Any]:
    return {
        "id": str(entry.id), "at": entry.at.isoformat(), "actor_kind": entry.actor_kind, "actor": entry.actor,
        "address": entry.address, "action": entry.action, "subject": entry.subject, "before": entry.before,
        "after": entry.after,
    }  # fmt: skip
