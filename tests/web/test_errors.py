"""What every route answers alike, also to those who mean harm."""

import json

import pytest
from apiflask import APIFlask

DEEPLY_NESTED = ["[" * 20_000, '{"a":' * 20_000]


@pytest.mark.parametrize("body", DEEPLY_NESTED)
@pytest.mark.parametrize("path", ["/api/sessions", "/api/sms-codes"])
def test_what_is_nested_too_deeply_is_no_json(web: APIFlask, path: str, body: str):
    answer = web.test_client().post(path, data=body, content_type="application/json")
    assert 400 <= answer.status_code < 500
    assert answer.json["code"] != "internal"


def test_no_answer_is_kept_by_a_browser_or_shown_in_a_frame(web: APIFlask):
    for path in ("/api/stores?account=acme-mp", "/api/me", "/docs", "/nowhere"):
        answer = web.test_client().get(path)
        assert "no-store" in answer.headers["Cache-Control"]
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_an_answer_is_read_in_the_order_in_which_it_was_written(web: APIFlask):
    answer = web.test_client().get("/api/stores?account=acme-mp")
    assert list(json.loads(answer.text)) == ["code", "msg", "data", "request_id"]


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/api/me"), ("PATCH", "/api/stores"), ("POST", "/m/me"), ("POST", "/docs")]
)
def test_a09_refused_method_names_the_allowed_ones(web: APIFlask, method: str, path: str):
    answer = web.test_client().open(path, method=method)
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_a09_missing_login_names_its_scheme(web: APIFlask):
    assert web.test_client().get("/api/me").headers["WWW-Authenticate"] == "Bearer"


def test_n19_message_is_the_sentence_alone(web: APIFlask):
    answer = web.test_client().get("/api/stores?account=acme-mp&page=0").json
    assert (answer["msg"], answer["data"]["field"]) == ("不能小于 1", "page")
