"""The routes below `/console/api` as the URL map has them, with the right of each and values that its models take."""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from apiflask import APIFlask

PREFIX = "/console/api/"
UNDECLARED = "undeclared"
_PARAMETER = re.compile(r"<(?:(int|string|path):)?([a-z_]+)>")


@dataclass(frozen=True)
class Route:
    """`right` is what its view declares: see `console.auth.staff_required`."""

    method: str
    rule: str
    right: str | None
    body: Any = None
    query: Any = None  # what its query string must have

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"

    @property
    def path(self) -> str:
        """The rule without the prefix, as a `Browser` takes it."""
        return self.rule.removeprefix(PREFIX)

    @property
    def parameters(self) -> list[str]:
        return [name for _, name in _PARAMETER.findall(self.rule)]

    @property
    def is_write(self) -> bool:
        return self.method not in ("GET", "HEAD")

    def fill(self, *values: str) -> str:
        """Return the path with these values in front; what is left over names nothing."""
        given = iter(values)
        return _PARAMETER.sub(
            lambda found: next(given, "999999" if found[1] == "int" else "nothing"), self.path
        )


@functools.cache
def list_routes(web: APIFlask) -> tuple[Route, ...]:
    """Return all routes of the console's JSON."""
    return tuple(_find_routes(web))


def _find_routes(web: APIFlask) -> Iterator[Route]:
    for rule in web.url_map.iter_rules():
        if not rule.rule.startswith(PREFIX):
            continue
        view = web.view_functions[rule.endpoint]
        spec = getattr(view, "_spec", {})
        queries = [model for model, location in spec.get("args") or () if location == "query"]
        body, query = sample_of(spec.get("body")), sample_of(queries[0] if queries else None)
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield Route(method, rule.rule, getattr(view, "required_right", UNDECLARED), body, query)


def sample_of(model: Any) -> Any:
    """Return a small value that a pydantic model takes, or None for another model."""
    schema = model.model_json_schema() if hasattr(model, "model_json_schema") else None
    return sample(schema, schema) if schema else None


def sample(schema: dict[str, Any], whole: dict[str, Any]) -> Any:
    """Return a small value that a JSON schema allows; patterns and checks of the model may still reject it."""
    if "$ref" in schema:
        return sample(whole["$defs"][schema["$ref"].rpartition("/")[2]], whole)
    for name in ("anyOf", "oneOf", "allOf"):
        if name in schema:
            return sample(schema[name][0], whole)
    if "enum" in schema or "const" in schema:
        return schema["const"] if "const" in schema else schema["enum"][0]
    match schema.get("type"):
        case "object":
            return {name: sample(schema["properties"][name], whole) for name in schema.get("required", ())}
        case "array":
            return [sample(schema["items"], whole) for _ in range(schema.get("minItems", 0))]
        case "string":
            known = {"date": "2026-01-31", "date-time": "2026-01-31T08:00:00+08:00"}
            return known.get(schema.get("format", ""), "x" * max(1, schema.get("minLength", 1)))
        case "integer" | "number":
            return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
        case "boolean":
            return True
    return {}
