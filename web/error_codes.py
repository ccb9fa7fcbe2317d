"""The error codes of the API, read from the code, so that the documentation cannot fall behind it.

A function can answer the codes that it or a function that it refers to raises. Methods of values are not followed,
so an operation may answer a code that only the list of all codes names.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("store", "web", "miniprogram_api", "till")
DEFAULT_STATUS = 409
_VARIABLE_PART = "…"


@dataclass(frozen=True, order=True)
class ErrorCode:
    """A code with its HTTP status and the message; a part of it that depends on values is `…`."""

    code: str
    status: int
    message: str


@dataclass(frozen=True)
class _Function:
    errors: frozenset[ErrorCode]
    references: frozenset[str]


def list_all() -> list[ErrorCode]:
    """Return all error codes that the API can answer, by code and status, each with its first message."""
    found = {error for function in _functions().values() for error in function.errors}
    return _with_one_message(found | FRAMEWORK_ERRORS)


def list_of_function(name: str) -> list[ErrorCode]:
    """Return the codes that a function, such as `miniprogram_api.me.get_me`, can answer."""
    functions, found, seen, waiting = _functions(), set(FRAMEWORK_ERRORS), set(), [name]
    while waiting:
        current = waiting.pop()
        if current in seen or current not in functions:
            continue
        seen.add(current)
        found |= functions[current].errors
        waiting += functions[current].references
    return _with_one_message(found)


def _with_one_message(errors: set[ErrorCode]) -> list[ErrorCode]:
    """Keep one message per code and status, one without variable parts if there is one."""
    kept: dict[tuple[str, int], ErrorCode] = {}
    for error in sorted(errors, key=lambda each: (_VARIABLE_PART in each.message, each)):
        kept.setdefault((error.code, error.status), error)
    return sorted(kept.values())


@lru_cache(maxsize=1)
def _functions() -> dict[str, _Function]:
    """Return all functions and methods by dotted name, and classes as functions that refer to their methods."""
    found: dict[str, _Function] = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                found.update(_read_module(name, ast.parse(path.read_text(encoding="utf-8"))))
    return found


def _read_module(module: str, tree: ast.Module) -> Iterator[tuple[str, _Function]]:
    names = _imported_names(tree) | {
        node.name: f"{module}.{node.name}"
        for node in tree.body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
    }
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            inner = list(ast.walk(node))
            texts = _assigned_values(inner)
            errors = frozenset(filter(None, (_read_error(each, texts) for each in inner)))
            references = frozenset(filter(None, (_resolve(each, names) for each in inner)))
            yield f"{module}.{node.name}", _Function(errors, references)


def _assigned_values(nodes: list[ast.AST]) -> dict[str, ast.expr]:
    """Return what is assigned to a name in a function, since a long message is put into a variable first."""
    return {
        target.id: node.value
        for node in nodes
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _imported_names(tree: ast.Module) -> dict[str, str]:
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }


def _resolve(node: ast.AST, names: dict[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
        return f"{names[node.value.id]}.{node.attr}"
    return None


def _read_error(node: ast.AST, texts: dict[str, ast.expr]) -> ErrorCode | None:
    """Return the error that `DomainError("code", "message", status)` builds. `texts` are values of variables."""
    if not isinstance(node, ast.Call) or ast.unparse(node.func).rpartition(".")[2] != "DomainError":
        return None
    arguments = node.args
    if not arguments or not isinstance(arguments[0], ast.Constant):
        return None
    status = arguments[2] if len(arguments) > 2 else None
    message = arguments[1]
    if isinstance(message, ast.Name):
        message = texts.get(message.id, message)
    return ErrorCode(
        code=str(arguments[0].value),
        status=int(status.value) if isinstance(status, ast.Constant) else DEFAULT_STATUS,
        message=_read_text(message),
    )


def _read_text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_read_text(part) for part in node.values)
    return _VARIABLE_PART


FRAMEWORK_ERRORS = frozenset(
    {
        ErrorCode("bad_request", 400, "请求格式不正确"),
        ErrorCode("request_timeout", 408, "请求没有及时传完，请重试"),
        ErrorCode("refused", 413, "内容过大"),
        ErrorCode("busy", 503, "系统正忙，请稍后再试"),
    }
)
