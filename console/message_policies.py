"""Settings of messages (消息设置): how each kind is sent, the hours and budget, and the e-mail account."""

from typing import Annotated, Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field, StringConstraints

import platform_clients
from console.auth import StaffCaller, staff_required
from console.lists import operation_number, respond_once
from console.message_rows import to_label_options
from platforms.errors import PlatformError
from store.core.errors import DomainError, not_found
from store.messages import email_accounts, kinds, policies, templates
from store.messages.email_accounts import EmailAccount
from store.messages.kinds import MessageKind
from store.messages.policies import MessagePolicy
from store.messages.settings import MessageSettings
from store.tenants import branding, settings
from web.responses import json_response
from web.schemas import RequestModel

bp = APIBlueprint(
    "console_message_policies", __name__, url_prefix="/console/api/message-policies", enable_openapi=False
)

Line = Annotated[str, StringConstraints(max_length=255)]


class PolicyChange(RequestModel):
    """How a kind of message is sent."""

    enabled: bool
    on_site: bool
    media: Annotated[list[Line], Field(max_length=10)]
    mode: Line


class SettingsChange(RequestModel):
    """The hours of marketing, the SMS budget of a day, and how long records are kept."""

    marketing_from: int
    marketing_until: int
    sms_per_day: int
    sms_alarm_percent: int
    keep_days: int


class AccountBody(RequestModel):
    """The e-mail account. Without a password the present one stays."""

    host: Line
    port: int
    security: Line
    username: Line = ""
    password: Line = ""
    sender_address: Line
    sender_name: Line


class TestEmail(RequestModel):
    """Where the test goes."""

    recipient: Annotated[str, StringConstraints(max_length=200, pattern=email_accounts.ADDRESS)]


@bp.get("")
@staff_required("message_policies.read")
def list_policies(caller: StaffCaller) -> Response:
    """Return all kinds with their policies, and what the page offers."""
    account = email_accounts.find()
    return json_response({
        "list": [_to_row(kind, policy) for kind, policy in policies.list_all()],
        "media": to_label_options({medium: kinds.MEDIA[medium] for medium in kinds.SENT_MEDIA}),
        "modes": to_label_options(policies.MODES), "securities": to_label_options(email_accounts.SECURITIES),
        "settings": settings.read(MessageSettings).model_dump(), "email_account": account and _to_account(account),
    })  # fmt: skip


@bp.put("/<kind>")
@staff_required("message_policies.edit")
@bp.input(PolicyChange)
def change_policy(kind: str, caller: StaffCaller, json_data: PolicyChange) -> Response:
    caller.ensure_all_shops()
    found = kinds.find(kind)
    if found is None:
        raise not_found("这种消息")
    return respond_once(
        caller, json_data, lambda: _to_row(found, policies.change(kind, **json_data.model_dump()))
    )


@bp.put("/settings")
@staff_required("message_policies.edit")
@bp.input(SettingsChange)
def change_settings(caller: StaffCaller, json_data: SettingsChange) -> Response:
    caller.ensure_all_shops()
    return respond_once(
        caller, json_data, lambda: settings.change(MessageSettings, **json_data.model_dump()).model_dump()
    )


@bp.put("/email-account")
@staff_required("message_policies.email_account")
@bp.input(AccountBody)
def save_email_account(caller: StaffCaller, json_data: AccountBody) -> Response:
    caller.ensure_all_shops()
    return respond_once(caller, json_data, lambda: _to_account(email_accounts.save(**json_data.model_dump())))


@bp.delete("/email-account")
@staff_required("message_policies.email_account")
def delete_email_account(caller: StaffCaller) -> Response:
    caller.ensure_all_shops()

    def work() -> dict[str, Any]:
        email_accounts.delete()
        return {}

    return respond_once(caller, None, work)


@bp.post("/email-account/checks")
@staff_required("message_policies.email_account")
def check_email_account(caller: StaffCaller) -> Response:
    """Sign in at the server and send nothing. `problem` is what is wrong, None if nothing is. Uses the network."""
    caller.ensure_all_shops()
    return json_response({
        "problem": platform_clients.email_server(_get_account()).find_credential_problem()
    })  # fmt: skip


@bp.post("/email-account/tests")
@staff_required("message_policies.email_account")
@bp.input(TestEmail)
def send_test_email(caller: StaffCaller, json_data: TestEmail) -> Response:
    """Send an e-mail to an address that staff type. `problem` is why it was not sent. Uses the network."""
    caller.ensure_all_shops()
    problem = _send_test(_get_account(), json_data.recipient, operation_number(caller, prefix="test"))
    email_accounts.record_test(is_sent=problem is None)
    return json_response({"problem": problem})


def _send_test(account: EmailAccount, recipient: str, number: str) -> str | None:
    brand = branding.read_name()
    try:
        platform_clients.email_server(account).send(
            sender_address=account.sender_address, sender_name=account.sender_name, recipient=recipient,
            subject=f"{brand}测试邮件", text=f"收到这封邮件，说明{brand}的发件邮箱设置正确。", html=None,
            message_id=number,
        )  # fmt: skip
    except PlatformError as failure:
        return failure.message or "邮件服务器没有答复，请稍后再试"
    return None


def _get_account() -> EmailAccount:
    account = email_accounts.find()
    if account is None:
        raise DomainError("no_email_account", "请先设置发件邮箱", 409)
    return account


def _to_account(account: EmailAccount) -> dict[str, Any]:
    """Return the account without its password."""
    names = ("host", "port", "security", "username", "sender_address", "sender_name")
    return {**{name: getattr(account, name) for name in names}, "changed_at": account.changed_at.isoformat()}


def _to_row(kind: MessageKind, policy: MessagePolicy) -> dict[str, Any]:
    return {
        "key": kind.key, "label": kind.label, "is_marketing": kind.is_marketing, "enabled": policy.enabled,
        "on_site": policy.on_site, "media": list(policy.media), "mode": policy.mode,
        "ready": [medium for medium in kinds.SENT_MEDIA if templates.is_usable(kind, medium)],
    }  # fmt: skip
