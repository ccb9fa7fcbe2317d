"""Every action of the operation log has a Chinese name."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from store.tenants import audit_names

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = (
    "store",
    "console",
    "till",
    "tasks",
    "handlers",
    "commands",
    "h5",
    "miniprogram_api",
    "web",
    "demo",
)
ACTION = re.compile(r"[a-z_]+\.[a-z_]+")
# What the modules that build the code of an action put behind its dot.
BUILT = {
    "activities": {"publish", "stop", "resume", "end"},
    "appointments": {"arrived", "cancelled", "confirmed", "no_show", "rejected"},
    "approvals": {"submit", "approved", "rejected", "withdrawn"},
    "card_applications": {"approved", "rejected", "mailed", "received"},
    "collection_codes": {"create", "renew"},
    "flash_sales": {"publish", "stop", "end"},
    "goods": {"published", "unpublished"},
    "members": {"freeze", "unfreeze"},
    "merchants": {"add", "add_key", "retire", "retire_key", "replace_private_key"},
    "physical_cards": {"replace", "upgrade"},
    "product_groups": {"enabled", "retired"},
    "promotions": {"submit", "withdraw", "reject", "pause", "resume", "end"},
    "refund_requests": {"grant", "reject"},
    "shops": {"created", "changed", "moved", "resumed", "paused", "closed"},
    "stock": {"received", "adjusted", "counted"},
    "stored_value": {"freeze", "unfreeze"},
}


def test_every_action_in_the_code_has_a_name() -> None:
    found = set(_list_actions())
    assert len(found) > 100
    assert {action for action in found if not audit_names.is_named(action)} == set()


def test_an_action_is_found_by_a_part_of_its_name() -> None:
    assert audit_names.name_of("roles.change") == "修改角色"
    assert audit_names.find_actions("角色") == ["roles.change", "roles.create", "roles.delete"]
    assert audit_names.name_of("later.added") == "later.added"


def _list_actions() -> Iterator[str]:
    for path in sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        if "audit" not in source:
            continue
        for call in ast.walk(ast.parse(source)):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "audit.record":
                yield from _read_actions(call.args[0], source)


def _read_actions(argument: ast.expr, source: str) -> Iterator[str]:
    """Yield the actions of a call. A variable may be any code of the same group in its module."""
    if isinstance(argument, ast.Constant):
        yield argument.value
    elif isinstance(argument, ast.JoinedStr):
        group = str(ast.literal_eval(argument.values[0])).rstrip(".")
        yield from (f"{group}.{step}" for step in BUILT[group])
    else:
        yield from _list_passed_codes(ast.parse(source))


def _list_passed_codes(module: ast.Module) -> Iterator[str]:
    """Yield the codes that a module passes to functions of its own, other than events and rights."""
    for call in ast.walk(module):
        if isinstance(call, ast.Call) and ast.unparse(call.func) not in {
            "events.record",
            "_record_event",
            "staff_required",
        }:
            for value in [*call.args, *(keyword.value for keyword in call.keywords)]:
                for part in ast.walk(value):
                    if isinstance(part, ast.Constant) and ACTION.fullmatch(str(part.value)):
                        yield part.value
