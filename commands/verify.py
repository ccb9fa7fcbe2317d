"""`flask verify`: are the records right? Every promise is checked against the rows themselves."""

from typing import Any

import click
from flask.cli import with_appcontext

from commands.shell import JSON, Command, company, for_companies, say_json
from store import verifier
from store.checks.finding import Check, Finding


@click.command("verify", cls=Command)
@for_companies
@JSON
@with_appcontext
@click.pass_context
def command(context: click.Context, slugs: list[str], *, as_json: bool) -> None:
    """Check what the records promise; ends with 1 when a promise is broken."""
    report, broken = [], False
    for slug in slugs:
        with company(slug):
            for check, found in verifier.run():
                broken |= any(not finding.warning for finding in found)
                report += [_facts(slug, finding) for finding in found]
                if not as_json:
                    _say(slug, check, found)
    if as_json:
        say_json({"ok": not broken, "tenants": slugs, "findings": report})
    context.exit(1 if broken else 0)


def _say(slug: str, check: Check, found: list[Finding]) -> None:
    mark = "✓" if not found else "!" if check.warns else "✗"
    click.echo(f"{mark} {slug} {check.promise}")
    for finding in found:
        click.echo(f"    {finding.sentence}")


def _facts(slug: str, finding: Finding) -> dict[str, Any]:
    return {"tenant": slug, "check": finding.check, "id": finding.id, "sentence": finding.sentence,
            "warning": finding.warning}  # fmt: skip
