"""An author and an approver at the console, and the body of a coupon rule."""

from typing import Any

from tests.console.conftest import Browser
from tests.support import coupon_fixtures


def rule_terms(**changes: Any) -> dict[str, Any]:
    """What the form sends for a rule."""
    return coupon_fixtures.rule_values(stock=100, **changes)


def create_rule(author: Browser, **changes: Any) -> dict[str, Any]:
    """Write a draft and return its row."""
    answer = author.post("coupon-rules", {"terms": rule_terms(**changes)})
    assert answer.status_code == 201, answer.text
    return answer.json["data"]


def submit_rule(author: Browser, rule_id: str, approver: str) -> dict[str, Any]:
    """Submit a draft and return its approval."""
    answer = author.post(f"coupon-rules/{rule_id}/submission", {"approver": approver})
    assert answer.status_code == 200, answer.text
    return author.get(f"coupon-rules/{rule_id}").json["data"]["approval"]


def list_on(author: Browser, approver: Browser, **changes: Any) -> dict[str, Any]:
    """Write a rule, have it approved and list it."""
    rule = create_rule(author, **changes)
    approval = submit_rule(author, rule["id"], "wang")
    body = {"approved": True, "version": approval["fingerprint"]}
    assert approver.post(f"approvals/{approval['id']}/decision", body).status_code == 200
    answer = author.post(f"coupon-rules/{rule['id']}/publication")
    assert answer.status_code == 200, answer.text
    return answer.json["data"]
