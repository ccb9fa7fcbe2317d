"""The operation log (操作日志): who did what to what, from which address, before and after."""

from collections.abc import Mapping
from typing import Any

from apiflask import APIBlueprint
from flask import Response

from console.auth import StaffCaller, staff_required
from console.lists import ListQuery, Search, list_response
from store.core.validation import IsoDate
from store.customers import members
from store.staff import accounts
from store.tenants import audit_list, audit_names
from store.tenants.audit import AuditEntry
from store.tenants.audit_list import AuditFilter

bp = APIBlueprint("console_audit_log", __name__, url_prefix="/console/api/audit-log", enable_openapi=False)

_PEOPLE = {"member": "会员", "customer": "客户"}


class AuditQuery(ListQuery):
    """Which entries are listed: see `AuditFilter`."""

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
    cards = members.find_card_numbers(_find_person_id(row.subject) for row in rows)
    return list_response([_to_row(row, cards) for row in rows], total, query_data)


def _find_person_id(subject: str) -> str:
    """Return the id of the member or customer that an entry is about, "" without one."""
    kind, _, key = subject.partition(":")
    return key if kind in _PEOPLE else ""


def _to_row(entry: AuditEntry, cards: Mapping[str, str]) -> dict[str, Any]:
    card = cards.get(_find_person_id(entry.subject))
    return {
        "id": str(entry.id), "at": entry.at.isoformat(), "actor_kind": entry.actor_kind, "actor": entry.actor,
        "address": entry.address, "action": entry.action, "action_name": audit_names.name_of(entry.action),
        "subject": entry.subject, "card_number": card,
        "subject_name": f"{_PEOPLE[entry.subject.partition(':')[0]]} {card}" if card else None,
        "before": entry.before, "after": entry.after,
    }  # fmt: skip
