"""The start page links to what there is; the page of error codes comes from the code."""

import re

import pytest
from apiflask import APIFlask

from web import error_codes


def test_n21_start_page_links_lead_somewhere(web: APIFlask):
    client = web.test_client()
    page = client.get("/")
    assert page.status_code == 200
    links = re.findall(r'href="(/[^"]*)"', page.text)
    assert len(links) >= 6
    for link in links:
        path = link.replace("a=demo", "a=acme-mp")
        with client.get(path, follow_redirects=True) as answer:
            assert answer.status_code == 200, path


def test_n21_production_has_no_start_page(web: APIFlask, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(web.config, "SANDBOX_URL", None)
    assert web.test_client().get("/").status_code == 404


def test_n11_page_lists_all_error_codes(web: APIFlask):
    page = web.test_client().get("/docs/error-codes").text
    for error in error_codes.list_all():
        assert f"<code>{error.code}</code>" in page
    assert {"unauthorized", "key_reused", "claim_limit", "busy"} <= {e.code for e in error_codes.list_all()}


def test_n11_codes_of_a_function_include_those_of_what_it_calls():
    codes = {
        error.code for error in error_codes.list_of_function("miniprogram_api.coupons.claims.claim_coupon")
    }
    assert {"claim_limit", "coupons_gone", "unauthorized", "key_reused"} <= codes
    assert "top_up_paid" not in codes
