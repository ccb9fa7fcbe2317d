"""Red packets and transfers at the sandbox: sent once under one number, and followed to their end."""

import random

import pytest

import red_packet_calls
from store.core.events import Event
from store.messages.messages import Message
from store.red_packets import accounts, budget, red_packets, sending, staff_actions
from store.red_packets import settings as red_packet_settings
from store.red_packets.red_packets import RedPacket
from tests.support.payment_shop import PERSON, count_events
from tests.support.red_packet_shop import QUERY, SEND, TRANSFER, red_packet_shop

__all__ = ["red_packet_shop"]
pytestmark = pytest.mark.usefixtures("verify_afterwards")
DAY_S = 24 * 3600


@pytest.fixture
def giver(red_packet_shop, seconds):
    """The shop of red packets, whose clock the test moves."""
    seconds._shop = red_packet_shop
    return red_packet_shop


def numbers(giver):
    return [payout.request.number for payout in giver.books]


def finished():
    rows = Event.select().where(Event.kind == "red_packets.finished").order_by(Event.id)
    return [row.properties["state"] for row in rows]


def test_red_packet_is_sent_opened_and_received(giver, seconds):
    balance = giver.shop.sandbox.state.wallets.get(PERSON).balance_fen
    packet = giver.request("win-1", 888)
    assert (packet.state, budget.read_used_fen()) == ("requested", 888)
    assert (len(packet.number), packet.number[10:18]) == (28, "20261202")
    seconds.run_until(1)
    packet = giver.reload(packet)
    assert (packet.state, packet.tries, numbers(giver)) == ("sent", 0, [packet.number])
    sent = giver.books[0].request
    assert (sent.amount_fen, sent.send_name, sent.title, sent.wishing) == (
        888,
        "小二便利",
        "新春抽奖",
        "恭喜发财",
    )
    (message,) = Message.select().where(Message.medium == "site")
    assert "8.88元 红包（新春抽奖），请在 24 小时内领取" in message.text
    giver.open(packet)
    seconds.run_until(17)
    packet = giver.reload(packet)
    assert (packet.state, packet.next_try_at, finished()) == ("received", None, ["received"])
    assert giver.shop.sandbox.state.wallets.get(PERSON).balance_fen == balance + 888
    assert budget.read_used_fen() == 888
    assert red_packet_calls.follow(packet).state == "received"


def test_red_packet_that_is_not_opened_goes_back_after_a_day_and_frees_the_budget(giver, seconds):
    packet = giver.request()
    seconds.run_until(1)
    seconds.move_to(DAY_S + 62)
    giver.work()
    assert (giver.reload(packet).state, budget.read_used_fen(), finished()) == ("returned", 0, ["returned"])
    assert giver.request("win-again").state == "requested"


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("error", {"code": "SYSTEMERROR"}),
        ("error_after", {"code": "SYSTEMERROR"}),
        ("error_after", {"code": "PROCESSING"}),
        ("http_500", {}),
        ("late_answer", {"delay_s": 0}),
        ("timeout", {"delay_s": 0}),
        ("garbage", {}),
        ("unsigned", {}),
    ],
)
def test_red_1_red_2_answer_without_a_result_keeps_the_number_and_pays_once(giver, seconds, kind, options):
    giver.shop.fault(SEND, kind, **options)
    packet = giver.request()
    seconds.run_until(1)
    assert giver.reload(packet).state == "sending"
    seconds.run_until(20)
    assert (giver.reload(packet).state, numbers(giver)) == ("sent", [packet.number])


def test_red_3_work_that_runs_twice_at_once_sends_once(giver, seconds):
    packet = giver.request()
    red_packet_calls.send(packet)
    red_packet_calls.send(packet)
    assert numbers(giver) == [packet.number]


@pytest.mark.parametrize("point", ["before", "after"])
def test_worker_that_dies_around_the_call_leaves_one_packet_under_the_same_number(
    giver, seconds, monkeypatch, point
):
    packet = giver.request()
    begun = sending.begin(packet.number)
    if point == "after":
        red_packet_calls._send(begun)  # the answer is never recorded
    seconds.run_until(25)
    assert (giver.reload(packet).state, numbers(giver)) == ("sent", [packet.number])


def test_short_balance_pauses_the_account_reports_it_and_is_sent_again(giver, seconds):
    giver.set_balance(50)
    first, second = giver.request(), giver.request()
    seconds.run_until(2)
    states = {giver.reload(row).state for row in (first, second)}
    assert states <= {"sending", "requested"}
    assert "余额不足" in accounts.list_accounts()[0].pause_reason
    assert count_events("red_packets.paused") == 1
    giver.set_balance(1_000)
    seconds.move_to(610)
    giver.work()
    giver.work()
    seconds.run_until(630)
    assert {giver.reload(row).state for row in (first, second)} == {"sent"}
    assert accounts.list_accounts()[0].paused_until is None
    assert len(numbers(giver)) == 2


def test_frequency_limit_is_tried_again_soon(giver, seconds):
    giver.shop.fault(SEND, "error", code="FREQ_LIMIT")
    packet = giver.request()
    seconds.run_until(1)
    assert giver.reload(packet).message == "发放过于频繁，稍后自动再发"
    seconds.run_until(20)
    assert giver.reload(packet).state == "sent"


def test_limit_of_the_person_waits_for_tomorrow(giver, seconds):
    giver.shop.fault(SEND, "error", code="SENDNUM_LIMIT")
    packet = giver.request()
    seconds.run_until(1)
    waiting = giver.reload(packet)
    assert (waiting.state, f"{waiting.next_try_at:%d %H:%M}") == ("sending", "02 16:05")  # 00:05 in Beijing
    seconds.move_to(12 * 3600 + 360)
    giver.work()
    assert giver.reload(packet).state == "sent"


def test_openid_of_another_application_fails_and_frees_the_budget(giver, seconds):
    packet = giver.request()
    RedPacket.update(openid="o-of-another-application").where(RedPacket.id == packet.id).execute()
    seconds.run_until(10)
    packet = giver.reload(packet)
    assert (packet.state, packet.problem, finished()) == ("failed", "OPENIDERROR", ["failed"])
    assert (budget.read_used_fen(), packet.message) == (0, "openid 不属于发放的公众号，微信没有发出")


def test_rejection_that_staff_can_mend_is_held_and_retried_or_given_up(giver, seconds):
    giver.shop.fault(SEND, "error", code="NO_AUTH", times=None)
    first, second = giver.request(), giver.request()
    seconds.run_until(2)
    assert [giver.reload(row).held for row in (first, second)] == [True, True]
    giver.shop.sandbox.clear_faults()
    seconds.run_until(30)
    assert numbers(giver) == []
    staff_actions.retry(public_id=first.public_id)
    staff_actions.give_up(public_id=second.public_id, reason="顾客不要了")
    staff_actions.give_up(public_id=second.public_id, reason="顾客不要了")
    seconds.run_until(40)
    assert [giver.reload(row).state for row in (first, second)] == ["sent", "failed"]
    assert numbers(giver) == [first.number]
    assert budget.read_used_fen() == 100


def test_emergency_stop_sends_nothing_until_it_is_resumed(giver, seconds):
    waiting = giver.request()
    red_packet_settings.stop(reason="活动被刷")
    red_packet_settings.stop(reason="再次")
    seconds.run_until(5)
    assert (giver.reload(waiting).state, numbers(giver)) == ("requested", [])
    staff_actions.resume()
    staff_actions.resume()
    seconds.run_until(8)
    assert giver.reload(waiting).state == "sent"


@pytest.mark.parametrize(
    ("way", "paths"),
    [("red_packet", (SEND, QUERY)), ("transfer", (TRANSFER, f"{TRANSFER}/out-bill-no/<number>"))],
)
def test_lost_answers_pay_every_packet_once(giver, seconds, way, paths):
    """30 % of all calls lose their answer or fail, of which some were executed."""
    giver.use(way)
    chance = random.Random(20261129)
    packets = [giver.request(f"win-{n}", 100 + n) for n in range(10)]
    for second in range(1, 400):
        giver.shop.sandbox.clear_faults()
        for path in paths:
            if chance.random() < 0.3:
                kind = chance.choice(["error_after", "error", "http_500", "garbage", "unsigned"])
                giver.shop.fault(path, kind, code="SYSTEM_ERROR")
        seconds.move_to(second * 5)
        giver.work()
        if all(giver.reload(row).state == "sent" for row in packets):
            break
    assert sorted(numbers(giver)) == sorted(row.number for row in packets)
    assert sum(payout.request.amount_fen for payout in giver.books) == sum(row.amount_fen for row in packets)
    giver.shop.sandbox.clear_faults()
    for row in packets:
        giver.open(row)
    seconds.move_to(3 * 3600)
    giver.work()
    assert {giver.reload(row).state for row in packets} == {"received"}


class TestTransfers:
    @pytest.fixture(autouse=True)
    def _way(self, giver):
        giver.use("transfer", min_fen=10)

    def test_transfer_waits_for_the_person_and_its_notice_ends_it(self, giver, seconds):
        packet = giver.request("win-1", 30)
        seconds.run_until(1)
        packet = giver.reload(packet)
        assert (packet.state, packet.package) == ("sent", giver.books[0].package)
        giver.open(packet)
        assert (giver.reload(packet).state, finished()) == ("received", ["received"])

    def test_transfer_whose_notice_is_lost_is_found_by_a_query(self, giver, seconds):
        packet = giver.request()
        seconds.run_until(1)
        giver.shop.fault("notice", "drop")
        giver.open(packet)
        seconds.run_until(17)
        assert giver.reload(packet).state == "received"

    def test_red_5_transfer_that_is_not_confirmed_goes_back_and_frees_the_budget(self, giver, seconds):
        packet = giver.request()
        seconds.run_until(1)
        seconds.move_to(DAY_S + 2)
        giver.shop.sandbox.state.payouts.expire()
        giver.shop.wait_for_notices()
        packet = giver.reload(packet)
        assert (packet.state, finished(), budget.read_used_fen()) == ("returned", ["returned"], 0)
        assert packet.message == "用户没有在 24 小时内确认收款"

    @pytest.mark.parametrize("kind", ["error_after", "http_500", "garbage"])
    def test_red_2_lost_answer_keeps_the_number_and_brings_the_package_later(self, giver, seconds, kind):
        giver.shop.fault(TRANSFER, kind, code="SYSTEM_ERROR")
        packet = giver.request()
        seconds.run_until(20)
        packet = giver.reload(packet)
        assert (packet.state, numbers(giver)) == ("sent", [packet.number])
        assert packet.package == giver.books[0].package

    def test_short_balance_is_sent_again(self, giver, seconds):
        giver.set_balance(0)
        packet = giver.request()
        seconds.run_until(1)
        assert giver.reload(packet).problem == "NOTENOUGH"
        giver.set_balance(1_000)
        seconds.move_to(620)
        giver.work()
        assert giver.reload(packet).state == "sent"

    @pytest.mark.parametrize("notice", ["sent", "lost"])
    def test_transfer_that_staff_give_up_is_cancelled(self, giver, seconds, notice):
        packet = giver.request()
        seconds.run_until(1)
        if notice == "lost":
            giver.shop.fault("notice", "drop")
        staff_actions.give_up(public_id=packet.public_id, reason="发错了人")
        seconds.run_until(20)
        giver.shop.wait_for_notices()
        assert (giver.reload(packet).state, giver.books[0].state) == ("returned", "cancelled")

    def test_notice_about_a_number_that_is_not_ours_is_kept_and_not_accepted(self, giver, seconds):
        packet = giver.request()
        seconds.run_until(1)
        RedPacket.update(number="19000000000000000000000000").where(RedPacket.id == packet.id).execute()
        payout = giver.books[0]
        giver.shop.sandbox.state.payouts.receive(PERSON, payout.id)
        giver.shop.wait_for_notices()
        (notice,) = giver.shop.sandbox.state.payment_notices.list_all()
        assert (notice.deliveries[0].status, notice.state) == (422, "failed")
        assert count_events("payments.notice_rejected") == 1
        RedPacket.update(number=packet.number).where(RedPacket.id == packet.id).execute()

    def test_notice_with_another_amount_changes_nothing(self, giver, seconds):
        packet = giver.request()
        seconds.run_until(1)
        answer = red_packet_calls._query(giver.reload(packet))
        with pytest.raises(Exception, match="不一致"):
            red_packet_calls.record(answer.__class__(packet.number, "received", amount_fen=101))
        assert red_packets.get(packet.number).state == "sent"
