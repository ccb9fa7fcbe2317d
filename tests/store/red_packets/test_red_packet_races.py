"""Races over red packets: with threads on the real database, and with the guards taken away."""

from store.core.errors import DomainError
from store.customers.customers import Customer
from store.red_packets import budget, red_packets
from store.red_packets.red_packets import RedPacket
from store.red_packets.settings import RedPacketSettings
from store.tenants import settings
from tests.support import database, races


def test_red_3_one_key_at_once_is_one_red_packet(request_packet, verify_afterwards):
    rows = database.run_concurrently(8, lambda _: request_packet("win-1"))
    assert len({row.id for row in rows}) == 1
    assert (RedPacket.select().count(), budget.read_used_fen()) == (1, 100)


def test_last_of_the_budget_at_once_goes_to_one(request_packet, create_follower, verify_afterwards):
    people = [create_follower(f"o-{n}") for n in range(4)]
    settings.change(RedPacketSettings, budget_fen=150)
    outcomes = database.run_concurrently(4, lambda n: request_packet(f"win-{n}", customer=people[n]))
    assert sorted(isinstance(outcome, DomainError) for outcome in outcomes) == [False, True, True, True]
    assert budget.read_used_fen() == 100


def test_control_without_lock_and_unique_key_makes_two(request_packet, monkeypatch):
    monkeypatch.setattr(red_packets, "_find_existing", races.with_barrier(lambda *_: None))
    monkeypatch.setattr(red_packets.customers, "lock", Customer.get_by_id)
    with races.without_index("red_packet_key"), races.without_write_queue():
        database.run_concurrently(2, lambda _: request_packet("win-1"))
        assert RedPacket.select().count() == 2
