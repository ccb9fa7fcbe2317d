"""Workers that are killed around the sending of a red packet: after a restart it is sent once, under its number."""

from datetime import timedelta

import pytest
import time_machine

from store.core import clock
from tests.support.payment_crashes import Point, run_and_die
from tests.support.red_packet_shop import red_packet_shop

__all__ = ["red_packet_shop"]
CLIENT = "platforms.wechat_pay.red_packets.RedPackets"
POINTS = (
    Point("store.red_packets.sending", "begin", "after"),  # the number is stored, nothing was called
    Point(CLIENT, "send", "before"),
    Point(CLIENT, "send", "after"),  # the answer is lost
    Point(
        "store.red_packets.results", "record_answer", "after"
    ),  # recorded, and the delivery is not marked done
)


@pytest.mark.usefixtures("verify_afterwards")
def test_killed_worker_leaves_one_red_packet_under_the_same_number(red_packet_shop, process_group):
    packets = []
    for point in POINTS:
        packets.append(red_packet_shop.request())
        began = clock.now()
        sandbox_url = red_packet_shop.shop.sandbox.url
        assert process_group.run_until_killed(run_and_die, sandbox_url, point, "red_packets", {}), point
        with time_machine.travel(began, tick=False) as travel:
            for second in (30, 60, 90, 120):
                travel.move_to(began + timedelta(seconds=second))
                red_packet_shop.work()
        assert red_packet_shop.reload(packets[-1]).state == "sent", point
    sent = sorted(payout.request.number for payout in red_packet_shop.books)
    assert sent == sorted(packet.number for packet in packets)
