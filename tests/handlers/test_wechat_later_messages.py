"""What follows a reply by itself: each message is a delivery of its own, so none is said again for another."""

from types import SimpleNamespace

import pytest

import platform_clients
from platforms.errors import OutcomeUnknownError
from store.core import clock
from store.core.events import EventDelivery
from store.official_accounts import keyword_replies
from store.tenants import channels
from tasks import relay
from tests.support.wechat_pushes import WechatAccount, text

PARTS = ["第一条", "第二条", "第三条"]


class FakeOfficialAccount:
    """Is in for the platform; the third part is lost on the way, once."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.detects_at = "第三条"

    def send_text(self, openid: str, content: str) -> None:
        if content == self.detects_at:
            self.detects_at = ""
            raise OutcomeUnknownError("wechat", "connection", "not sent", perhaps_sent=False)
        self.said.append(content)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> FakeOfficialAccount:
    provider = FakeOfficialAccount()
    official = SimpleNamespace(send_text=provider.send_text, menu_create=lambda menu: None)
    monkeypatch.setattr(platform_clients, "official_account_client", lambda channel: official)
    return provider


def test_message_that_failed_is_tried_again_alone(wechat: WechatAccount, provider: FakeOfficialAccount):
    answers = [{"type": "text", "text": part} for part in PARTS]
    channel = channels.get_by_key(wechat.key)
    keyword_replies.save_rule(name="三条", match="exact", keywords=["三条"], replies=answers, channel=channel)
    assert wechat.send("o1", **text("三条")).text == "第一条"
    relay.run("acme")
    assert provider.said == ["第二条"]
    EventDelivery.update(due_at=clock.now()).where(EventDelivery.state == "pending").execute()
    relay.run("acme")
    assert provider.said == ["第二条", "第三条"]
