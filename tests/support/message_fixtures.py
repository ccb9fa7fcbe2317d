"""Platforms that do what a test says, and a member whom every medium reaches."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from store.customers import identities, profiles
from store.customers.members import Member
from store.messages import templates
from store.messages.messages import Message
from store.messages.results import Outcome
from store.messages.sending import SendRequest
from store.tenants import channels
from store.tenants.channels import Channel
from tasks.messages import media

MEDIA_CALLED = ("customer_service", "official_template", "subscribe", "sms", "email")


@dataclass
class ScriptedPlatforms:
    """Keeps what was sent; `errors` names the error of a medium or of an address, raised before or after sending."""

    errors: dict[str, Exception] = field(default_factory=dict)
    sent: list[SendRequest] = field(default_factory=list)
    calls: int = 0

    def send(self, request: SendRequest) -> Outcome:
        self.calls += 1
        error = self.errors.get(request.address) or self.errors.get(request.message.medium)
        if error is None or getattr(error, "perhaps_sent", False):
            self.sent.append(request)
        if error is not None:
            raise error
        return Outcome("sent", provider_number=f"p{self.calls}")

    def list_media(self) -> list[str]:
        return [request.message.medium for request in self.sent]


@pytest.fixture
def platforms(acme: str, monkeypatch: pytest.MonkeyPatch) -> ScriptedPlatforms:
    scripted = ScriptedPlatforms()
    monkeypatch.setattr(media, "_SENDERS", dict.fromkeys(MEDIA_CALLED, scripted.send))
    monkeypatch.setattr(media, "can_query", lambda request: False)
    return scripted


@pytest.fixture
def mini_program(acme: str) -> Channel:
    return channels.get_by_key("acme-mini")


@pytest.fixture
def reachable(mei: Member, mini_program: Channel, create_follower: Callable, account: Channel) -> Member:
    """A member with a phone, an e-mail address, an account that she follows and a mini-program that she has opened."""
    for appid, openid in ((account.appid, "o-mei"), (mini_program.appid, "m-mei")):
        identities.bind(mei.customer, provider=identities.WECHAT, account=appid, subject=openid)
    create_follower("o-mei")
    profiles.change(mei.customer, email="mei@example.com")
    return mei


@pytest.fixture
def all_templates(account: Channel, mini_program: Channel) -> None:
    """A template of each platform for expiring points."""
    common = {"kind": "points_expiring", "name": "积分到期提醒"}
    for medium, channel in (("official_template", account), ("subscribe", mini_program)):
        templates.save(
            **common, medium=medium, channel_key=channel.key, platform_id=f"tmpl-{medium}",
            fields={"thing1": "{积分名称}即将过期", "number2": "{积分}", "date3": "{到期日}"},
        )  # fmt: skip
    templates.save(
        **common, medium="sms", platform_id="SMS_1", text="您有{积分}积分将于{到期日}到期。",
        fields={"points": "{积分}", "day": "{到期日}"},
    )  # fmt: skip


def list_states() -> list[tuple[str, str, str]]:
    rows = Message.select().where(Message.medium != "site").order_by(Message.id)
    return [(row.medium, row.state, row.reason_code) for row in rows]
