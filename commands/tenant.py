"""`flask tenant …`: open companies and bring their databases to the present shape."""

import click

from commands.shell import group_of
from store.company import tenants

group = group_of("tenant", "Companies, each with a database of its own.")


@group.command()
@click.argument("slug")
@click.argument("name")
@click.option("--database-url", help="sqlite:///path or postgresql://…; by default beside the registry.")
def create(slug: str, name: str, database_url: str | None) -> None:
    """Open a company."""
    tenants.create(slug=slug, name=name, database_url=database_url)
    click.echo(f"租户 {slug}（{name}）已开通")


@group.command("list")
def list_() -> None:
    """List the companies."""
    for tenant in tenants.listing():
        click.echo(f"{tenant.slug}\t{tenant.name}")


@group.command()
@click.argument("slugs", nargs=-1)
def migrate(slugs: tuple[str, ...]) -> None:
    """Bring databases to the present shape: those named, or all."""
    for slug in slugs or tenants.slugs():
        applied = tenants.migrate(slug)
        click.echo(f"{slug}: {', '.join(applied) or '已是最新'}")
