"""No word that somebody may type ends in a traceback: every parameter of every command is given the worst of them.

The walk goes over click's own tree, so a new command is in it by itself. Where its name tells too little of
what a parameter wants, `GOOD` gives a word with which the command would succeed.
"""

import getpass
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import click
import pytest
from flask import Flask

import commands
from commands import menus as menu_commands
from store.activities import menus, qr_codes
from store.company import calendar, channels
from store.kernel import actors
from store.loyalty import (
    cost_centres,
    coupon_batches,
    coupon_rules,
    coupons,
    memberships,
    point_rules,
    points,
    top_up_payments,
    top_up_rules,
    value_managers,
    value_spends,
)
from store.people import merges, programmes
from store.people.merges import Merge
from store.shop import shops
from store.shop.places import Place
from tests import worlds
from tests.commands.test_menus import MENU_FILE
from tests.store.loyalty import coupon_world

HOSTILE = (
    "", "\x00", "x" * 300, "9" * 25, "-" + "9" * 25, "1e400", "nan", "²", "٣", "²-12-31",
    "1-12-99999999999999999999", "0001-01-01", "9999-12-31", "½:1", "a=b=c", "\udcff", " ",
)  # fmt: skip
# With which a command succeeds, by its name or by the parameter's; {…} is from the world.
GOOD = {
    "card": "{card}", "who": "{card}", "phone": "13812345678", "yuan": "1", "receipt": "r-9", "key": "k-9",
    "refund_key": "k-9", "reason": "补登", "value": "5", "shop_code": "S1", "code": "club", "name": "名字",
    "programme_code": "club", "public_id": "{rule}", "version": "{version}", "approver": "laowang",
    "group_code": "points", "centre": "marketing", "tier_code": "gold", "tier": "gold", "number": "{number}",
    "numbers": "{number}", "account": "acme-mp", "topic": "CheckInRules", "pairs": "points=5", "target": "S1",
    "steps": "100:10", "slug": "acme", "slugs": "acme", "appid": "wx123", "secret": "s" * 32, "keep": "{card}",
    "lose": "{other}", "lng": "121.47", "lat": "31.23", "cost": "5", "per_yuan": "1", "until": "1-12-31",
    "lasts_s": "7d", "percent": "200", "days": "30",
    "channels check.key": "acme-mp", "coupons void.code": "{coupon}", "coupons batch.number": "B1",
    "coupons issue-all.number": "B2", "points adjust.code": "points", "points entries.code": "points",
    "programmes open.name": "会员俱乐部", "rules add.until": None, "rules end.number": "{point_rule}",
    "shops pause.code": "S1", "shops resume.code": "S1", "shops close.code": "S1", "value refund.key": "o-1",
    "value refund-top-up.number": "{top_up}", "value rules add.code": "summer", "value rules end.code": "top-up",
    "members unmerge.number": "{merge}", "codes export.number": "{code}", "tiers add.days": None,
    "rules multiply.tier": None, "rules add.per_yuan": "1", "channels add.secret": "s" * 32,
    "channels add.token": "t" * 32, "channels add.mode": "plain",
    "coupons gifts.code": "{coupon}", "members unmerge.reason": "误并", "coupons edit.public_id": "{draft}",
    "coupons submit.public_id": "{draft}", "coupons approve.public_id": "{pending}",
    "coupons reject.public_id": "{doubtful}", "coupons reject.opinion": "不行",
    "coupons revise.public_id": "{rejected}", "nights run.day": "{yesterday}",
    "deliveries replay.numbers": "1", "rules open-group.code": "points",
}  # fmt: skip
FILES = {
    "coupons draft": coupon_world.values(), "coupons edit": {"name": "另一名"}, "menus save": MENU_FILE,
    "replies save": {"name": "门店", "match": "exact", "words": ["门店"], "answers": [{"type": "nearby"}]},
    "tiers rules replace": [], "coupons issue-all": "{card}\n",
    "shops import": "code,name,lng,lat\nS9,九号店,121.4737,31.2304\n",
}  # fmt: skip
# The rest is worked on before these take it away.
LAST = ("coupons take-down", "coupons end", "shops close", "members merge", "members erase")
REFUSED = {
    "tenant create",
    "menus live",
    "menus compare",
    "doctor",
}  # there already, not there, no clock runs


def walk(found: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    if isinstance(found, click.Group):
        for name, child in found.commands.items():
            yield from walk(child, (*path, name))
    else:
        yield " ".join(path), found


TREE = dict(pair for top in commands.COMMANDS for pair in walk(top, (str(top.name),)))


def _drafts() -> dict[str, str]:
    """Rules that are not listed yet, before the approver who sits at the shell."""
    me, found = actors.Actor(kind="operator", name=getpass.getuser()), {}
    for name in ("draft", "pending", "doubtful", "rejected"):
        rule = coupon_rules.draft(programme=programmes.main(), values=coupon_world.values())
        if name != "draft":
            coupon_rules.ask_approval(rule, approver=me.name)
        if name == "rejected":
            with actors.acting(me):
                coupon_rules.reject(rule, version=rule.version, opinion="不行")
        found[name], found["version"] = rule.public_id, rule.version
    return found


@worlds.laid_out
def rich_shell_world() -> dict[str, str]:
    """A company in which every command finds something to work on; the words that name it."""
    shops.open_shop(code="S1", name="一号店", place=Place(121.47, 31.23))
    shop_id = shops.of_code("S1").id
    value_managers.appoint(shop_id=shop_id, phone="13900139000")
    mei, wang = (memberships.register_by_clerk(phone=phone) for phone in ("13812345678", "13987654321"))
    gone = memberships.register_by_clerk(phone="13700137000")
    merges.merge_by_hand(keep=wang.customer, lose=gone.customer, proof="本人到店")
    points.adjust(member=mei, value=100, reason="补登", key="k-1")
    top_up_rules.add(code="top-up", name="充值有礼", steps=[{"amount_fen": 10_000, "bonus_fen": 1_000}])
    rule = coupon_world.listed(claims_per_member=4, stock=100)
    coupon = coupons.claim(rule=rule, member=mei, source="h5")
    coupon_batches.open_batch(number="B1", rule=rule, member_ids={wang.id})
    centre, group = cost_centres.of_code("marketing"), points.groups(programmes.main())[0]
    point_rule = point_rules.add(
        group=group, name="消费积分", basis="amount", points=1, per=100, cost_centre=centre
    )
    point_rules.multiply(group=group, name="双倍", occasion="birthday_day", percent=200, cost_centre=centre)
    account = channels.of_key("acme-mp")
    menus.save(account, MENU_FILE)
    code = qr_codes.design(channel=account, kind="shop", target=shops.of_code("S1").public_id, name="门口")
    with actors.acting(coupon_world.OWNER):
        top_up = top_up_payments.take_cash(member=mei, amount_fen=10_000, key="r-1")
    value_spends.spend(member=mei, amount_fen=100, key="o-1")
    return {
        **_drafts(), "card": mei.card_number, "other": wang.card_number, "rule": rule.public_id,
        "coupon": coupon.code, "point_rule": str(point_rule.id), "code": str(code.id),
        "merge": str(Merge.get().id), "number": "1", "top_up": top_up.number,
        "yesterday": str(calendar.today() - timedelta(days=1)),
    }  # fmt: skip


@pytest.fixture
def run(rich_shell_world, surroundings, platform, tmp_path, monkeypatch):
    """Runs a command as `flask …` does, in a folder of its own, and tells what it said."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(menu_commands, "WAIT_S", 0)
    app = Flask("shell")
    commands.register(app)
    runner = app.test_cli_runner()
    platform.answers["/sms/messages"] = {"message_id": "m-1"}
    return lambda words: runner.invoke(args=words, input="y\n" * 3)


@pytest.mark.parametrize("path", TREE)
def test_a_hostile_word_is_taken_or_refused_in_a_sentence(run, rich_shell_world, tmp_path, path):
    command = TREE[path]
    usual = {one: good(path, one, rich_shell_world, tmp_path) for one in command.params}
    for parameter in command.params:
        if getattr(parameter, "is_flag", False):
            continue
        for word in HOSTILE if parameter.name != "slug" else HOSTILE[:3]:
            words = [*path.split(), *spelled({**usual, parameter: word})]
            result = run(words)
            assert result.exception is None or isinstance(result.exception, SystemExit), (
                words,
                result.exception,
            )
            assert result.exit_code in (0, 1, 2), words
            assert "Traceback" not in result.output, words
            if result.exit_code:
                assert (
                    any("\u4e00" <= letter <= "\u9fff" for letter in result.output)
                    or "Usage" in result.output
                )


def good(path: str, parameter: click.Parameter, world: dict[str, str], folder: Any) -> str | None:
    """The word with which a parameter is content; None where it may be left out and would only stand in the way."""
    name = str(parameter.name)
    told = GOOD.get(f"{path}.{name}", GOOD.get(name, ""))
    if getattr(parameter, "is_flag", False) or told is None:
        return None
    if isinstance(parameter.type, click.Path) and parameter.required:
        content = FILES[path]
        file = folder / "file"
        file.write_text(content.format(**world) if isinstance(content, str) else json.dumps(content))
        return str(file)
    if not parameter.required and f"{path}.{name}" not in GOOD:
        return None
    if isinstance(parameter.type, click.Choice):
        return str(parameter.type.choices[0])
    return told.format(**world) or "1"


def spelled(words: dict[click.Parameter, str | None]) -> list[str]:
    """A command line: options first, then what stands in its place."""
    given = {one: word for one, word in words.items() if word is not None}
    options = [f"{one.opts[0]}={word}" for one, word in given.items() if isinstance(one, click.Option)]
    sure = ["--yes" for one in words if "--yes" in one.opts]
    return [*options, *sure, "--", *(word for one, word in given.items() if isinstance(one, click.Argument))]


def test_the_usual_words_succeed(run, rich_shell_world, tmp_path):
    """Else the hostile ones would be refused for the company they keep."""
    failed = {}
    for path in sorted(TREE, key=lambda path: path in LAST):
        command = TREE[path]
        usual = {one: good(path, one, rich_shell_world, tmp_path) for one in command.params}
        result = run([*path.split(), *spelled(usual)])
        if result.exit_code and path not in REFUSED:
            failed[path] = result.output or result.exception
    assert failed == {}, "\n".join(f"{a}: {b}" for a, b in failed.items())
