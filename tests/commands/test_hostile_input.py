"""No word that a person may type ends in a traceback: every parameter of every command is given the worst of them.

The walk goes over click's own tree, so a new command is in it by itself. Where its name tells too little of
what a parameter wants, `GOOD` gives a word with which the command would succeed.
"""

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import click
import pytest
from flask import Flask

import commands
from commands import cli_support
from commands import menus as menu_commands
from store.core import actors
from store.coupons import bulk_issue as coupon_bulk_issue
from store.coupons import coupons
from store.coupons import gifts as coupon_gifts
from store.coupons import rules as coupon_rules
from store.customers import identities, programmes
from store.customers.members import Member
from store.customers.merging import merges
from store.customers.merging.journal import Merge
from store.membership import registration
from store.official_accounts import menus, qr_codes
from store.payments import credentials, merchants, refunds
from store.points import points
from store.points import rules as point_rules
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.staff import account_changes
from store.stored_value import managers as stored_value_managers
from store.stored_value import payments as stored_value_payments
from store.stored_value import payouts, top_up_payments, top_up_refunds, top_up_rules
from store.tenants import business_days, channels, cost_centres
from tests.commands.test_menus import MENU_FILE
from tests.support import coupon_fixtures, draw_fixtures, order_fixtures, red_packet_records, snapshots

HOSTILE = (
    "", "\x00", "x" * 300, "9" * 25, "-" + "9" * 25, "1e400", "nan", "²", "٣", "²-12-31",
    "1-12-99999999999999999999", "0001-01-01", "9999-12-31", "½:1", "a=b=c", "\udcff", " ",
)  # fmt: skip
# A default run tries those that found faults most often.
CHOSEN = HOSTILE if os.environ.get("DEEP") else ("\x00", "9" * 25, "9999-12-31")
# With which a command succeeds, by its name or by the parameter's; {…} is from the fixtures.
VALID_WORDS = {
    "activity_id": "{activity}",
    "red-packets retry.public_id": "{packet}",
    "red-packets give-up.public_id": "{packet}",
    "red-packets save-account.merchant": "pay",
    "card": "{card}",
    "identifier": "{card}",
    "phone": "13812345678",
    "yuan": "1",
    "receipt": "r-9",
    "key": "k-9",
    "refund_key": "k-9",
    "reason": "补登",
    "value": "5",
    "shop_code": "S1",
    "code": "programme",
    "name": "名字",
    "programme_code": "programme",
    "public_id": "{rule}",
    "version": "{version}",
    "approver": "laowang",
    "group_code": "points",
    "cost_centre_code": "marketing",
    "tier_code": "gold",
    "tier": "gold",
    "number": "{number}",
    "delivery_ids": "{number}",
    "account": "acme-mp",
    "settings_group": "check_in",
    "pairs": "points=5",
    "target": "S1",
    "steps": "100:10",
    "slug": "acme",
    "slugs": "acme",
    "appid": "wx123",
    "secret": "s" * 32,
    "keep": "{card}",
    "duplicate": "{other}",
    "lng": "121.47",
    "lat": "31.23",
    "cost": "5",
    "per_yuan": "1",
    "until": "1-12-31",
    "lifetime_s": "7d",
    "percent": "200",
    "days": "30",
    "channels check.key": "acme-mp",
    "coupons void.code": "{coupon}",
    "coupons show-batch.number": "B1",
    "coupons issue-all.number": "B2",
    "points adjust.code": "points",
    "points entries.code": "points",
    "programmes create.name": "会员俱乐部",
    "point-rules add.until": None,
    "point-rules end.number": "{point_rule}",
    "shops show.code": "S1",
    "shops change.code": "S1",
    "shops pause.code": "S1",
    "shops resume.code": "S1",
    "shops close.code": "S1",
    "stored-value refund.key": "o-1",
    "stored-value refund-top-up.number": "{top_up}",
    "stored-value top-up-rules add.code": "summer",
    "stored-value top-up-rules end.code": "top-up",
    "members unmerge.number": "{merge}",
    "qr-codes export.number": "{code}",
    "tiers add.tier_code": "platinum",
    "point-groups create.code": "stars",
    "tiers add.days": None,
    "point-rules add-multiplier.tier": None,
    "point-rules add.per_yuan": "1",
    "channels add.secret": "s" * 32,
    "channels add.token": "t" * 32,
    "channels add.mode": "plain",
    "coupons gift-history.code": "{coupon}",
    "coupons gift.number": "{gift}",
    "members unmerge.reason": "误并",
    "closings settle.number": "{refund}",
    "agreements show.version": None,
    "coupons edit.public_id": "{draft}",
    "coupons submit.public_id": "{draft}",
    "coupons approve.public_id": "{pending}",
    "coupons reject.public_id": "{to_reject}",
    "coupons reject.opinion": "不行",
    "coupons revise.public_id": "{rejected}",
    "coupons withdraw.public_id": "{to_withdraw}",
    "coupons delete.public_id": "{to_delete}",
    "staff add.login": "wang",
    "staff link.login": "boss",
    "staff disable.login": "clerk",
    "daily-close run.day": "{yesterday}",
    "outbox replay.delivery_ids": "1",
    "app_id": "wx1",
    "merchants add.merchant_id": "1900000110",
    "merchants add.key": "other",
    "merchants add.public_key_id": "PUB_KEY_ID_1",
    "merchants add.serial": "1",
    "merchants retire.key": "pay",
    "merchants add-key.key": "pay",
    "merchants retire-key.key": "pay",
    "merchants retire-key.identifier": "{fingerprint}",
    "orders show.number": "{order}",
    "payment": "{payment}",
    "refunds resolve.number": "P1",
    "earns": "yes",
    "rights": "sell",
    "cashiers add.pin": "258036",
    "cashiers set-pin.pin": "741852",
    **{f"cashiers {verb}.number": "1001" for verb in ("add", "set-pin", "set-rights", "disable", "unlock")},
}
VALID_FILES = {
    "coupons draft": coupon_fixtures.rule_values(), "coupons edit": {"name": "另一名"}, "menus save": MENU_FILE,
    "keyword-replies save": {"name": "门店", "match": "exact", "keywords": ["门店"], "answers": [{"type": "nearby"}]},
    "agreements set": "本店协议", "tiers rules replace": [], "coupons issue-all": "{card}\n",
    "merchants add": "PEM", "payments export": "", "shops import": "code,name,lng,lat\nS9,九号店,121.4737,31.2304\n",
}  # fmt: skip
# The rest is worked on before these take it away.
RUN_LAST = (
    "coupons unpublish", "coupons end", "merchants retire", "shops close", "members merge", "members erase",
)  # fmt: skip
EXPECTED_FAILURES = {
    "tenants create",
    "menus show-live",
    "menus compare",
    "stored-value refund-requests grant",
    "stored-value refund-requests reject",
    "doctor",
    "merchants test",
}  # there already, not there, no clock runs


def list_commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from list_commands(child, (*path, name))
    else:
        yield " ".join(path), command


COMMANDS_BY_PATH = dict(pair for top in commands.COMMANDS for pair in list_commands(top, (str(top.name),)))


def _create_drafts() -> dict[str, str]:
    """Rules that are not listed yet, before the approver who sits at the shell."""
    me: actors.Actor = cli_support.current_operator()
    found: dict[str, str] = {}
    for name in ("draft", "pending", "to_reject", "rejected", "to_delete", "to_withdraw"):
        rule = coupon_rules.create_draft(
            programme=programmes.get_default(), values=coupon_fixtures.rule_values()
        )
        if name == "to_withdraw":
            with actors.acting_as(me):
                coupon_rules.request_approval(rule, approver="laowang")
        elif name not in ("draft", "to_delete"):
            coupon_rules.request_approval(rule, approver=me.name)
        if name == "rejected":
            with actors.acting_as(me):
                coupon_rules.reject(rule, version=rule.version, opinion="不行")
        found[name], found["version"] = rule.public_id, rule.version
    return found


def _create_staff() -> None:
    for login in ("boss", "clerk"):
        account_changes.add(login=login, role_keys=["admin"])


def _create_payment(shop_id: int) -> dict[str, str]:
    """An order paid over a platform, and a refund of it that waits for a person."""
    order = order_fixtures.place(shops.Shop.get_by_id(shop_id), order_fixtures.line(1_280))
    payment = order_fixtures.settle(order_fixtures.start_attempt(order, "A1"), "succeeded").attempt
    refunds.ask(number="P1", attempt_number=payment.number, amount_fen=280, reason="退货")
    refunds.record_result(number="P1", outcome="abnormal")
    merchants.add_key(key="pay", name="api_v3_keys", value="n" * 32)
    return {
        "order": order.number, "payment": payment.number, "fingerprint": credentials.fingerprint("n" * 32),
    }  # fmt: skip


def _create_prizes(mei: Member) -> dict[str, str]:
    """A lucky draw, and a transfer to a member who has opened the mini-program of the merchant."""
    identities.bind(mei.customer, provider=identities.WECHAT, account="wxacmemini", subject="o-1")
    packet = red_packet_records.write_transfer(mei.customer, merchant_key="pay")
    return {"activity": draw_fixtures.create_running().public_id, "packet": packet.public_id}


@snapshots.snapshot_fixture
def populated_tenant() -> dict[str, str]:
    """A tenant in which every command finds something to work on; the words that name it."""
    shops.create_shop(code="S1", name="一号店", location=Coordinates(121.47, 31.23))
    shop_id = shops.get_by_code("S1").id
    stored_value_managers.appoint(shop_id=shop_id, phone="13900139000")
    mei, wang = (registration.register_at_desk(phone=phone) for phone in ("13812345678", "13987654321"))
    gone = registration.register_at_desk(phone="13700137000")
    merges.merge_manually(survivor=wang.customer, duplicate=gone.customer, proof="本人到店")
    points.adjust(member=mei, value=100, reason="补登", key="k-1")
    top_up_rules.add(code="top-up", name="充值有礼", steps=[{"amount_fen": 10_000, "bonus_fen": 1_000}])
    rule = coupon_fixtures.create_listed_rule(claims_per_member=4, stock=100)
    coupon, offered = (coupons.claim(rule=rule, member=mei, source="h5") for _ in range(2))
    gift, _ = coupon_gifts.create_gift(coupon=offered, giver=mei)
    coupon_bulk_issue.create_batch(number="B1", rule=rule, member_ids={wang.id})
    centre, group = cost_centres.find_by_code("marketing"), points.list_groups(programmes.get_default())[0]
    point_rule = point_rules.add_rule(
        group=group, name="消费积分", basis="amount", points=1, per_units=100, cost_centre=centre
    )
    point_rules.add_multiplier(
        group=group, name="双倍", occasion="birthday_day", percent=200, cost_centre=centre
    )
    account = channels.get_by_key("acme-mp")
    menus.save_draft(account, MENU_FILE)
    code = qr_codes.create(
        channel=account, kind="shop", target=shops.get_by_code("S1").public_id, name="门口"
    )
    with actors.acting_as(coupon_fixtures.OWNER):
        top_up = top_up_payments.take_cash(member=mei, amount_fen=10_000, key="r-1")
        leaver = registration.register_at_desk(phone="13700137001")
        top_up_payments.take_cash(member=leaver, amount_fen=100, key="r-2")
        payouts.pay_out_all(member=leaver, key="closing", reason="会员注销")
    stored_value_payments.spend(member=mei, amount_fen=100, key="o-1")
    _create_staff()
    payment = _create_payment(shop_id)
    return {
        **payment, **_create_prizes(mei),
        **_create_drafts(), "card": mei.card_number, "other": wang.card_number, "rule": rule.public_id,
        "coupon": coupon.code, "gift": str(gift.id), "point_rule": str(point_rule.id), "code": str(code.id),
        "merge": str(Merge.get().id), "number": "1", "top_up": top_up.number,
        "refund": top_up_refunds.list_pending()[0].number,
        "yesterday": str(business_days.today() - timedelta(days=1)),
    }  # fmt: skip


@pytest.fixture
def run(populated_tenant, cli_environment, platform, tmp_path, monkeypatch):
    """Runs a command as `flask …` does, in a folder of its own, and tells what it said."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(menu_commands, "PUBLISH_TIMEOUT_S", 0)
    app = Flask("shell")
    commands.register(app)
    runner = app.test_cli_runner()
    platform.answers["/sms/messages"] = {"message_id": "m-1"}
    prompts = {("members", "scan"): f"{populated_tenant['card']}\n"}
    prompts |= {("merchants", name): "k" * 32 + "\n" for name in ("add", "add-key")}
    return lambda words: runner.invoke(args=words, input=prompts.get(tuple(words[:2]), "y\n" * 3))


@pytest.mark.parametrize("path", COMMANDS_BY_PATH)
def test_a_hostile_word_is_taken_or_refused_in_a_sentence(run, populated_tenant, tmp_path, path):
    command = COMMANDS_BY_PATH[path]
    usual = {one: valid_word(path, one, populated_tenant, tmp_path) for one in command.params}
    for parameter in command.params:
        if getattr(parameter, "is_flag", False):
            continue
        for word in CHOSEN if parameter.name != "slug" else CHOSEN[:3]:
            words = [*path.split(), *to_arguments({**usual, parameter: word})]
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


def valid_word(path: str, parameter: click.Parameter, fixtures: dict[str, str], folder: Any) -> str | None:
    """The word with which a parameter is content; None where it may be left out and would only stand in the way."""
    name = str(parameter.name)
    valid = VALID_WORDS.get(f"{path}.{name}", VALID_WORDS.get(name, ""))
    if getattr(parameter, "is_flag", False) or valid is None:
        return None
    if isinstance(parameter.type, click.Path) and parameter.required:
        content = VALID_FILES[path]
        file = folder / "file"
        file.write_text(content.format(**fixtures) if isinstance(content, str) else json.dumps(content))
        return str(file)
    if not parameter.required and f"{path}.{name}" not in VALID_WORDS:
        return None
    if isinstance(parameter.type, click.Choice):
        return str(parameter.type.choices[0])
    return valid.format(**fixtures) or "1"


def to_arguments(words: dict[click.Parameter, str | None]) -> list[str]:
    """A command line: options first, then what is in its place."""
    given = {one: word for one, word in words.items() if word is not None}
    options = [f"{one.opts[0]}={word}" for one, word in given.items() if isinstance(one, click.Option)]
    sure = ["--yes" for one in words if "--yes" in one.opts]
    return [*options, *sure, "--", *(word for one, word in given.items() if isinstance(one, click.Argument))]


def test_the_usual_words_succeed(run, populated_tenant, tmp_path):
    """Else the hostile ones would be refused for the tenant they keep."""
    failed = {}
    for path in sorted(COMMANDS_BY_PATH, key=lambda path: path in RUN_LAST):
        command = COMMANDS_BY_PATH[path]
        usual = {one: valid_word(path, one, populated_tenant, tmp_path) for one in command.params}
        result = run([*path.split(), *to_arguments(usual)])
        if result.exit_code and path not in EXPECTED_FAILURES:
            failed[path] = result.output or result.exception
    assert failed == {}, "\n".join(f"{a}: {b}" for a, b in failed.items())
