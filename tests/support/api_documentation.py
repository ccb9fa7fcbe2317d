"""Whether an answer is what the open documentation says: status, names and types."""

import json
import os
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask

_TYPES = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}


@lru_cache(maxsize=1)
def _read_spec(app: Flask) -> dict[str, Any]:
    """Return the documentation, which the processes of a run share, because writing it takes seconds."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run is None:
        return app.test_client().get("/openapi.json").json
    path = Path(tempfile.gettempdir()) / f"xiaoer-openapi-{run}.json"
    if not path.exists():
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
            file.write(app.test_client().get("/openapi.json").text)
        Path(file.name).replace(path)
    return json.loads(path.read_text())


class ApiDocumentation:
    """`/openapi.json`, read once for each application."""

    def __init__(self, app: Flask) -> None:
        self._spec = _read_spec(app)

    def check(self, *, method: str, rule: str, status: int, body: Any, mimetype: str) -> None:
        """Fail unless this answer is documented just so; of a file only that it is one."""
        path = rule.replace("<", "{").replace(">", "}")
        answers = self._spec["paths"][path][method.lower()]["responses"]
        assert str(status) in answers, f"{method} {path} answered an undocumented {status}: {body}"
        assert mimetype in answers[str(status)]["content"], f"{method} {path} answered {mimetype}"
        schema = answers[str(status)]["content"][mimetype]["schema"]
        if mimetype != "application/json":
            return
        self._compare(body, schema, f"{method} {path} {status}")

    def _compare(self, value: Any, schema: dict[str, Any], where: str) -> None:
        schema = self._resolve(schema)
        if "anyOf" in schema:
            schema = next(
                (self._resolve(one) for one in schema["anyOf"] if self._matches(value, one)), {"type": []}
            )
        assert self._matches(value, schema), f"{where}: {value!r} is not {schema}"
        properties = schema.get("properties")
        if isinstance(value, dict) and properties is not None:
            assert value.keys() <= properties.keys(), (
                f"{where}: undocumented {value.keys() - properties.keys()}"
            )
            assert set(schema.get("required", ())) <= value.keys(), (
                f"{where}: {schema['required']} are promised"
            )
            for name, part in value.items():
                self._compare(part, properties[name], f"{where}.{name}")
        if isinstance(value, list):
            for part in value:
                self._compare(part, schema.get("items", {}), f"{where}[]")

    def _matches(self, value: Any, schema: dict[str, Any]) -> bool:
        names = self._resolve(schema).get("type")
        if names is None:
            return True
        allowed = [names] if isinstance(names, str) else names
        return any(isinstance(value, _TYPES[name]) for name in allowed)

    def _resolve(self, schema: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in schema:
            schema = self._spec["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema
