"""Architecture rules that a linter cannot check: imports, places of queries and jobs, sizes."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from store import layers

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (
    "web", "handlers", "miniprogram_api", "h5", "till", "console", "commands", "tasks", "store", "platforms", "sandbox",
    "demo",
)  # fmt: skip
MODULES = (
    "app",
    "bootstrap",
    "health_app",
    "config",
    "log_config",
    "platform_clients",
    "payment_calls",
    "red_packet_calls",
    "card_calls",
    "flash_gate",
)
ENTRY_IMPORTS = {
    "web",
    "platform_clients",
    "payment_calls",
    "red_packet_calls",
    "card_calls",
    "flash_gate",
    "config",
    "store",
    "platforms",
}

MAY_IMPORT = {
    "store": {"store"},
    "platforms": {"platforms"},
    "sandbox": {"sandbox"},
    "web": {"web", "config", "store"},
    "handlers": {"handlers", *ENTRY_IMPORTS},
    "miniprogram_api": {"miniprogram_api", *ENTRY_IMPORTS},
    "h5": {"h5", *ENTRY_IMPORTS},
    "till": {"till", *ENTRY_IMPORTS},
    "console": {"console", *ENTRY_IMPORTS},
    "tasks": {
        "tasks",
        "store",
        "platforms",
        "platform_clients",
        "payment_calls",
        "red_packet_calls",
        "card_calls",
        "config",
        "bootstrap",
    },
    "commands": {
        "commands",
        "web",
        "store",
        "platforms",
        "platform_clients",
        "red_packet_calls",
        "config",
        "bootstrap",
        "tasks",
    },
}
ENTRY_POINTS = ("handlers", "miniprogram_api", "h5", "till", "console", "web")
MAX_FILE_LINES, MAX_FUNCTION_LINES = 300, 40


def python_files(*places: str) -> list[Path]:
    """The Python files of packages (folders) and modules (files at the top)."""
    found: list[Path] = []
    for place in places:
        path = ROOT / place
        found += [path] if path.suffix == ".py" else sorted(path.rglob("*.py"))
    return [path for path in found if path.exists()]


def list_imports(path: Path) -> Iterator[str]:
    """The dotted names that a file imports, `from a import b` as `a.b`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_packages_import_only_what_they_may(package: str) -> None:
    ours = {*PACKAGES, *MODULES}
    for path in python_files(package):
        for name in list_imports(path):
            top = name.split(".")[0]
            assert top not in ours or top in MAY_IMPORT[package], f"{path.relative_to(ROOT)} imports {name}"


def test_store_modules_import_only_downwards() -> None:
    order = {name: index for index, name in enumerate(layers.list_modules())}
    for name, index in order.items():
        for imported in list_imports(ROOT / f"{name.replace('.', '/')}.py"):
            module = next((prefix for prefix in _prefixes(imported) if prefix in order), None)
            if module is not None:
                assert order[module] < index, f"{name} imports {imported}, which is above it"


def _prefixes(dotted: str) -> Iterator[str]:
    parts = dotted.split(".")
    return (".".join(parts[:length]) for length in range(len(parts), 1, -1))


def test_every_store_module_is_listed_in_the_layers() -> None:
    files = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (ROOT / "store").rglob("*.py")
        if path.name != "__init__.py" and "migrations" not in path.relative_to(ROOT).parts[:2]
    }
    listed = list(layers.list_modules())
    assert files - {"store.layers"} == set(listed)
    assert len(listed) == len(set(listed))


def test_routes_hold_no_queries_and_enqueue_nothing() -> None:
    forbidden = {
        "select",
        "insert",
        "update",
        "delete",
        "get_or_none",
        "create",
        "save",
        "enqueue",
        "execute_sql",
    }
    for path in python_files(*ENTRY_POINTS):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = ast.unparse(node.func.value)
                is_record = owner[:1].isupper() or owner.startswith("db.")
                assert not (node.func.attr in forbidden and is_record), (
                    f"{path.relative_to(ROOT)}: {owner}.{node.func.attr}"
                )


def test_jobs_are_enqueued_in_tasks_only() -> None:
    for path in python_files(*PACKAGES, *(f"{module}.py" for module in MODULES)):
        if path.relative_to(ROOT).parts[0] != "tasks":
            assert not any(name.split(".")[0] == "rq" for name in list_imports(path)), path


def test_files_and_functions_stay_short() -> None:
    for path in python_files(*PACKAGES, *(f"{module}.py" for module in MODULES)):
        if "migrations" in path.parts:
            continue
        text = path.read_text()
        assert len(text.splitlines()) <= MAX_FILE_LINES, f"{path.relative_to(ROOT)} is too long"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                length = (node.end_lineno or 0) - node.body[0].lineno + 1
                assert length <= MAX_FUNCTION_LINES, f"{path.relative_to(ROOT)}: {node.name} is too long"


def test_every_file_says_what_it_is() -> None:
    for path in python_files(*PACKAGES, *(f"{module}.py" for module in MODULES)):
        text = path.read_text()
        assert not text.strip() or ast.get_docstring(ast.parse(text)), (
            f"{path.relative_to(ROOT)} has no docstring"
        )


def test_the_environment_is_read_in_one_place() -> None:
    for path in python_files(
        "handlers", "miniprogram_api", "h5", "till", "console", "tasks", "store", "platforms", "commands"
    ):
        assert "os.environ" not in path.read_text(), f"{path.relative_to(ROOT)} reads the environment"


def test_the_rules_would_notice(tmp_path: Path) -> None:
    """The reader of imports, on which everything above rests, sees each form."""
    sample = tmp_path / "sample.py"
    sample.write_text("import rq.job\nfrom store.customers import members\n")
    assert set(list_imports(sample)) == {"rq.job", "store.customers.members"}
