"""`flask terminals` and `flask cashiers`."""

import json

import pytest

from store.shops import shops
from store.shops.coordinates import Coordinates
from store.tills import cashiers, sessions, terminals

PIN, OTHER_PIN = "258036", "975310"


@pytest.fixture
def shop(acme):
    return shops.create_shop(code="S1", name="西站店", location=Coordinates(121.47, 31.23))


def test_a_terminal_is_added_listed_renewed_and_disabled(run_command, run_json, shop):
    added = run_command("terminals", "add", "T1", "一号台", "--shop", "S1")
    secret = added.output.rpartition("：")[2].strip()
    assert terminals.verify_secret(code="T1", secret=secret)
    assert "密钥不再显示" in run_command("terminals", "add", "T1", "一号台", "--shop", "S1").output
    assert run_json("terminals", "list") == [
        {"code": "T1", "name": "一号台", "shop": "S1", "state": "active"}
    ]
    renewed = json.loads(run_command("terminals", "renew-secret", "T1", "--json").stdout)["secret"]
    assert terminals.verify_secret(code="T1", secret=renewed)
    for _ in range(2):
        assert run_command("terminals", "disable", "T1").output == "终端 T1 已停用\n"
    assert "没有找到" in run_command("terminals", "disable", "T9").output


def test_a_cashier_is_added_listed_changed_and_disabled(run_command, run_json, shop):
    for _ in range(2):
        added = run_command("cashiers", "add", "1001", "小李", "--shop", "S1", "--pin", PIN)
        assert added.output == "收银员 1001（小李）在职，权限：收银\n"
        assert PIN not in added.output
    assert "店长" in run_command("cashiers", "set-rights", "1001", "sell,manager").output
    assert run_json("cashiers", "list") == [
        {
            "number": "1001", "name": "小李", "shop": "S1", "rights": ["sell", "manager"], "state": "active",
            "locked": False,
        }
    ]  # fmt: skip
    assert "已停用" in run_command("cashiers", "disable", "1001").output
    assert "1001\t小李\tS1\tsell,manager\tdisabled" in run_command("cashiers", "list").output


def test_the_pin_is_asked_for_twice(run_command, shop):
    issued = terminals.add(code="T1", name="", shop=shop)
    run_command("cashiers", "add", "1001", "小李", input=f"{PIN}\n{PIN}\n")
    run_command("cashiers", "set-pin", "1001", input=f"{OTHER_PIN}\n{OTHER_PIN}\n")
    sign_in = {"terminal_code": "T1", "secret": issued.secret, "cashier_number": "1001"}
    assert sessions.verify(**sign_in, pin=OTHER_PIN)


def test_a_locked_cashier_is_unlocked(run_command, run_json, shop):
    cashiers.add(number="1001", name="小李", pin=PIN)
    for _ in range(5):
        with pytest.raises(Exception, match="密码"):
            cashiers.verify_pin(number="1001", pin=OTHER_PIN, shop_id=shop.id)
    assert run_json("cashiers", "list")[0]["locked"]
    run_command("cashiers", "unlock", "1001")
    assert not run_json("cashiers", "list")[0]["locked"]


@pytest.mark.parametrize("words", [("--pin", "123456"), ("--pin", PIN, "--rights", "fly")])
def test_wrong_values_are_one_sentence(run_command, shop, words):
    result = run_command("cashiers", "add", "1001", "小李", *words)
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
