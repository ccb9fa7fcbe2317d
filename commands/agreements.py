"""`flask agreements …`: the terms and the privacy policy that people accept before a phone is taken."""

from pathlib import Path

import click

from commands.cli_support import (
    JSON_OPTION,
    command_group,
    print_json,
    print_rows,
    read_text,
    with_tenant,
)
from commands.params import COUNT_TYPE
from store.tenants import agreements
from store.tenants.agreements import KINDS, AgreementText

group = command_group("agreements", "Terms and privacy policy of the tenant.")

_KIND_ARGUMENT = click.argument("kind", type=click.Choice(tuple(KINDS)))


@group.command("set")
@_KIND_ARGUMENT
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_tenant
def set_(kind: str, file: Path) -> None:
    """Publish the text in FILE as a new version. Everyone is asked to accept it before a phone is taken."""
    before = agreements.get_current(kind)
    current = agreements.publish(kind=kind, text=read_text(file))
    if current.version == before.version:
        click.echo(f"《{current.title}》没有变化，仍为第 {current.version} 版")
    else:
        click.echo(f"《{current.title}》第 {current.version} 版已发布，顾客须重新同意")


@group.command("list")
@with_tenant
@JSON_OPTION
def list_(*, as_json: bool) -> None:
    """List all versions of both texts."""
    items = [_to_dict(each) for each in agreements.list_versions()]
    if as_json:
        print_json(items)
    else:
        print_rows((item.values() for item in items), empty_message="")


@group.command()
@_KIND_ARGUMENT
@click.option("--version", type=COUNT_TYPE, help="Number of the version; by default the current one.")
@with_tenant
@JSON_OPTION
def show(kind: str, *, version: int | None, as_json: bool) -> None:
    """Show the text of a version."""
    text = agreements.get_current(kind) if version is None else agreements.get_version(kind, version)
    if as_json:
        print_json({**_to_dict(text), "text": text.text})
    else:
        click.echo(text.text)


def _to_dict(text: AgreementText) -> dict[str, object]:
    """Return a version without its text."""
    published_at = text.published_at.isoformat(timespec="seconds") if text.published_at else None
    return {"kind": text.kind, "title": text.title, "version": text.version, "published_at": published_at}
