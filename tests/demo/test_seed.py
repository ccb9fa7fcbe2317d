"""The demo tenants: seeded once, the same after every further start."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from demo import loyalty

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    var = tmp_path_factory.mktemp("filled")
    run_seed(var, port=8000)
    return var


@pytest.fixture
def var(filled: Path, tmp_path: Path) -> Path:
    """A folder in which the tenants were filled once."""
    return Path(shutil.copytree(filled, tmp_path / "var"))


def run_seed(var: Path, *, port: int) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("XIAOER_", "DATABASE_"))}
    env |= {"XIAOER_VAR": str(var), "PORT": str(port)}
    subprocess.run([sys.executable, "-m", "demo.seed"], cwd=ROOT, env=env, check=True, capture_output=True)


def test_second_fill_changes_nothing(var: Path):
    """Neither what the first fill wrote nor what a person changed or ended."""
    query_value(var, "demo", "UPDATE reply_rule SET enabled = 0 RETURNING 1")
    query_value(var, "demo", "UPDATE tier_rule SET retired_at = '2026-01-01 00:00:00' RETURNING 1")
    query_value(var, "demo", "UPDATE point_rule SET ends_on = '2026-01-01' RETURNING 1")
    query_value(var, "demo", "UPDATE top_up_rule SET ends_at = '2026-01-01 00:00:00' RETURNING 1")
    before = {slug: query_rows(var, slug) for slug in ("demo", "demo2")}
    run_seed(var, port=8000)
    assert {slug: query_rows(var, slug) for slug in ("demo", "demo2")} == before


def test_the_orders_of_ninety_days_are_there(filled: Path):
    ended = "SELECT count(*) FROM fulfilment WHERE state IN ('completed', 'refused', 'refunded', 'closed')"
    assert query_value(filled, "demo", ended) == 56
    first = "SELECT julianday('now') - julianday(min(placed_at)) FROM \"order\""
    assert 80 < query_value(filled, "demo", first) < 91
    noisy = (
        "SELECT count(*) FROM event_delivery WHERE state = 'pending' AND subscriber LIKE 'notifications.%'"
        " AND event_id < (SELECT max(event_id) - 60 FROM event_delivery)"
    )
    assert query_value(filled, "demo", noisy) == 0


def test_promotions_of_three_kinds_run(filled: Path):
    approved = "SELECT count(DISTINCT kind) FROM promotion WHERE state = 'approved'"
    assert query_value(filled, "demo", approved) == 3
    prices = "SELECT json_array_length(content_json, '$.parameters.prices') FROM promotion WHERE kind = 'special_price'"
    assert query_value(filled, "demo", prices) == 4


@pytest.mark.deep
def test_other_port_changes_the_addresses_and_asks_for_the_menu_again(var: Path):
    asked = "SELECT count(*) FROM event WHERE kind = 'menus.publication_requested'"
    accounts = query_value(var, "demo", "SELECT count(*) FROM menu_publication")
    assert query_value(var, "demo", asked) == accounts
    query_rows(var, "demo", "UPDATE menu_publication SET state = 'live' RETURNING 1")
    before = read_accounts(var)
    run_seed(var, port=9000)
    after = read_accounts(var)
    assert after["demo"]["callback"] == "http://127.0.0.1:9000/wechat/demo"
    assert after == {key: {**row, **addresses(key, port=9000)} for key, row in before.items()}
    assert query_value(var, "demo", asked) == 2 * accounts


def test_the_programme_has_rules_and_offers(var: Path):
    for slug in ("demo", "demo2"):
        assert query_value(var, slug, "SELECT count(*) FROM tier_rule") == 2
        names = [name for (name,) in query_rows(var, slug, "SELECT name FROM point_rule ORDER BY id")]
        assert names == ["消费得积分", "消费得成长值"]
        assert query_value(var, slug, "SELECT name FROM point_multiplier") == "生日月双倍积分"
        assert json.loads(query_value(var, slug, "SELECT steps FROM top_up_rule")) == loyalty.TOP_UPS


def test_plastic_cards_of_each_tier_and_a_stock_are_there(var: Path):
    assert query_value(var, "demo", "SELECT COUNT(*) FROM physical_card_kind") == 3
    assert query_value(var, "demo", "SELECT COUNT(*) FROM activation_code") == 3


def test_a_lucky_draw_runs_and_a_keyword_leads_to_it(filled: Path):
    for slug in ("demo", "demo2"):
        assert query_rows(filled, slug, "SELECT state, total_draws FROM activity") == [("running", 2_000)]
        kinds = query_rows(filled, slug, "SELECT kind FROM prize ORDER BY position")
        assert kinds == [("cash",), ("coupon",), ("points",), ("goods",)]
        assert query_value(filled, slug, "SELECT reserved_fen FROM activity_budget") == 600_00
        answers = query_value(filled, slug, "SELECT answers FROM reply_rule WHERE name = '抽奖'")
        assert query_value(filled, slug, "SELECT public_id FROM activity") in answers


def test_tenants_share_no_account(var: Path):
    keys = {slug: query_rows(var, slug, "SELECT key FROM channel") for slug in ("demo", "demo2")}
    assert keys["demo"]
    assert not set(keys["demo"]) & set(keys["demo2"])


def test_both_tenants_have_shops_of_their_own(var: Path):
    names = {slug: query_rows(var, slug, "SELECT name FROM shop") for slug in ("demo", "demo2")}
    assert len(names["demo"]) >= 300
    assert all(name.startswith("小二便利") for (name,) in names["demo"])
    assert all(name.startswith("对门超市") for (name,) in names["demo2"])


def query_rows(var: Path, slug: str, query: str | None = None) -> list:
    """The rows of a query, or of all tables without the numbers that are given out next."""
    with sqlite3.connect(var / "tenants" / f"{slug}.db") as connection:
        found = list(connection.execute(query)) if query else _dump(connection)
    connection.close()
    return found


def _dump(connection: sqlite3.Connection) -> list[str]:
    return [line for line in connection.iterdump() if not line.startswith('INSERT INTO "sqlite_sequence"')]


def query_value(var: Path, slug: str, query: str) -> object:
    return query_rows(var, slug, query)[0][0]


def read_accounts(var: Path) -> dict[str, dict]:
    """The official accounts by their key."""
    rows = json.loads((var / "sandbox" / "accounts.json").read_text())
    return {row["callback"].rpartition("/")[2]: row for row in rows if row["callback"]}


def addresses(key: str, *, port: int) -> dict[str, str]:
    base = f"http://127.0.0.1:{port}"
    platform = "alipay" if key.endswith("-alipay") else "wechat"
    callback = {"callback": f"{base}/{platform}/{key}"}
    return callback if key.endswith("-mini") else {**callback, "h5_home": f"{base}/m/me?a={key}"}
