"""Agreements (用户协议、隐私政策): all versions, the text of one, and the publication of a new one."""

from typing import Annotated, Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from console.auth import StaffCaller, staff_required
from console.lists import respond_once
from store.core.errors import not_found
from store.tenants import agreements
from store.tenants.agreements import AgreementText
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint("console_agreements", __name__, url_prefix="/console/api/agreements", enable_openapi=False)


class Publication(RequestModel):
    """The text of a new version."""

    text: Annotated[str, Field(max_length=agreements.MAX_TEXT_LENGTH + 100)]


@bp.get("")
@staff_required("agreements.read")
def list_agreements(caller: StaffCaller) -> Response:
    """Return all versions without their texts, the latest first."""
    current = agreements.current_versions()
    return json_response({
        "list": [{**_to_row(each), "is_current": current[each.kind] == each.version}
                 for each in agreements.list_versions()],
    })  # fmt: skip


@bp.get("/<kind>/versions/<version>")
@staff_required("agreements.read")
def get_version(kind: str, version: str, caller: StaffCaller) -> Response:
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        raise not_found("该版本")
    found = agreements.get_version(kind, int(version))
    return json_response({**_to_row(found), "text": found.text})


@bp.post("/<kind>/versions")
@staff_required("agreements.publish")
@bp.input(Publication)
def publish_version(kind: str, caller: StaffCaller, json_data: Publication) -> Response:
    """Publish a new version, which everybody is asked to accept. The same text again is no new version."""
    caller.ensure_all_shops()
    return respond_once(
        caller, json_data, lambda: _to_row(agreements.publish(kind=kind, text=json_data.text)), status=201
    )


def _to_row(text: AgreementText) -> dict[str, Any]:
    return {
        "id": f"{text.kind}-{text.version}", "kind": text.kind, "title": text.title, "version": text.version,
        "published_at": text.published_at.isoformat() if text.published_at else None,
    }  # fmt: skip
