"""Benchmark `console_export`: the members export of 200,000 rows; the memory by which the writing process grows."""

import json
import os
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from bench.report import Row, print_table
from store import layers
from store.core import clock, encryption, events, numbers
from store.core.database import db
from store.customers import identities, phones, programmes
from store.customers.customers import Customer
from store.customers.identities import Identity
from store.customers.members import Member
from store.exports import jobs
from store.points import points
from store.points.ledger import PointAccount
from store.staff import account_changes
from store.tenants import registry
from store.tiers import tiers
from tasks import subscriptions
from tests.support import database

MEMBERS = 200_000
BATCH_SIZE = 10_000
MAX_GROWTH_MB = 100.0
KEYS = encryption.Keys(encryption=(("k1", b"1" * 32),), index=b"i" * 32)


def run() -> list[Row]:
    """Insert the members, request an export, and let a process of its own write it."""
    with tempfile.TemporaryDirectory(prefix="xiaoer-export-") as folder:
        job_id = _seed(Path(folder))
        environment = database.process_environment(Path(folder), None, "http://127.0.0.1:9", KEYS)
        done = subprocess.run(
            [sys.executable, "-m", "bench.console_export_writer", str(job_id)],
            env=os.environ | environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        facts = json.loads(done.stdout.splitlines()[-1])
    assert (facts["state"], facts["rows"]) == ("done", MEMBERS), facts
    growth = facts["growth_mb"]
    return [
        Row(
            f"console export: {MEMBERS:,} members, growth of the writing process", growth, None, None,
            f"≤ {MAX_GROWTH_MB:.0f} MB", growth <= MAX_GROWTH_MB, "MB", f"file of {facts['file_mb']:.1f} MB",
        ),
        Row("console export: rows", MEMBERS / facts["seconds"], None, None, "–", True, "/s"),
    ]  # fmt: skip


def _seed(folder: Path) -> int:
    """Make a tenant with members who have a phone, a tier and points, and return the id of an export job."""
    encryption.load_keys(KEYS)
    layers.import_all()
    registry.open_registry(f"sqlite:///{folder}/registry.db", folder / "tenants")
    registry.create_tenant(slug="bench", name="小二便利")
    events.subscribe(subscriptions.SUBSCRIPTIONS, wake=lambda tenant: None)
    with registry.use_tenant("bench"):
        programme = programmes.create_programme(code="programme", name="会员俱乐部")
        tiers.add(programme=programme, code="base", name="普卡", is_base=True)
        points.create_group(programme=programme, code="points", name="积分")
        for start in range(0, MEMBERS, BATCH_SIZE):
            _insert_members(programme.id, start)
        account = account_changes.add(login="boss", role_keys=["admin"])
        job_id = jobs.request(account, kind="members", filters={}).id
    registry.close_all()
    return int(job_id)


@db.transactional
def _insert_members(programme_id: int, start: int) -> None:
    count, now = range(start, start + BATCH_SIZE), clock.now()
    group = points.list_groups(programmes.get_default())[0]
    people = Customer.create_many([{"source": "till", "nickname": f"顾客{number}"} for number in count])
    listed = Member.create_many([
        {"customer": person, "programme": programme_id, "card_number": numbers.generate("card"),
         "joined_at": now - timedelta(seconds=number)}
        for person, number in zip(people, count, strict=True)
    ])  # fmt: skip
    named = [f"+86139{number:08}" for number in count]
    Identity.create_many([
        {"customer": person, "provider": identities.PHONE, "subject": phones.blind_index(phone), "value": phone}
        for person, phone in zip(people, named, strict=True)
    ])  # fmt: skip
    PointAccount.create_many([
        {"member": member, "group": group.id, "accumulated": 100, "available": 50} for member in listed
    ])  # fmt: skip


if __name__ == "__main__":
    print_table(run())
