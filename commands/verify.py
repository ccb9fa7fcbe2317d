"""`flask verify`: checks of all invariants against the rows of the databases."""

from typing import Any

import click
from flask.cli import with_appcontext

from commands.cli_support import JSON_OPTION, Command, print_json, use_tenant, with_tenants
from store.integrity import verifier
from store.integrity.check import Check, Violation


@click.command("verify", cls=Command)
@with_tenants
@JSON_OPTION
@with_appcontext
@click.pass_context
def verify(context: click.Context, slugs: list[str], *, as_json: bool) -> None:
    """Check all invariants. Exits with 1 if one is violated."""
    items, has_error = [], False
    for slug in slugs:
        with use_tenant(slug):
            for check, violations in verifier.run_checks():
                has_error |= any(not violation.is_warning for violation in violations)
                items += [_to_dict(slug, violation) for violation in violations]
                if not as_json:
                    _print_check(slug, check, violations)
    if as_json:
        print_json({"ok": not has_error, "tenants": slugs, "violations": items})
    context.exit(1 if has_error else 0)


def _print_check(slug: str, check: Check, violations: list[Violation]) -> None:
    mark = "✓" if not violations else "!" if check.is_warning else "✗"
    click.echo(f"{mark} {slug} {check.invariant}")
    for violation in violations:
        click.echo(f"    {violation.message}")


def _to_dict(slug: str, violation: Violation) -> dict[str, Any]:
    return {"tenant": slug, "check": violation.check, "id": violation.id, "message": violation.message,
            "warning": violation.is_warning}  # fmt: skip
