"""Links pass from one phone to another."""

import pytest

from tests.support.sandbox_client import PERSON, Sandbox

LINK = "http://127.0.0.1:8000/m/gifts?a=demo#secret"


def share(sandbox: Sandbox, url: object, receiver: str = "laowang", sender: str = PERSON) -> dict:
    return sandbox.client.post(f"/sandbox/people/{receiver}/links", json={"url": url, "sender": sender}).json


def received(sandbox: Sandbox, person: str) -> list[str]:
    return [link["url"] for link in sandbox.get(f"/sandbox/people/{person}/links")["links"]]


def test_a_link_arrives_at_the_other_phone_with_its_fragment(sandbox: Sandbox):
    share(sandbox, f" {LINK} ")
    share(sandbox, "https://shop.example/")
    assert received(sandbox, "laowang") == ["https://shop.example/", LINK]
    assert received(sandbox, PERSON) == []
    assert sandbox.get("/sandbox/people/laowang/links")["links"][0]["sender_name"] == "小美"
    sandbox.client.post("/sandbox/reset")
    assert received(sandbox, "laowang") == []


@pytest.mark.parametrize(
    "url", [None, 1, "", "javascript:alert(1)", "http://", "http://[", "http://a b", "http://a/" + "x" * 2000]
)
def test_what_is_no_web_address_is_refused(sandbox: Sandbox, url: object):
    assert share(sandbox, url)["error"] == "bad_url"
    assert received(sandbox, "laowang") == []


def test_strangers_and_oneself_are_refused(sandbox: Sandbox):
    assert share(sandbox, LINK, receiver=PERSON)["error"] == "own_phone"
    assert share(sandbox, LINK, receiver="stranger")["error"] == "no_such_person"
    assert share(sandbox, LINK, sender="stranger")["error"] == "no_such_person"
