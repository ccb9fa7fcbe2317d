"""The trial companies: laid out once, the same after every further start."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from demo import club

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    var = tmp_path_factory.mktemp("filled")
    fill(var, port=8000)
    return var


@pytest.fixture
def var(filled: Path, tmp_path: Path) -> Path:
    """A folder in which the companies were filled once."""
    return Path(shutil.copytree(filled, tmp_path / "var"))


def fill(var: Path, *, port: int) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("XIAOER_", "DATABASE_"))}
    env |= {"XIAOER_VAR": str(var), "PORT": str(port)}
    subprocess.run([sys.executable, "-m", "demo.fill"], cwd=ROOT, env=env, check=True, capture_output=True)


def test_second_fill_changes_nothing(var: Path):
    before = {slug: records(var, slug) for slug in ("demo", "demo2")}
    fill(var, port=8000)
    assert {slug: records(var, slug) for slug in ("demo", "demo2")} == before


def test_other_port_changes_the_addresses_and_nothing_else(var: Path):
    before = book(var)
    fill(var, port=9000)
    after = book(var)
    assert after["demo"]["callback"] == "http://127.0.0.1:9000/wechat/demo"
    assert after == {key: {**row, **addresses(key, port=9000)} for key, row in before.items()}


def test_menu_is_asked_for_again_when_the_port_changed(var: Path):
    asked = "SELECT count(*) FROM event WHERE kind = 'menus.publish_asked'"
    assert value(var, "demo", asked) == 1
    value(var, "demo", "UPDATE menu_publication SET state = 'live' RETURNING 1")
    fill(var, port=8000)
    assert value(var, "demo", asked) == 1
    fill(var, port=9000)
    assert value(var, "demo", asked) == 2


def test_what_a_person_changed_stays(var: Path):
    value(var, "demo", "UPDATE reply_rule SET enabled = 0 RETURNING 1")
    fill(var, port=8000)
    assert value(var, "demo", "SELECT sum(enabled) FROM reply_rule") == 0


def test_the_club_has_rules_and_offers(var: Path):
    for slug in ("demo", "demo2"):
        assert value(var, slug, "SELECT count(*) FROM tier_rule") == 2
        names = [name for (name,) in records(var, slug, "SELECT name FROM point_rule ORDER BY id")]
        assert names == ["消费得积分", "消费得成长值"]
        assert value(var, slug, "SELECT name FROM point_multiplier") == "生日月双倍积分"
        assert json.loads(value(var, slug, "SELECT steps FROM top_up_rule")) == club.TOP_UPS


def test_what_a_person_put_away_in_the_club_stays_away(var: Path):
    value(var, "demo", "UPDATE tier_rule SET retired_at = '2026-01-01 00:00:00' RETURNING 1")
    value(var, "demo", "UPDATE point_rule SET ends_on = '2026-01-01' RETURNING 1")
    value(var, "demo", "UPDATE top_up_rule SET ends_at = '2026-01-01 00:00:00' RETURNING 1")
    before = records(var, "demo")
    fill(var, port=8000)
    assert records(var, "demo") == before


def test_a_company_of_before_the_club_had_rules_gets_them(var: Path):
    for table in ("tier_rule", "point_multiplier", "point_rule", "top_up_rule"):
        records(var, "demo", f"DELETE FROM {table}")
    fill(var, port=8000)
    assert value(var, "demo", "SELECT count(*) FROM tier_rule") == 2
    assert value(var, "demo", "SELECT count(*) FROM top_up_rule") == 1


def test_companies_share_no_account(var: Path):
    keys = {slug: records(var, slug, "SELECT key FROM channel") for slug in ("demo", "demo2")}
    assert keys["demo"]
    assert not set(keys["demo"]) & set(keys["demo2"])


def test_both_companies_have_shops_of_their_own(var: Path):
    names = {slug: records(var, slug, "SELECT name FROM shop") for slug in ("demo", "demo2")}
    assert len(names["demo"]) >= 300
    assert all(name.startswith("小二便利") for (name,) in names["demo"])
    assert all(name.startswith("对门超市") for (name,) in names["demo2"])


def records(var: Path, slug: str, query: str | None = None) -> list:
    with sqlite3.connect(var / "tenants" / f"{slug}.db") as connection:
        found = list(connection.execute(query)) if query else list(connection.iterdump())
    connection.close()
    return found


def value(var: Path, slug: str, query: str) -> object:
    return records(var, slug, query)[0][0]


def book(var: Path) -> dict[str, dict]:
    """The official accounts by their key."""
    rows = json.loads((var / "sandbox" / "accounts.json").read_text())
    return {row["callback"].rpartition("/")[2]: row for row in rows if row["callback"]}


def addresses(key: str, *, port: int) -> dict[str, str]:
    base = f"http://127.0.0.1:{port}"
    return {"callback": f"{base}/wechat/{key}", "h5_home": f"{base}/m/me?a={key}"}
