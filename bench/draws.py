"""Lucky draws: 64 clients draw at once in one activity, on SQLite and PostgreSQL.

They are called as operations in the threads of one process, without HTTP.
"""

import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from bench.report import Row, print_table
from bench.tenant import SLUG, open_tenant
from store.activities import activities, publication
from store.activities.activities import Activity
from store.core import clock, errors, ids
from store.core import numbers as number_forms
from store.customers import programmes
from store.customers.customers import Customer
from store.customers.members import Member
from store.draws import draw_records, draws
from store.draws.draw_records import Draw
from store.draws.wins import Win
from store.points import points
from store.tenants import registry
from store.tiers import tiers
from tests.support import database

CLIENTS, DRAWS, PRIZES = 64, 4_000, 400
TARGETS = {"SQLite": 300.0, "PostgreSQL": 200.0}


def run() -> list[Row]:
    """The same draws on both databases."""
    with tempfile.TemporaryDirectory(prefix="xiaoer-draws-") as folder:
        with open_tenant(f"sqlite:///{folder}/registry.db", Path(folder)):
            rows = [_measure("SQLite")]
        with contextmanager(database.start_postgresql)("bench") as url, open_tenant(url, Path(folder)):
            return [*rows, _measure("PostgreSQL")]


def _measure(database_name: str) -> Row:
    """As many members as draws, and one more for each client, for whom nothing is left."""
    people, activity = _insert_members(DRAWS + CLIENTS), _publish()
    answers: Counter[str] = Counter()

    def draw(number: int) -> None:
        """A client that is asked to wait asks again under the same key."""
        while True:
            try:
                with registry.use_tenant(SLUG):
                    draws.draw(activity=activity, customer=people[number], key="1", device=f"phone {number}")
                answers["drawn"] += 1
            except errors.DomainError as error:
                answers[error.code] += 1
                if error.code == "busy":
                    continue
            return

    begin = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(draw, range(DRAWS)))
        seconds = time.perf_counter() - begin
        list(pool.map(draw, range(DRAWS, DRAWS + CLIENTS)))
    waited = answers.pop("busy", 0)
    exact = answers == {"drawn": DRAWS, "draws_gone": CLIENTS} and Win.select().count() == PRIZES
    correct = all(draw_records.is_correct(row) for row in Draw.select())
    rate, target = DRAWS / seconds, TARGETS[database_name]
    return Row(
        name=f"draws: {CLIENTS} clients in one activity, {database_name}", measured=rate, baseline=None, ratio=None,
        target=f"≥ {target:.0f} /s, all prizes drawn", passed=exact and correct and rate >= target, unit="/s",
        note=f"{dict(answers)}, {PRIZES} prizes, {waited} times busy",
    )  # fmt: skip


def _publish() -> Activity:
    now = clock.now()
    prizes = [
        {"name": f"奖品{n}", "kind": "goods", "quantity": PRIZES // 4, "value_fen": 100, "ways": ["shop"]}
        for n in range(4)
    ]
    draft = activities.create_draft(values={
        "name": "周年抽奖", "starts_at": now.isoformat(), "ends_at": (now + timedelta(days=1)).isoformat(),
        "rules_text": "数量有限", "total_draws": DRAWS, "prizes": prizes,
    })  # fmt: skip
    return publication.publish(draft)


def _insert_members(count: int) -> list[Customer]:
    """Members as rows: registering each by SMS would measure something else."""
    programme, now = programmes.create_programme(code="programme", name="会员俱乐部"), clock.now()
    tiers.add(programme=programme, code="base", name="普卡", is_base=True)
    points.create_group(programme=programme, code="points", name="积分")
    for start in range(0, count, 1000):
        numbers = range(start + 1, min(start + 1000, count) + 1)
        Customer.insert_many([{"id": n, "public_id": ids.public_id("cus_")} for n in numbers]).execute()
        Member.insert_many([
            {
                "id": n, "customer": n, "programme": programme.id, "joined_at": now,
                "public_id": ids.public_id("mem_"), "card_number": number_forms.generate("card"),
            }
            for n in numbers
        ]).execute()  # fmt: skip
    return list(Customer.select().order_by(Customer.id))


if __name__ == "__main__":
    print_table(run())
