"""Coupons given by staff (发券): one to a member, or one to each card of a file; and the batches of a rule."""

import hashlib
from typing import Any

from apiflask import APIBlueprint
from flask import Response, request
from pydantic import Field

from console.auth import StaffCaller, staff_required
from console.business_keys import read_business_key
from console.card_files import find_members, find_seen, read_rows
from console.lists import ListQuery, Search, list_response, respond_once
from store.core import ids, masking
from store.core.errors import DomainError, not_found
from store.coupons import bulk_issue, coupons
from store.coupons import rules as coupon_rules
from store.coupons.bulk_issue import CouponBatch
from store.customers import identities, members, phones, profiles
from store.customers.members import Member
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint(
    "console_coupon_issues", __name__, url_prefix="/console/api/coupon-rules/<rule_id>", enable_openapi=False
)


class Recipient(RequestModel):
    """A card number or a phone."""

    member: Search = Field(min_length=1)


@bp.post("/coupons")
@staff_required("coupon_rules.issue")
@bp.input(Recipient)
def issue(rule_id: str, caller: StaffCaller, json_data: Recipient) -> Response:
    """Give one coupon to a member."""
    rule, key = coupon_rules.get_by_public_id(rule_id), read_business_key(caller)
    member = _get_member(json_data.member, caller)

    def work() -> dict[str, Any]:
        coupon = coupons.issue(rule=rule, member=member, key=key, source="console")
        name = profiles.display_name(member.customer) or _mask_phone(member)
        return {"code": coupon.code, "card_number": member.card_number, "name": name}

    return respond_once(caller, json_data, work, status=201)


@bp.get("/batches")
@staff_required("coupon_rules.read")
@bp.input(ListQuery, location="query")
def list_batches(rule_id: str, caller: StaffCaller, query_data: ListQuery) -> Response:
    rule = coupon_rules.get_by_public_id(rule_id)
    rows, total = bulk_issue.list_batches(rule, query_data.to_page())
    return list_response(map(_to_row, rows), total, query_data)


@bp.post("/batches")
@staff_required("coupon_rules.issue")
def create_batch(rule_id: str, caller: StaffCaller) -> Response:
    """Give a coupon to each card of a file, or say what that would do. `version` of a dry run names the batch."""
    rule = coupon_rules.get_by_public_id(rule_id)
    rows = read_rows()
    found, errors = find_members(rows, caller)
    fingerprint = hashlib.sha256(repr((rule.id, sorted(found))).encode()).hexdigest()[:16]
    answer = {
        "rows": len(rows), "created": len(found), "updated": 0,
        "errors": [{"line": number, "message": message} for number, message in errors.items()],
    }  # fmt: skip
    if request.form.get("dry_run") == "true" or errors:
        return json_response(answer | {"version": f"{ids.public_id()}.{fingerprint}"})
    version = request.form.get("version", "")
    if not version.endswith(f".{fingerprint}"):
        raise DomainError("import_outdated", "会员名单在预览之后有变化，请重新选择文件", 409)
    bulk_issue.create_batch(number=f"console:{version}"[:60], rule=rule, member_ids=found)
    return json_response(answer | {"version": version}, 201)


def _get_member(text: str, caller: StaffCaller) -> Member:
    """Return the member of a card or phone whom the caller sees. Raises DomainError(not_found)."""
    phone = phones.find_normalized(text)
    owner = identities.find_by_phone(phone) if phone else None
    accounts = [row for row in members.list_for_customer(owner) if row.joined_at] if owner else []
    member = accounts[0] if accounts else members.get_by_card(text)
    if not find_seen([member.id], caller):
        raise not_found("该会员")
    return member


def _mask_phone(member: Member) -> str:
    phone = identities.find_phone(member.customer)
    return masking.mask_phone(phone) if phone else ""


def _to_row(batch: CouponBatch) -> dict[str, Any]:
    return {
        "number": batch.number, "total": batch.total, "issued": batch.issued, "skipped": batch.skipped,
        "created_at": batch.created_at.isoformat(),
        "finished_at": batch.finished_at.isoformat() if batch.finished_at else None,
    }  # fmt: skip
