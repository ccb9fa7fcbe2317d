"""`flask doctor`: is the house fit to serve? `python -m commands` asks the same when it does not even open."""

from collections.abc import Iterator

import click
import peewee

import config
from commands import company_examination, house_examination
from commands.diagnosis import Diagnosis, ill
from commands.shell import JSON, Command, say_json
from store.company import tenants
from store.kernel.refusals import Refused
from store.kernel.secrets import UnreadableSecret


@click.command("doctor", cls=Command)
@click.option("--tenant", "slug", envvar="XIAOER_TENANT", help="The company; all when none is named.")
@click.option("--offline", is_flag=True, help="Ask no platform about the accounts.")
@JSON
@click.pass_context
def command(context: click.Context, slug: str | None, *, offline: bool, as_json: bool) -> None:
    """Examine configuration, disk, database, Redis, clocks and accounts; ends with 1 when something is ill."""
    said = []
    for tenant, diagnosis in _examined(slug, ask_platforms=not offline):
        said.append({"tenant": tenant, **vars(diagnosis)})
        if not as_json:
            click.echo(f"{diagnosis}" if tenant is None else f"{diagnosis}  [{tenant}]")
    healthy = all(line["state"] != "ill" for line in said)
    if as_json:
        say_json({"ok": healthy, "lines": said})
    context.exit(0 if healthy else 1)


def _examined(slug: str | None, *, ask_platforms: bool) -> Iterator[tuple[str | None, Diagnosis]]:
    try:
        here = config.read()
    except config.ConfigError as error:
        yield None, ill("配置", str(error))
        return
    for diagnosis in house_examination.examine(here):
        yield None, diagnosis
    try:
        slugs = [slug] if slug else tenants.slugs()
    except (peewee.PeeweeException, UnreadableSecret):
        return  # told already, as the state of the registry
    for name in slugs:
        yield from _of_company(name, here, ask_platforms=ask_platforms)


def _of_company(
    slug: str, here: config.Config, *, ask_platforms: bool
) -> Iterator[tuple[str | None, Diagnosis]]:
    try:
        with tenants.using(slug):
            for diagnosis in company_examination.examine(here, ask_platforms=ask_platforms):
                yield slug, diagnosis
    except (peewee.PeeweeException, UnreadableSecret, Refused) as error:
        yield slug, ill("租户", f"无法打开（{type(error).__name__}：{error}）")
