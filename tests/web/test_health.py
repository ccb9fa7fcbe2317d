"""The figures tell a tenant's business, so not to everybody; readiness is an answer, never a fault."""

import peewee
import pytest
from apiflask import APIFlask

import config
from store.tenants import registry

TOKEN = {"Authorization": "Bearer sesame"}


@pytest.fixture
def with_token(monkeypatch: pytest.MonkeyPatch, web: APIFlask) -> None:
    here = config.current()
    changed = type(here)(**{**vars(here), "metrics_token": "sesame"})
    monkeypatch.setattr(config, "current", lambda: changed)


def read_metrics(web: APIFlask, address: str = "127.0.0.1", **headers: str) -> int:
    return (
        web.test_client().get("/metrics", environ_base={"REMOTE_ADDR": address}, headers=headers).status_code
    )


def test_figures_are_reported_on_this_machine(web: APIFlask):
    assert read_metrics(web) == 200
    assert read_metrics(web, "::1") == 200


@pytest.mark.parametrize("address", ["10.0.0.9", "203.0.113.5", "2001:db8::1"])
def test_figures_are_not_reported_to_another_machine(web: APIFlask, address: str):
    assert read_metrics(web, address) == 403


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_figures_are_not_reported_through_a_proxy_on_this_machine(web: APIFlask, header: str):
    assert read_metrics(web, **{header: "127.0.0.1"}) == 403


@pytest.mark.usefixtures("with_token")
def test_with_a_token_figures_are_reported_to_its_holder_everywhere(web: APIFlask):
    assert read_metrics(web, "203.0.113.5", **TOKEN) == 200
    assert read_metrics(web) == 401
    assert read_metrics(web, Authorization="Bearer sesam") == 401


def test_without_its_records_the_application_is_not_ready(web: APIFlask, monkeypatch: pytest.MonkeyPatch):
    def gone() -> list[str]:
        raise peewee.OperationalError("no such host: db.internal")

    monkeypatch.setattr(registry, "list_slugs", gone)
    answer = web.test_client().get("/health/ready")
    assert answer.status_code == 503
    assert "db.internal" not in answer.text
