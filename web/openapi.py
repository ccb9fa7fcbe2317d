"""API documentation: `/openapi.json`, and `/docs` from vendored files, so that it works offline."""

from typing import Any

from apiflask import APIFlask
from pydantic import BaseModel, Field

TITLE = "小二开放文档"
DESCRIPTION = """\
所有回答同一种形式：`{"code": 0, "msg": "ok", "data": …, "request_id": …}`。
出错时 `code` 是不变的英文代码，`msg` 是给人看的中文，`data` 里是细节（如 `field`、`reason`、`retry_after_s`）。

登录后把 `token` 放进 `Authorization: Bearer <token>`；公司由 token 决定，未登录时用 `account` 指明。

写操作可带 `Idempotency-Key`：同一个键重复请求，只做一次，得到第一次的回答；同一个键换了内容答 `key_reused`。
"""

_ASSETS = "/static/vendor/swagger-ui"
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
        "session": {"type": "http", "scheme": "bearer", "description": "`POST /api/sessions` 得到的 token"}
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
        DOCS_FAVICON=f"{_ASSETS}/favicon-32x32.png",
        SWAGGER_UI_CSS=f"{_ASSETS}/swagger-ui.css",
        SWAGGER_UI_BUNDLE_JS=f"{_ASSETS}/swagger-ui-bundle.js",
        SWAGGER_UI_STANDALONE_PRESET_JS=f"{_ASSETS}/swagger-ui-standalone-preset.js",
        SWAGGER_UI_CONFIG={"validatorUrl": None, "persistAuthorization": False},
    )
    app.spec_processor(_complete_spec)


def _complete_spec(spec: dict[str, Any]) -> dict[str, Any]:
    """Add what all routes share and APIFlask does not know."""
    for operations in spec["paths"].values():
        for method, operation in operations.items():
            answers = operation["responses"]
            _unify_success_schemas(answers)
            answers["503"] = answers.get("503") or _error_response("系统正忙，请稍后再试")
            if "security" in operation:
                answers["403"] = answers.get("403") or _error_response("账号属于另一家公司")
            if {} in operation.get("security", ()):
                answers["404"] = answers.get("404") or _error_response("没有该账号")
            answers["400"] = _error_response("请求格式不正确")
            if method != "get":
                operation["parameters"].append(_IDEMPOTENCY_KEY_PARAMETER)
                answers["422"] = answers.get("422") or _error_response("幂等键不正确")
            if "requestBody" in operation:
                operation["requestBody"]["required"] = True
    spec["components"]["schemas"]["Envelope"] = Envelope.model_json_schema()
    return spec


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
