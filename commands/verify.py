"""`flask verify`: are the records right? Every promise is checked against the rows themselves."""

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
    """Check what the records promise; ends with 1 when a promise is broken."""
    report, broken = [], False
    for slug in slugs:
        with use_tenant(slug):
            for check, found in verifier.run_checks():
                broken |= any(not finding.is_warning for finding in found)
                report += [_to_dict(slug, finding) for finding in found]
                if not as_json:
                    _print_check(slug, check, found)
    if as_json:
        print_json({"ok": not broken, "tenants": slugs, "violations": report})
    context.exit(1 if broken else 0)


def _print_check(slug: str, check: Check, violations: list[Violation]) -> None:
    mark = "✓" if not violations else "!" if check.is_warning else "✗"
    click.echo(f"{mark} {slug} {check.invariant}")
    for finding in violations:
        click.echo(f"    {finding.message}")


def _to_dict(slug: str, violation: Violation) -> dict[str, Any]:
    return {"tenant": slug, "check": violation.check, "id": violation.id, "message": violation.message,
            "warning": violation.is_warning}  # fmt: skip
