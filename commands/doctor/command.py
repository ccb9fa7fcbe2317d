"""`flask doctor`: checks of the installation. `python -m commands` runs them if the application cannot start."""

from collections.abc import Iterator

import click
import peewee

import config
from commands.cli_support import JSON_OPTION, Command, print_json
from commands.doctor import system_checks, tenant_checks
from commands.doctor.diagnosis import Diagnosis, problem
from store.core.encryption import DecryptionError
from store.core.errors import DomainError
from store.tenants import registry


@click.command("doctor", cls=Command)
@click.option("--tenant", "slug", envvar="XIAOER_TENANT", help="The tenant; all if omitted.")
@click.option("--offline", is_flag=True, help="Do not check the accounts with the platforms.")
@JSON_OPTION
@click.pass_context
def doctor(context: click.Context, slug: str | None, *, offline: bool, as_json: bool) -> None:
    """Check configuration, disk, database, Redis, clocks and accounts. Exits with 1 if there is an error."""
    items = []
    for tenant, diagnosis in _run_all_checks(slug, ask_platforms=not offline):
        items.append({"tenant": tenant, **vars(diagnosis)})
        if not as_json:
            click.echo(f"{diagnosis}" if tenant is None else f"{diagnosis}  [{tenant}]")
    healthy = all(item["state"] != "error" for item in items)
    if as_json:
        print_json({"ok": healthy, "diagnoses": items})
    context.exit(0 if healthy else 1)


def _run_all_checks(slug: str | None, *, ask_platforms: bool) -> Iterator[tuple[str | None, Diagnosis]]:
    try:
        settings = config.read()
    except config.ConfigError as error:
        yield None, problem("配置", str(error))
        return
    for diagnosis in system_checks.run_checks(settings):
        yield None, diagnosis
    try:
        slugs = [slug] if slug else registry.list_slugs()
    except (peewee.PeeweeException, DecryptionError, DomainError):
        return  # already reported by the check of the registry
    for name in slugs:
        yield from _diagnose_tenant(name, settings, ask_platforms=ask_platforms)


def _diagnose_tenant(
    slug: str, settings: config.Config, *, ask_platforms: bool
) -> Iterator[tuple[str | None, Diagnosis]]:
    try:
        with registry.use_tenant(slug):
            for diagnosis in tenant_checks.run_checks(settings, ask_platforms=ask_platforms):
                yield slug, diagnosis
    except (peewee.PeeweeException, DecryptionError, DomainError) as error:
        yield slug, problem("租户", f"无法打开（{type(error).__name__}：{error}）")
