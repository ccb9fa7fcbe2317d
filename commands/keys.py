"""`flask keys …`: the keys that encrypt personal data and secrets, and their rotation."""

from collections.abc import Iterator

import click

from commands.shell import JSON, for_companies, group_of, say_json, say_rows
from store import rotation
from store.company import tenants
from store.kernel import secrets
from store.rotation import Portion

group = group_of("keys", "Encryption keys.")


@group.command("list")
@for_companies
@JSON
def list_(slugs: list[str], *, as_json: bool) -> None:
    """Tell how many values each key holds, in the registry and in each company."""
    found = [{"place": "registry", "keys": dict(rotation.count_registry())}]
    for slug in slugs:
        with tenants.using(slug):
            found.append({"place": slug, "keys": dict(rotation.count_company())})
    if as_json:
        say_json({"newest": secrets.current_key_id(), "places": found})
    else:
        say_rows(_lines(found), nothing="尚无加密的内容")


@group.command()
@for_companies
@click.pass_context
def rotate(context: click.Context, slugs: list[str]) -> None:
    """Encrypt everything anew under the newest key; cut short, it is started again and goes on.

    Put the new key in front of XIAOER_KEYS, restart every process, rotate, then take the old key away.
    """
    complete = _told("registry", rotation.rotate_registry())
    for slug in slugs:
        with tenants.using(slug):
            complete &= _told(slug, rotation.rotate_company())
    context.exit(0 if complete else 1)


def _told(place: str, portions: Iterator[Portion]) -> bool:
    """Go through the portions of a place and tell of them; whether everything could be read."""
    done, unreadable = 0, 0
    for portion in portions:
        done += portion.done
        unreadable += len(portion.unreadable)
        for row_id in portion.unreadable:
            click.echo(
                f"{place}：{portion.column}（行 {row_id}）无法解密，请把它的密钥加回 XIAOER_KEYS", err=True
            )
    click.echo(f"{place}：已用密钥 {secrets.current_key_id()} 重新加密 {done} 项")
    return unreadable == 0


def _lines(found: list[dict]) -> Iterator[tuple[str, str, str]]:
    newest = secrets.current_key_id()
    for place in found:
        for key_id, count in sorted(place["keys"].items()):
            yield place["place"], key_id, f"{count} 项" + ("" if key_id == newest else "，待轮换")
