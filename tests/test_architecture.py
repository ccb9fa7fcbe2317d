"""The house rules that a linter cannot see: who imports whom, where queries and jobs stand, how long things are."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from store import wings

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("handlers", "miniprogram_api", "h5", "commands", "tasks", "store", "platforms", "sandbox", "demo")
HALLS = ("accounts", "app", "config", "doors", "health", "house")

MAY_IMPORT = {
    "store": {"store"},
    "platforms": {"platforms"},
    "sandbox": {"sandbox"},
    "handlers": {"handlers", "store", "platforms", "accounts", "doors"},
    "miniprogram_api": {"miniprogram_api", "store", "platforms", "accounts", "doors"},
    "h5": {"h5", "store", "platforms", "accounts", "doors", "miniprogram_api"},
    "tasks": {"tasks", "store", "platforms", "accounts", "config", "house"},
    "commands": {"commands", "store", "platforms", "accounts", "config", "house", "tasks", "doors", "health"},
}
DOORS = ("handlers", "miniprogram_api", "h5", "doors.py", "health.py")
LONGEST_FILE, LONGEST_FUNCTION = 300, 40


def python_files(*places: str) -> list[Path]:
    """The Python files of rooms (folders) and halls (files at the top)."""
    found: list[Path] = []
    for place in places:
        path = ROOT / place
        found += [path] if path.suffix == ".py" else sorted(path.rglob("*.py"))
    return [path for path in found if path.exists()]


def imports(path: Path) -> Iterator[str]:
    """The dotted names that a file imports, `from a import b` as `a.b`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_rooms_import_only_what_they_may(room: str) -> None:
    ours = {*ROOMS, *HALLS}
    for path in python_files(room):
        for name in imports(path):
            top = name.split(".")[0]
            assert top not in ours or top in MAY_IMPORT[room], f"{path.relative_to(ROOT)} imports {name}"


def test_nouns_import_only_downwards() -> None:
    order = [f"store.{wing}.{noun}" for wing, nouns in wings.ORDER.items() for noun in nouns]
    place = {name: number for number, name in enumerate(order)}
    for name in order:
        for imported in imports(ROOT / f"{name.replace('.', '/')}.py"):
            noun = ".".join(imported.split(".")[:3])
            if noun in place:
                assert place[noun] < place[name], f"{name} imports {imported}, which stands above it"


def test_every_noun_has_its_place_in_a_wing() -> None:
    listed = {f"{wing}/{noun}.py" for wing, nouns in wings.ORDER.items() for noun in nouns}
    there = {
        f"{path.parent.name}/{path.name}"
        for wing in wings.ORDER
        for path in (ROOT / "store" / wing).glob("*.py")
        if path.name != "__init__.py"
    }
    assert there == listed


def test_doors_hold_no_queries_and_enqueue_nothing() -> None:
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
    for path in python_files(*DOORS):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = ast.unparse(node.func.value)
                is_record = owner[:1].isupper() or owner.startswith("db.")
                assert not (node.func.attr in forbidden and is_record), (
                    f"{path.relative_to(ROOT)}: {owner}.{node.func.attr}"
                )


def test_jobs_are_enqueued_in_tasks_only() -> None:
    for path in python_files(*ROOMS, *(f"{hall}.py" for hall in HALLS)):
        if path.relative_to(ROOT).parts[0] != "tasks":
            assert not any(name.split(".")[0] == "rq" for name in imports(path)), path


def test_files_and_functions_stay_short() -> None:
    for path in python_files(*ROOMS, *(f"{hall}.py" for hall in HALLS)):
        if "migrations" in path.parts:
            continue
        text = path.read_text()
        assert len(text.splitlines()) <= LONGEST_FILE, f"{path.relative_to(ROOT)} is too long"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                length = (node.end_lineno or 0) - node.body[0].lineno + 1
                assert length <= LONGEST_FUNCTION, f"{path.relative_to(ROOT)}: {node.name} is too long"


def test_every_file_says_what_it_is() -> None:
    for path in python_files(*ROOMS, *(f"{hall}.py" for hall in HALLS)):
        text = path.read_text()
        assert not text.strip() or ast.get_docstring(ast.parse(text)), (
            f"{path.relative_to(ROOT)} has no docstring"
        )


def test_the_environment_is_read_in_one_place() -> None:
    for path in python_files("handlers", "miniprogram_api", "h5", "tasks", "store", "platforms", "commands"):
        assert "os.environ" not in path.read_text(), f"{path.relative_to(ROOT)} reads the environment"


def test_the_rules_would_notice(tmp_path: Path) -> None:
    """The reader of imports, on which everything above rests, sees each form."""
    sample = tmp_path / "sample.py"
    sample.write_text("import rq.job\nfrom store.people import members\n")
    assert set(imports(sample)) == {"rq.job", "store.people.members"}
