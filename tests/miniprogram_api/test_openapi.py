"""The open documentation: whole, and shown without any other host."""

import re

import pytest

# Doors that answer a file to keep instead of JSON.
FILES = {"get /api/me/stored-value/statement.csv": "text/csv"}


@pytest.fixture
def spec(web):
    return web.test_client().get("/openapi.json").json


def operations(spec):
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def test_every_customer_door_is_documented(web, spec):
    doors = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in web.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/")
    }
    documented = {(path, method) for path, methods in spec["paths"].items() for method in methods}
    assert doors
    assert doors <= documented


def test_every_operation_says_what_it_is_and_what_it_answers(spec):
    for name, operation in operations(spec):
        assert re.search(r"[\u4e00-\u9fff]", operation["summary"]), name
        assert operation["tags"], name
        content = next(answer["content"] for status, answer in operation["responses"].items() if status < "3")
        if name in FILES:
            assert content == {FILES[name]: {"schema": {"type": "string"}}}
            continue
        data = content["application/json"]["schema"]["properties"]["data"]
        assert "$ref" in data, f"{name} does not say what it answers"


def test_every_write_takes_an_idempotency_key(spec):
    for name, operation in operations(spec):
        has_key = "Idempotency-Key" in {parameter["name"] for parameter in operation["parameters"]}
        assert has_key == (not name.startswith("get ")), name


def test_doors_of_the_signed_in_say_so(spec):
    assert spec["components"]["securitySchemes"]["session"]["scheme"] == "bearer"
    for name, operation in operations(spec):
        if "/api/me" in name:
            assert operation["security"] == [{"session": []}], name
            assert "401" in operation["responses"], name


def test_references_lead_somewhere(spec):
    known = {f"#/components/schemas/{name}" for name in spec["components"]["schemas"]}
    assert set(re.findall(r"'\$ref': '([^']+)'", str(spec))) <= known


def test_bodies_allow_no_unknown_field(spec):
    for name, operation in operations(spec):
        if "requestBody" in operation:
            reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            schema = spec["components"]["schemas"][reference.rpartition("/")[2]]
            assert schema["additionalProperties"] is False, name


def test_the_documentation_needs_no_other_host(web):
    client = web.test_client()
    page = client.get("/docs").text
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert loaded
    for address in loaded:
        assert address.startswith("/static/vendor/swagger-ui/")
        with client.get(address) as file:
            assert file.status_code == 200
