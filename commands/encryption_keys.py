"""`flask encryption-keys …`: the keys that encrypt personal data and secrets, and their rotation."""

from collections.abc import Iterator

import click

from commands.cli_support import JSON_OPTION, command_group, print_json, print_rows, with_tenants
from store import key_rotation
from store.core import encryption
from store.key_rotation import BatchResult
from store.tenants import registry

group = command_group("encryption-keys", "Encryption keys.")


@group.command("list")
@with_tenants
@JSON_OPTION
def list_(slugs: list[str], *, as_json: bool) -> None:
    """Count the values that each key encrypts, in the registry and in each tenant."""
    items = [{"database": "registry", "keys": dict(key_rotation.count_registry())}]
    for slug in slugs:
        with registry.use_tenant(slug):
            items.append({"database": slug, "keys": dict(key_rotation.count_tenant())})
    if as_json:
        print_json({"current_key": encryption.current_key_id(), "databases": items})
    else:
        print_rows(_format_rows(items), empty_message="尚无加密的内容")


@group.command()
@with_tenants
@click.pass_context
def rotate(context: click.Context, slugs: list[str]) -> None:
    """Encrypt all values again with the newest key. After an interruption run it again to continue.

    Put the new key first in XIAOER_KEYS, restart all processes, rotate, then remove the old key.
    """
    complete = _rotate_and_report("registry", key_rotation.rotate_registry())
    for slug in slugs:
        with registry.use_tenant(slug):
            complete &= _rotate_and_report(slug, key_rotation.rotate_tenant())
    context.exit(0 if complete else 1)


def _rotate_and_report(location: str, batches: Iterator[BatchResult]) -> bool:
    """Run the batches of a database, print the result, and return whether all values could be decrypted."""
    rewritten, unreadable = 0, 0
    for batch in batches:
        rewritten += batch.rewritten_count
        unreadable += len(batch.unreadable)
        for row_id in batch.unreadable:
            click.echo(
                f"{location}：{batch.column}（行 {row_id}）无法解密，请把它的密钥加回 XIAOER_KEYS", err=True
            )
    click.echo(f"{location}：已用密钥 {encryption.current_key_id()} 重新加密 {rewritten} 项")
    return unreadable == 0


def _format_rows(items: list[dict]) -> Iterator[tuple[str, str, str]]:
    newest = encryption.current_key_id()
    for item in items:
        for key_id, count in sorted(item["keys"].items()):
            yield item["database"], key_id, f"{count} 项" + ("" if key_id == newest else "，待轮换")
