"""The open documentation: whole, and shown without any other host."""

import re

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

# Routes that answer a file to keep instead of JSON.
FILES = {"get /api/me/stored-value/statement.csv": "text/csv"}


@pytest.fixture
def spec(web):
    return web.test_client().get("/openapi.json").json


def operations(spec):
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def customer_operations(spec):
    """Those of customers: the others reject a customer's token before they read a body."""
    return ((name, operation) for name, operation in operations(spec) if "/till/" not in name)


def test_every_customer_route_is_documented(web, spec):
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in web.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith(("/api/", "/till/"))
    }
    documented = {(path, method) for path, methods in spec["paths"].items() for method in methods}
    assert routes
    assert routes <= documented


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


def test_routes_of_the_signed_in_say_so(spec):
    assert spec["components"]["securitySchemes"]["session"]["scheme"] == "bearer"
    for name, operation in operations(spec):
        if "/api/me" in name:
            assert operation["security"] == [{"session": []}], name
            assert "401" in operation["responses"], name
        if "/till/" in name and name != "post /till/sessions":
            assert operation["security"] == [{"till": []}], name
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


# What a database, an encoder or a log may choke on.
HOSTILE_TEXTS = {"zero byte": "a\x00b", "only a zero byte": "\x00", "half a character": "\ud800"}


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS)
def test_a_text_that_cannot_be_stored_is_rejected_by_every_body(xiaomei, spec, text):
    """Each text of each body in turn, beside others that are right: always a rejection that names it."""
    tried = []
    for name, operation in customer_operations(spec):
        if "requestBody" not in operation:
            continue
        method, path = name.split(" ")
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        for field, body in with_hostile_texts(spec, schema, text):
            answer = xiaomei.request(method.upper(), path.format(**PATH_VALUES), json=body)
            tried.append((name, field))
            assert (answer.status_code, answer.json["data"]["field"]) == (422, field), tried[-1]
    assert {
        ("post /api/me/coupons/quotes", "store_id"), ("post /api/me/coupons/quotes", "lines.0.product"),
        ("post /api/sms-codes", "phone"), ("patch /api/me", "name"),
    } <= set(tried)  # fmt: skip


def with_hostile_texts(spec, schema, text):
    """The body once for each text in it, that text spoilt, with the name by which a rejection tells it."""
    schema = resolve_schema(spec, schema)
    if schema.get("type") == "string":
        yield "", text
    if schema.get("type") == "array":
        for field, item in with_hostile_texts(spec, schema["items"], text):
            yield f"0.{field}".strip("."), [item]
    for name, part in schema.get("properties", {}).items():
        for field, value in with_hostile_texts(spec, part, text):
            yield f"{name}.{field}".strip("."), {**valid_value(spec, schema), name: value}


def valid_value(spec, schema):
    """A value that a schema allows."""
    schema = resolve_schema(spec, schema)
    if "properties" in schema:
        wanted = schema.get("required", ())
        return {
            name: VALID_VALUES.get(name) or valid_value(spec, schema["properties"][name]) for name in wanted
        }
    if schema.get("type") == "array":
        return [valid_value(spec, schema["items"])]
    if "enum" in schema:
        return schema["enum"][0]
    plain = {"integer": schema.get("minimum", 1), "boolean": True}
    return schema.get("const") or plain.get(schema.get("type"), "x")


PATH_VALUES = {
    "activity_id": "act_x",
    "prize_id": "win_x",
    "code": "0" * 16,
    "store_id": "sho_x",
    "claim_id": "pcl_x",
    "line_id": "x",
    "sku_id": "sku_x",
    "goods_id": "prd_x",
    "number": "9" * 20,
    "address_id": "adr_x",
    "message_id": "msg_x",
    "collection_code": "acme.x",
    "application": "ca_x",
}
VALID_VALUES = {
    "account": "acme-mini", "code": "123456", "phone": "13812345678", "secret": "s" * 43, "day": "2026-11-01",
    "method": "wechat", "answer": "yes", "region": ["沪", "沪", "黄浦"], "starts_at": "2026-11-01T10:00:00+08:00",
}  # fmt: skip


def resolve_schema(spec, schema):
    """The schema itself: no reference, and of a choice the first, which is not null."""
    while "$ref" in schema or "anyOf" in schema:
        schema = (
            spec["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            if "$ref" in schema
            else schema["anyOf"][0]
        )
    return schema


def test_the_documentation_needs_no_other_host(web):
    client = web.test_client()
    page = client.get("/docs").text
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert loaded
    for address in loaded:
        assert re.fullmatch(r"/static/v/[0-9a-f]{12}/vendor/swagger-ui/.+", address)
        with client.get(address) as file:
            assert file.status_code == 200


@pytest.mark.parametrize("body", ["null", "[]", "1", '"x"', "[null]", " null "])
def test_a09_only_objects_are_bodies(xiaomei, spec, body):
    for name, operation in customer_operations(spec):
        if "requestBody" in operation:
            method, path = name.split(" ")
            path = path.format(**PATH_VALUES)
            answer = xiaomei.request(method.upper(), path, data=body, content_type="application/json")
            assert answer.status_code in (400, 422), name


def test_n11_documentation_is_valid(spec):
    """By the schema of OpenAPI, and each schema in it by that of JSON Schema."""
    assert list_faults(spec) == []


def test_n11_a_fault_of_the_documentation_is_found(spec):
    """Negative control: a parameter without a place, and a schema of a type that does not exist."""
    spec["paths"]["/api/me"]["get"]["parameters"].append({"name": "x", "schema": {"type": "string"}})
    spec["paths"] = {"/api/me": spec["paths"]["/api/me"]}
    spec["components"]["schemas"] = {"Wrong": {"type": "text"}}
    text = str(list_faults(spec))
    assert "'in' is a required property" in text.replace('"', "'")  # versions of jsonschema quote differently
    assert "'text' is not valid" in text


def list_faults(spec):
    """What the schemas of the standards find. The whole validator, which is deep, checks each schema many times."""
    schemas = {"$defs": spec["components"]["schemas"]}
    standard = jsonschema.Draft202012Validator(jsonschema.Draft202012Validator.META_SCHEMA)
    found = [*OpenAPIV31SpecValidator.schema_validator.iter_errors(spec), *standard.iter_errors(schemas)]
    return [error.message for error in found]


@pytest.mark.deep
def test_n11_documentation_is_valid_by_the_whole_validator(spec):
    assert [error.message for error in OpenAPIV31SpecValidator(spec).iter_errors()] == []


def test_n11_every_operation_has_an_id_examples_and_error_codes(spec):
    names = [operation["operationId"] for _, operation in operations(spec)]
    assert len(names) == len(set(names))
    for name, operation in operations(spec):
        if "requestBody" in operation:
            assert operation["requestBody"]["content"]["application/json"]["example"] is not None, name
        for status, answer in operation["responses"].items():
            content = answer["content"].get("application/json")
            if content is None:
                assert name in FILES
            elif status < "3":
                assert content["example"]["code"] == 0, name
            else:
                assert content["examples"], f"{name} {status} names no code"


def test_n11_examples_of_bodies_are_accepted_by_their_schemas(spec):
    for name, operation in operations(spec):
        if "requestBody" in operation:
            content = operation["requestBody"]["content"]["application/json"]
            schema = {**content["schema"], "components": spec["components"]}
            jsonschema.Draft202012Validator(schema).validate(content["example"]), name


def test_n11_profile_sent_back_with_the_defaults_of_its_schema_stays(xiaomei, spec):
    xiaomei.request(
        "PATCH", "/api/me", json={"nickname": "小梅", "city": "上海市", "marketing_consent": True}
    )
    schema = spec["components"]["schemas"]["Profile"]
    defaults = {name: part["default"] for name, part in schema["properties"].items() if "default" in part}
    before = xiaomei.get("/api/me").json["data"]
    after = xiaomei.request("PATCH", "/api/me", json={**defaults, "nickname": "梅"}).json["data"]
    assert after["profile"] == before["profile"]
    assert (after["nickname"], after["profile"]["city"]) == ("梅", "上海市")
