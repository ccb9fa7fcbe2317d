"""What follows a reply by itself: each message is a delivery of its own, so none is said again for another."""

from types import SimpleNamespace

import pytest

import accounts
from platforms.errors import Unknown
from store.activities import replies
from store.company import channels
from store.kernel import clock
from store.kernel.events import Delivery
from tasks import relay
from tests.handlers.wechat_server import Wechat, text

PARTS = ["第一条", "第二条", "第三条"]


class Carrier:
    """Stands in for the platform; the third part is lost on the way, once."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.stumbles_at = "第三条"

    def send_text(self, openid: str, content: str) -> None:
        if content == self.stumbles_at:
            self.stumbles_at = ""
            raise Unknown("wechat", "timeout", "no answer")
        self.said.append(content)


@pytest.fixture
def carrier(monkeypatch: pytest.MonkeyPatch) -> Carrier:
    carrier = Carrier()
    official = SimpleNamespace(send_text=carrier.send_text, menu_create=lambda menu: None)
    monkeypatch.setattr(accounts, "official", lambda channel: official)
    return carrier


def test_message_that_failed_is_tried_again_alone(wechat: Wechat, carrier: Carrier):
    answers = [{"type": "text", "text": part} for part in PARTS]
    channel = channels.of_key(wechat.key)
    replies.save(name="三条", match="exact", words=["三条"], answers_=answers, channel=channel)
    assert wechat.say("o1", **text("三条")).text == "第一条"
    relay.run("acme")
    assert carrier.said == ["第二条"]
    Delivery.update(due_at=clock.now()).where(Delivery.state == "pending").execute()
    relay.run("acme")
    assert carrier.said == ["第二条", "第三条"]
