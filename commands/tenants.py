"""`flask tenants …`: create tenants and migrate their databases."""

import click
import peewee

from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows
from store.tenants import registry

group = command_group("tenants", "Tenants, each with its own database.")


@group.command()
@click.argument("slug")
@click.argument("name")
@click.option("--database-url", help="sqlite:///path or postgresql://…; by default next to the registry.")
def create(slug: str, name: str, database_url: str | None) -> None:
    """Create a tenant."""
    try:
        registry.create_tenant(slug=slug, name=name, database_url=database_url)
    except peewee.OperationalError as error:
        raise click.ClickException(f"数据库无法连接（{type(error).__name__}），未开通租户") from error
    click.echo(f"租户 {slug}（{name}）已开通")


@group.command("list")
@JSON_OPTION
def list_(*, as_json: bool) -> None:
    """List the tenants."""
    rows = registry.list_tenants()
    if as_json:
        print_json([{"slug": row.slug, "name": row.name, "created_at": row.created_at} for row in rows])
    else:
        print_rows(((row.slug, row.name) for row in rows), empty_message="尚无租户")


@group.command()
@click.argument("slugs", nargs=-1)
def migrate(slugs: tuple[str, ...]) -> None:
    """Migrate the databases of the given tenants, or of all."""
    for slug in slugs or registry.list_slugs():
        applied = registry.migrate_tenant(slug)
        click.echo(f"{slug}：{'、'.join(applied) or '已是最新'}")
