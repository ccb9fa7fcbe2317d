"""A red packet that was won: requested by its claim, and the win follows its end."""

import pytest

from store.activities import activities
from store.core.events import Event
from store.draws import claims, wins
from store.payments import merchants
from store.red_packets import accounts, results, sending
from store.red_packets.red_packets import RedPacket
from tests.support.draw_fixtures import PACKET, create_budget, create_running, draw
from tests.support.red_packet_records import CREDENTIALS


@pytest.fixture
def me(account, create_follower, register):
    """A member who follows the account that gives red packets."""
    merchants.add(
        platform="wechat_pay", name="微信商户", merchant_id="1900000109", app_id=account.appid, key="acme-pay",
        credentials=CREDENTIALS,
    )  # fmt: skip
    accounts.save("acme-pay", way="transfer", send_name="小二便利")
    return register("13812345678", create_follower("o-1"))


def follow_end() -> None:
    """Deliver the event of the end, as the relay does."""
    found = Event.select().where(Event.kind == "red_packets.finished").order_by(Event.id.desc())
    claims.finish_packet(found.get())


@pytest.mark.parametrize(("outcome", "state"), [("received", "claimed"), ("returned", "waiting")])
def test_the_win_follows_its_red_packet(account, me, verify_afterwards, outcome, state):
    activity = create_running(total_draws=2, prizes=[PACKET], budget=create_budget(1000).public_id)
    win = wins.find_of_draw(draw(activity, me))
    for _ in range(2):
        assert claims.claim(win=win, customer=me.customer, channel=account).state == "claiming"
    packet = RedPacket.get()
    assert (packet.amount_fen, packet.purpose, packet.title) == (win.amount_fen, "draw", "周年抽奖")
    sending.begin(packet.number)
    results.record_answer(number=packet.number, outcome="waiting", amount_fen=packet.amount_fen, package="p")
    results.record_answer(number=packet.number, outcome=outcome, amount_fen=packet.amount_fen)
    for _ in range(2):
        follow_end()
    assert wins.lock(win.id).state == state
    paid_fen = win.amount_fen if outcome == "received" else 0
    assert activities.get_by_public_id(activity.public_id).budget.paid_fen == paid_fen
    assert (RedPacket.select().count(), win.amount_fen) == (1, packet.amount_fen)
