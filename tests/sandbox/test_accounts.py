"""The account book: read when it changes, written by the control route, never showing secrets unasked."""

import json
import os

import pytest

from tests.support.sandbox_client import PROGRAM, SHOP, Sandbox, start, write_accounts


def names(sandbox: Sandbox) -> list[str]:
    return [each["name"] for each in sandbox.get("/sandbox/accounts")["accounts"]]


def touch(sandbox: Sandbox) -> None:
    """Makes sure the file's time differs, however coarse the file system's clock is."""
    file = sandbox.folder / "accounts.json"
    later = file.stat().st_mtime_ns + 10**9
    os.utime(file, ns=(later, later))


def test_book_may_come_later_and_change(tmp_path: object) -> None:
    sandbox = start(tmp_path)
    assert names(sandbox) == []
    write_accounts(tmp_path, SHOP)
    assert names(sandbox) == ["小二便利"]
    write_accounts(tmp_path, PROGRAM)
    touch(sandbox)
    assert names(sandbox) == ["小二商城"]


def test_broken_book_leaves_the_last_good_one(sandbox: Sandbox) -> None:
    names(sandbox)
    (sandbox.folder / "accounts.json").write_text('[{"secret": "do-not-show"')
    touch(sandbox)
    answer = sandbox.get("/sandbox/accounts")
    assert len(answer["accounts"]) == 3
    assert "账号簿读不懂" in answer["load_error"]
    write_accounts(sandbox.folder, {**SHOP, "kind": "do-not-show"})
    touch(sandbox)
    assert "do-not-show" not in sandbox.get("/sandbox/accounts")["load_error"]


def test_secrets_are_shown_only_when_asked_for(sandbox: Sandbox) -> None:
    shown = sandbox.client.get("/sandbox/accounts").text
    assert SHOP["secret"] not in shown
    assert SHOP["token"] not in shown
    assert SHOP["encoding_aes_key"] not in shown
    assert SHOP["secret"] in sandbox.client.get("/sandbox/accounts?secrets=1").text


def test_put_account_is_in_the_book(sandbox: Sandbox) -> None:
    answer = sandbox.client.put(f"/sandbox/accounts/{SHOP['appid']}", json={**SHOP, "name": "小二超市"})
    assert answer.json["name"] == "小二超市"
    assert "secret" not in answer.json
    book = json.loads((sandbox.folder / "accounts.json").read_text())
    assert [each["name"] for each in book] == ["小二超市", "隔壁超市", "小二商城"]


@pytest.mark.parametrize(
    "changes",
    [
        {"callback": "http://example.com/wechat"},
        {"callback": "http://10.0.0.8/wechat"},
        {"callback": "file:///etc/passwd"},
        {"mode": "safe", "encoding_aes_key": None},
        {"encoding_aes_key": "short"},
        {"kind": "sms"},
        {"name": ""},
        {"colour": "red"},
    ],
)
def test_account_that_cannot_work_is_refused(sandbox: Sandbox, changes: dict) -> None:
    answer = sandbox.client.put(f"/sandbox/accounts/{SHOP['appid']}", json={**SHOP, **changes})
    assert (answer.status_code, answer.json["error"]) == (400, "bad_account")
    assert names(sandbox)[0] == "小二便利"


def test_other_machines_have_no_access(sandbox: Sandbox) -> None:
    far = {"REMOTE_ADDR": "192.168.1.20"}
    for path in ("/", "/sandbox/accounts", "/cgi-bin/token", "/health/live"):
        assert sandbox.client.get(path, environ_base=far).status_code == 403
    assert sandbox.client.get("/health/live").json == {"ok": True}
