"""Exports (导出): request one, follow its progress, download its file, cancel it. Everybody sees their own."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

import config
from console.auth import OWN_CHECK, StaffCaller, staff_required
from console.lists import Search, respond_once
from store.core.errors import DomainError, not_found
from store.exports import jobs, kinds
from store.exports.jobs import ExportJob
from web.responses import file_response, json_response
from web.schemas import RequestModel

bp = APIBlueprint("console_exports", __name__, url_prefix="/console/api/exports", enable_openapi=False)

_MIMETYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ExportRequest(RequestModel):
    """`filters` are those of the list's page."""

    kind: Search
    filters: dict[str, Any] = Field(default={}, max_length=30)


@bp.post("")
@staff_required(OWN_CHECK)
@bp.input(ExportRequest)
def request_export(caller: StaffCaller, json_data: ExportRequest) -> Response:
    caller.ensure(kinds.get_kind(json_data.kind).right)

    def work() -> dict[str, Any]:
        return _to_row(
            jobs.request(
                caller.account, kind=json_data.kind, filters=json_data.filters, shop_ids=caller.shop_ids
            )
        )

    return respond_once(caller, json_data, work, status=201)


@bp.get("")
@staff_required(OWN_CHECK)
def list_exports(caller: StaffCaller) -> Response:
    return json_response({"list": [_to_row(job) for job in jobs.list_of_account(caller.account)]})


@bp.get("/<export_id>")
@staff_required(OWN_CHECK)
def get_export(export_id: str, caller: StaffCaller) -> Response:
    return json_response(_to_row(jobs.get_of_account(caller.account, export_id)))


@bp.delete("/<export_id>")
@staff_required(OWN_CHECK)
def cancel_export(export_id: str, caller: StaffCaller) -> Response:
    job = jobs.get_of_account(caller.account, export_id)
    return respond_once(caller, None, lambda: _to_row(jobs.cancel(job)))


@bp.get("/<export_id>/file")
@staff_required(OWN_CHECK)
def download_export(export_id: str, caller: StaffCaller) -> Response:
    """Return the file. Right and shops count as they are now, not as they were at the request."""
    job = jobs.get_of_account(caller.account, export_id)
    caller.ensure(kinds.get_kind(job.kind).right)
    if caller.shop_ids is not None and (job.shop_scope is None or not job.shop_scope <= caller.shop_ids):
        raise not_found("该导出")
    if job.state != "done":
        raise DomainError("export_not_ready", "文件尚未生成", 409)
    path = jobs.path_of(job, config.current().var)
    if not path.is_file():
        raise not_found("该文件")
    return file_response(path.read_bytes(), mimetype=_MIMETYPE, filename=job.file_name)


def _to_row(job: ExportJob) -> dict[str, Any]:
    return {
        "id": job.public_id, "kind": job.kind, "title": kinds.get_kind(job.kind).title, "state": job.state,
        "rows_done": job.rows_done, "rows_total": job.rows_total, "file_name": job.file_name, "error": job.error,
        "created_at": job.created_at.isoformat(),
        "finished_at": job.finished_at.isoformat() if job.finished_at else None,
    }  # fmt: skip
