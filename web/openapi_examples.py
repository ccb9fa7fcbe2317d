"""Examples for the API documentation, built from the schemas."""

from typing import Any

MAX_DEPTH = 6
_EXAMPLES_BY_NAME = {
    "share_code": "0123456789abcdef",
    "account": "demo-mini",
    "address": "人民路 1 号",
    "avatar_url": "https://example.com/avatar.png",
    "barcode": "6901234567892",
    "birthday": "1990-05-20",
    "captcha_id": "cap_abcdefghijklmnopqrstuvwx",
    "card_number": "8212345678901234",
    "city": "上海市",
    "code": "123456",
    "day": "2026-11-01",
    "email": "mei@example.com",
    "lat": 31.2304,
    "listing_version": "0123456789abcdef",
    "lng": 121.4737,
    "name": "小梅",
    "nickname": "小梅",
    "phone": "13800138000",
    "auth_code": "134567890123456789",
    "payment_code": "880123456789012345",
    "sms_code": "123456",
    "phone_masked": "138****8000",
    "pin": "258036",
    "pickup_code": "123456",
    "manager_pin": "741852",
    "province": "上海市",
    "region_code": "310101",
    "request_id": "req_1a2b3c4d5e6f7g8h",
    "secret": "Zk3wq8Xn0bT5vR7uJ2mC9yL4sD6gH1eP_aF-iKoWxQU",
    "tail": "1234",
    "tax_number": "91310000MA1FL12345",
    "token": "demo.4f3c2b1a",
}
_EXAMPLES_BY_FORMAT = {"date": "2026-11-01", "date-time": "2026-11-01T02:00:00Z", "time": "10:00:00"}
_EXAMPLES_BY_TYPE = {"integer": 1, "number": 1.5, "boolean": True, "null": None}


def build_example(schema: dict[str, Any], schemas: dict[str, Any], name: str = "", depth: int = 0) -> Any:
    """Return a value that a schema allows. `schemas` are those that references name."""
    schema = _resolve(schema, schemas)
    if "const" in schema or "enum" in schema:
        return schema.get("const", (schema.get("enum") or [None])[0])
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        if depth >= MAX_DEPTH:
            return {}
        return {
            field: build_example(part, schemas, field, depth + 1)
            for field, part in schema.get("properties", {}).items()
        }
    if kind == "array":
        count = max(schema.get("minItems", 1), 1) if depth < MAX_DEPTH else 0
        return [build_example(schema.get("items", {}), schemas, name, depth + 1)] * count
    if kind == "string":
        return _build_text(schema, name)
    if kind in ("integer", "number"):
        known = _EXAMPLES_BY_NAME.get(name)
        return known if isinstance(known, float) else schema.get("minimum", _EXAMPLES_BY_TYPE[kind])
    return _EXAMPLES_BY_TYPE.get(str(kind))


def _build_text(schema: dict[str, Any], name: str) -> str:
    if schema.get("format") in _EXAMPLES_BY_FORMAT:
        return _EXAMPLES_BY_FORMAT[schema["format"]]
    known = _EXAMPLES_BY_NAME.get(name)
    text = known if isinstance(known, str) else "示例" if "pattern" not in schema else "abc123"
    return (text * schema.get("minLength", 1))[: schema.get("maxLength", 200)] if not known else text


def _resolve(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """Return the schema itself: no reference, and of a choice the first."""
    while "$ref" in schema or "anyOf" in schema or "oneOf" in schema:
        if "$ref" in schema:
            schema = schemas[schema["$ref"].rpartition("/")[2]]
        else:
            schema = (schema.get("anyOf") or schema["oneOf"])[0]
    return schema
