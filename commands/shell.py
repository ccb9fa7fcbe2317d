"""What all commands share: the operator as actor, the company they work on, refusals as one sentence."""

import functools
import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask.cli import AppGroup

from store.company import tenants
from store.kernel import actors
from store.kernel.refusals import Refused


class _Group(AppGroup):
    """A group whose commands run as the operator and tell a refusal in one sentence."""

    def invoke(self, context: click.Context) -> Any:
        operator = actors.Actor(kind="operator", name=getpass.getuser(), address="shell")
        try:
            with actors.acting(operator):
                return super().invoke(context)
        except Refused as refused:
            raise click.ClickException(refused.message) from refused


def group_of(name: str, help_text: str) -> AppGroup:
    """A command group."""
    return _Group(name, help=help_text)


def for_company(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option `--tenant` and run it for that company; with one company it is that one."""

    @click.option(
        "--tenant", "slug", envvar="XIAOER_TENANT", help="The company; needed when there are several."
    )
    @functools.wraps(command)
    def run(*args: Any, slug: str | None, **kwargs: Any) -> Any:
        with company(slug):
            return command(*args, **kwargs)

    return run


@contextmanager
def company(slug: str | None) -> Iterator[None]:
    """Put the named company in force, or the only one there is."""
    known = tenants.slugs()
    if slug is None and len(known) != 1:
        raise click.ClickException(f"请用 --tenant 指定租户：{'、'.join(known) or '尚无租户'}")
    with tenants.using(slug or known[0]):
        yield
