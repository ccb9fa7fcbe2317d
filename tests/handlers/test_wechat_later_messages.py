"""What follows a reply by itself: each message is a delivery of its own, so none is said again for another."""

from types import SimpleNamespace

import pytest

import platform_clients
from platforms.errors import OutcomeUnknownError
from store.core import clock
from store.messages.messages import Message
from store.official_accounts import keyword_replies
from store.tenants import channels
from tasks import relay
from tasks.messages import sending as message_sending
from tests.support.wechat_pushes import WechatAccount, text

PARTS = ["第一条", "第二条", "第三条"]


class FakeOfficialAccount:
    """A fake of the platform that loses the third part on the way, once."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.fails_at = "第三条"

    def send_text(self, openid: str, content: str) -> None:
        if content == self.fails_at:
            self.fails_at = ""
            raise OutcomeUnknownError("wechat", "unreachable", "connection refused", perhaps_sent=False)
        self.said.append(content)


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> FakeOfficialAccount:
    platform = FakeOfficialAccount()
    official = SimpleNamespace(send_text=platform.send_text, menu_create=lambda menu: None)
    monkeypatch.setattr(platform_clients, "official_account_client", lambda channel: official)
    return platform


def test_message_that_failed_is_tried_again_alone(wechat: WechatAccount, platform: FakeOfficialAccount):
    answers = [{"type": "text", "text": part} for part in PARTS]
    channel = channels.get_by_key(wechat.key)
    keyword_replies.save_rule(name="三条", match="exact", keywords=["三条"], replies=answers, channel=channel)
    assert wechat.send("o1", **text("三条")).text == "第一条"
    relay.run("acme")
    assert platform.said == ["第二条"]
    Message.update(due_at=clock.now()).where(Message.state == "pending").execute()
    message_sending.run()
    assert platform.said == ["第二条", "第三条"]
