"""API documentation: `/openapi.json`, and `/docs` from vendored files, so that it works offline."""

import re
from typing import Any

from apiflask import APIFlask
from flask import current_app
from pydantic import BaseModel, Field

from web import error_codes
from web.assets import asset_url
from web.error_codes import ErrorCode
from web.openapi_examples import build_example

TITLE = "小二开放文档"
DESCRIPTION = """\
所有回答同一种形式：`{"code": 0, "msg": "ok", "data": …, "request_id": …}`。
出错时 `code` 是不变的英文代码，`msg` 是给人看的中文，`data` 里是细节（如 `field`、`reason`、`retry_after_s`）。

登录后把 `token` 放进 `Authorization: Bearer <token>`；公司由 token 决定，未登录时用 `account` 指明。

写操作可带 `Idempotency-Key`：同一个键重复请求，只做一次，得到第一次的回答；同一个键换了内容答 `key_reused`。

全部错误代码：[/docs/error-codes](/docs/error-codes)。
"""

_ERROR_SCHEMA = {
    "type": ["object", "null"],
    "description": "细节，随 code 而异",
    "additionalProperties": True,
}
_VALIDATION_ERROR_SCHEMA = {
    "type": "object",
    "properties": {
        "field": {"type": "string"},
        "reason": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "reason": {"type": "string"}},
            },
        },
    },
}
_IDEMPOTENCY_KEY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "1–100 个字符；重复请求用同一个键",
    "schema": {"type": "string", "minLength": 1, "maxLength": 100},
}


class Envelope(BaseModel):
    """The JSON envelope of every response."""

    code: int | str = Field(description="0 表示成功，否则是不变的英文代码")
    msg: str
    data: Any = None
    request_id: str


def init_app(app: APIFlask) -> None:
    """Configure the API documentation of an app."""
    app.description = DESCRIPTION
    app.security_schemes = {
        "session": {"type": "http", "scheme": "bearer", "description": "`POST /api/sessions` 得到的 token"},
        "till": {"type": "http", "scheme": "bearer", "description": "`POST /till/sessions` 得到的 token"},
    }
    app.config.update(
        OPENAPI_VERSION="3.1.0",
        AUTO_OPERATION_DESCRIPTION=False,  # docstrings speak to those who read the code
        BASE_RESPONSE_SCHEMA=Envelope,
        HTTP_ERROR_SCHEMA=_ERROR_SCHEMA,
        VALIDATION_ERROR_SCHEMA=_VALIDATION_ERROR_SCHEMA,
        SUCCESS_DESCRIPTION="成功",
        NOT_FOUND_DESCRIPTION="没有找到",
        AUTH_ERROR_DESCRIPTION="未登录或登录已过期",
        VALIDATION_ERROR_DESCRIPTION="内容不正确",
        DOCS_FAVICON=asset_url("vendor/swagger-ui/favicon-32x32.png"),
        SWAGGER_UI_CSS=asset_url("vendor/swagger-ui/swagger-ui.css"),
        SWAGGER_UI_BUNDLE_JS=asset_url("vendor/swagger-ui/swagger-ui-bundle.js"),
        SWAGGER_UI_STANDALONE_PRESET_JS=asset_url("vendor/swagger-ui/swagger-ui-standalone-preset.js"),
        SWAGGER_UI_CONFIG={"validatorUrl": None, "persistAuthorization": False},
    )
    app.spec_processor(_complete_spec)


def _complete_spec(spec: dict[str, Any]) -> dict[str, Any]:
    """Add what all routes share and APIFlask does not know."""
    spec["tags"] = [{"name": name} for name in dict.fromkeys(tag["name"] for tag in spec["tags"])]
    schemas = spec["components"]["schemas"]
    schemas["Envelope"] = Envelope.model_json_schema()
    functions = _functions_by_operation()
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            function = functions[path, method]
            operation["operationId"] = function.rpartition(".")[2]
            _unify_success_schemas(operation["responses"])
            if method != "get":
                operation["parameters"].append(_IDEMPOTENCY_KEY_PARAMETER)
            _complete_request_body(method, operation, schemas)
            _complete_responses(operation, error_codes.list_of_function(function), schemas)
    return spec


def _functions_by_operation() -> dict[tuple[str, str], str]:
    """Return the dotted name of the view function of each path and method."""
    found = {}
    for rule in current_app.url_map.iter_rules():
        view = current_app.view_functions[rule.endpoint]
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method in rule.methods or ():
            found[path, method.lower()] = f"{view.__module__}.{view.__name__}"
    return found


def _complete_request_body(method: str, operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    if "requestBody" not in operation:
        return
    operation["requestBody"]["required"] = True
    content = operation["requestBody"]["content"]["application/json"]
    if method == "patch":  # a client that sends the defaults back would clear what it did not mean
        for part in schemas[content["schema"]["$ref"].rpartition("/")[2]]["properties"].values():
            part.pop("default", None)
    content["example"] = build_example(content["schema"], schemas)


def _complete_responses(operation: dict[str, Any], codes: list[ErrorCode], schemas: dict[str, Any]) -> None:
    """Add an example to each success, and to each error status its codes."""
    responses = operation["responses"]
    for content in (answer.get("content", {}) for status, answer in responses.items() if status < "3"):
        if "application/json" in content:
            data = build_example(content["application/json"]["schema"], schemas)
            content["application/json"]["example"] = {**data, "code": 0, "msg": "ok"}
    for status in sorted({error.status for error in codes}):
        described = [error for error in codes if error.status == status]
        answer = responses.setdefault(str(status), _error_response(described[0].message))
        names = "、".join(f"`{error.code}`" for error in described)
        answer["description"] = f"{answer['description']}（{names}）"
        answer["content"]["application/json"]["examples"] = {
            error.code: {
                "value": {
                    "code": error.code,
                    "msg": error.message,
                    "data": None,
                    "request_id": "req_1a2b3c4d",
                }
            }
            for error in described
        }


def _unify_success_schemas(responses: dict[str, Any]) -> None:
    """Give the second success status of a route (created, or existing) the same data; a file has none."""
    contents = [answer["content"] for status, answer in responses.items() if status < "3"]
    good = [content["application/json"] for content in contents if "application/json" in content]
    if not good:
        contents[0]["text/csv"] = {"schema": {"type": "string"}}  # a file is no part of an envelope
        return
    described = next(content["schema"] for content in good if content["schema"]["properties"]["data"])
    for content in good:
        content["schema"] = described


def _error_response(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Envelope"}
    return {"description": description, "content": {"application/json": {"schema": schema}}}
