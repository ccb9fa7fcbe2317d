"""People, their identities at accounts, and whom they follow."""

import re

from tests.support.sandbox_client import OTHER_SHOP, PERSON, PROGRAM, SHOP, Sandbox, start


def info(sandbox: Sandbox, openid: str, account: dict = SHOP) -> dict:
    return sandbox.get("/cgi-bin/user/info", access_token=sandbox.token(account), openid=openid)


def test_one_person_has_one_unionid_and_many_openids(sandbox: Sandbox) -> None:
    here, there, program = (sandbox.chat(appid=each["appid"]) for each in (SHOP, OTHER_SHOP, PROGRAM))
    assert len({each["openid"] for each in (here, there, program)}) == 3
    assert here["unionid"] == program["unionid"] != there["unionid"]
    assert re.fullmatch(r"o[\w-]{27}", here["openid"])


def test_identities_and_followers_outlive_a_restart(sandbox: Sandbox) -> None:
    sandbox.do_action("follow")
    before = sandbox.chat()
    after = start(sandbox.folder).chat()
    assert (after["openid"], after["following"]) == (before["openid"], True)
    assert after["messages"] == []


def test_no_phone_number_is_ever_written(sandbox: Sandbox) -> None:
    added = sandbox.client.post("/sandbox/people", json={"name": "大刘", "phone": "13900000001"}).json
    sandbox.do_action("follow", person=added["id"])
    sandbox.do_action("follow")
    phones = [each["phone"] for each in sandbox.get("/sandbox/people")["people"]]
    written = "".join(file.read_text() for file in sandbox.folder.iterdir())
    assert len(phones) == 5
    assert not any(phone in written for phone in phones)


def test_added_person_takes_part(sandbox: Sandbox) -> None:
    answer = sandbox.client.post("/sandbox/people", json={"name": "大刘"})
    assert answer.status_code == 201
    person = answer.json
    assert re.fullmatch(r"138\d{8}", person["phone"])
    sandbox.do_action("follow", person=person["id"])
    assert sandbox.chat(person["id"])["following"] is True


def test_bad_names_and_numbers_are_refused(sandbox: Sandbox) -> None:
    def add(**body: object) -> tuple[int, str]:
        answer = sandbox.client.post("/sandbox/people", json=body)
        return answer.status_code, answer.json.get("error", "")

    assert add(name=" ") == (400, "bad_name")
    assert add(name="甲", phone="12345") == (400, "bad_phone")
    assert add(name="甲", phone="13900000001") == (201, "")
    assert add(name="乙", phone="13900000001") == (409, "phone_taken")


def test_user_info_knows_followers_and_others(sandbox: Sandbox) -> None:
    openid = sandbox.openid()
    assert info(sandbox, openid) == {"subscribe": 0, "openid": openid, "unionid": sandbox.chat()["unionid"]}
    sandbox.do_action("follow")
    known = info(sandbox, openid)
    assert (known["subscribe"], known["subscribe_time"]) == (1, 1_800_000_000)
    assert "nickname" not in known
    assert info(sandbox, "o-made-up")["errcode"] == 40003
    assert info(sandbox, "")["errcode"] == 41009
    assert info(sandbox, openid, OTHER_SHOP)["errcode"] == 40003


def test_followers_are_listed_in_their_order(sandbox: Sandbox) -> None:
    def listed(**query: str) -> dict:
        return sandbox.get("/cgi-bin/user/get", access_token=sandbox.token(), **query)

    assert listed() == {"total": 0, "count": 0, "next_openid": ""}
    for person in ("lili", PERSON, "aqiang"):
        sandbox.do_action("follow", person=person)
    sandbox.do_action("unfollow", person=PERSON)
    first, last = sandbox.openid("lili"), sandbox.openid("aqiang")
    assert listed()["data"]["openid"] == [first, last]
    assert listed(next_openid=first)["data"]["openid"] == [last]
    assert listed(next_openid=last) == {"total": 2, "count": 0, "next_openid": ""}
    assert listed(next_openid="o-made-up")["errcode"] == 40003


def test_reset_leaves_only_the_account_book(sandbox: Sandbox) -> None:
    sandbox.do_action("follow")
    token = sandbox.token()
    sandbox.client.post("/sandbox/people", json={"name": "大刘"})
    sandbox.client.put("/sandbox/faults", json={"path": "*", "kind": "http_500"})
    sandbox.client.post("/sandbox/reset")
    assert sandbox.chat()["following"] is False
    assert sandbox.chat()["messages"] == []
    assert len(sandbox.get("/sandbox/people")["people"]) == 4
    assert sandbox.get("/cgi-bin/user/get", access_token=token)["errcode"] == 40001
    assert len(sandbox.get("/sandbox/accounts")["accounts"]) == 3
    assert start(sandbox.folder).chat()["following"] is False
