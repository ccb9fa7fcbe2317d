"""The best combination of coupons, against brute force over all combinations."""

import os
import random
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, permutations

import pytest

from store.coupons import best_combination as coupon_best_combination
from store.coupons import discounts as coupon_discounts
from store.coupons import quotes as coupon_quotes
from tests.store.coupons.conftest import ANY, basket
from tests.support.coupon_fixtures import (
    FIVE_OFF,
    TWENTY_PERCENT,
    make_line,
    make_snapshot,
)

SEEDS = range(150)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_set_that_is_allowed_takes_more_than_the_best(seed):
    """Against every subset of small wallets; what rounding moves is less than a fen a line and coupon."""
    goods, cards = drawn(random.Random(seed))
    quote = coupon_quotes.best_quote(goods, cards)
    fitting = [one for one in cards if one.code not in quote.reasons or quote.reasons[one.code].code in LEFT]
    most = max(
        sum(
            taken.amount_fen
            for taken in coupon_discounts.apply_all(
                goods, sorted(chosen, key=coupon_discounts.application_order)
            )
        )
        for count in range(len(fitting) + 1)
        for chosen in combinations(fitting, count)
        if not any(coupon_best_combination.find_stacking_conflict(one, chosen) for one in chosen)
    )
    found = quote.total_fen - quote.payable_fen
    assert quote.is_optimal
    assert most - len(goods.lines) * len(cards) <= found <= quote.total_fen
    assert all(part >= 0 for taken in quote.applied_coupons for part in taken.amounts_by_line)


LEFT = {"stacking", "per_order", "nothing_left"}


def drawn(rng, *, coupons=7):
    """A basket of up to five lines and a wallet of up to so many coupons of four rules."""
    lines = [
        make_line(str(n), rng.randint(0, 9000), product=rng.choice(("tea", "cake", "soup")), quantity=rng.randint(1, 3))
        for n in range(rng.randint(1, 5))
    ]  # fmt: skip
    kinds = [
        {"kind": "amount_off", "off_fen": rng.randint(1, 4000)},
        {"kind": "percent_off", "percent": rng.randint(1, 60), "max_fen": rng.choice((None, 700))},
        {"kind": "exchange", "products": rng.sample(("tea", "cake"), rng.randint(1, 2))},
        {"kind": "voucher", "worth_fen": rng.randint(1, 5000)},
    ]
    rules = {
        f"r{n}": {
            "benefit": rng.choice(kinds),
            "products": rng.choice(((), ("tea",), ("tea", "soup"))),
            "threshold_fen": rng.choice((0, 3000)),
            "stacking": {
                "others": rng.choice(("any", "any", "chosen", "none")), "rules": ["r0", "r1"],
                "per_order": rng.randint(1, 2),
            },
        }
        for n in range(4)
    }  # fmt: skip
    wallet = [
        make_snapshot(f"c{n}", rule, days=rng.randint(1, 30), **rules[rule])
        for n, rule in enumerate(rng.choice(list(rules)) for _ in range(rng.randint(1, coupons)))
    ]
    return basket(*lines), wallet


def test_what_was_not_compared_is_neither_proven_nor_called_useless(monkeypatch):
    """Of four the three with the largest discounts are compared; the fourth could join the two that are used."""
    monkeypatch.setattr(coupon_best_combination, "MAX_GROUPS", 3)
    only_d = {"others": "chosen", "rules": ["d"]}
    cards = [
        make_snapshot(code, code, benefit=FIVE_OFF | {"off_fen": fen}, stacking=stacking)
        for code, fen, stacking in (("a", 90, only_d), ("b", 50, ANY), ("c", 45, ANY), ("d", 1, ANY))
    ]
    quote = coupon_quotes.best_quote(basket(), cards)
    assert ([taken.coupon.code for taken in quote.applied_coupons], quote.is_optimal) == (["b", "c"], False)
    reasons = {one.code: quote.reasons[one.code].code for one in quote.unused_coupons}
    assert reasons == {"a": "stacking", "d": "not_compared"}


PROVEN_SEEDS = range(60)


@pytest.mark.parametrize("turn", PROVEN_SEEDS)
def test_what_is_quoted_is_held_to_the_fen_whatever_the_codes_and_nothing_allowed_takes_more(turn):
    """Counted on paper, in fractions, over every subset in every order that its kinds leave open."""
    rng = random.Random(f"{os.environ['SEED']}:{turn}")
    goods, cards = drawn(rng, coupons=5)
    quote = coupon_quotes.best_quote(goods, cards)
    for _ in range(4):
        held = coupon_quotes.quote_exactly(
            goods, drawn_anew(rng, [taken.coupon for taken in quote.applied_coupons])
        )
        assert sorted(taken.amount_fen for taken in held.applied_coupons) == sorted(
            taken.amount_fen for taken in quote.applied_coupons
        )
        assert held.payable_fen == quote.payable_fen
    fitting = [one for one in cards if one.code not in quote.reasons or quote.reasons[one.code].code in LEFT]
    most = max(taken_on_paper(goods, chosen) for chosen in allowed_on_paper(fitting))
    assert quote.is_optimal
    assert most - len(goods.lines) * len(cards) <= quote.total_fen - quote.payable_fen


def test_the_narrower_coupon_leaves_the_wider_one_its_part():
    """A and B for 10.00 each, 15.00 off everything and 10.00 off A: nothing is left to pay, with any codes."""
    goods = basket(make_line("1", 1000, product="a"), make_line("2", 1000, product="b"))
    wide = {"benefit": {"kind": "amount_off", "off_fen": 1500}, "stacking": ANY}
    narrow = {"benefit": {"kind": "amount_off", "off_fen": 1000}, "stacking": ANY, "products": ["a"]}
    for codes in ("12", "21"):
        quote = coupon_quotes.best_quote(
            goods, [make_snapshot(codes[0], "w", **wide), make_snapshot(codes[1], "n", **narrow)]
        )
        assert (quote.payable_fen, quote.is_optimal) == (0, True)
        assert (
            coupon_quotes.quote_exactly(goods, [taken.coupon for taken in quote.applied_coupons][::-1])
            == quote
        )


def test_a_capped_percentage_waits_for_one_that_has_no_cap():
    """100.00: 20 % is 20.00, then half of 80.00 up to 8.00; the other way round it would be 26.40."""
    half, fifth = TWENTY_PERCENT | {"percent": 50, "max_fen": 800}, TWENTY_PERCENT
    cards = [make_snapshot("1", benefit=half, stacking=ANY), make_snapshot("2", benefit=fifth, stacking=ANY)]
    assert coupon_quotes.best_quote(basket(make_line(total_fen=10_000)), cards).discount_fen == 2800


def drawn_anew(rng, cards):
    """The same coupons, had they been drawn with other codes, in another order."""
    again = [replace(one, code=f"{rng.randrange(10**16):016d}") for one in cards]
    return rng.sample(again, len(again))


def allowed_on_paper(cards):
    """Every order of every set whose coupons agree to each other, kind after kind."""
    for count in range(len(cards) + 1):
        for chosen in permutations(cards, count):
            kinds = [ORDER.index(one.terms.benefit.kind) for one in chosen]
            if kinds == sorted(kinds) and all(agrees(one, chosen) for one in chosen):
                yield chosen


def agrees(one, chosen):
    stacking, others = one.terms.stacking, {other.rule for other in chosen} - {one.rule}
    few = sum(other.rule == one.rule for other in chosen) <= stacking.per_order
    return few and (
        stacking.others == "any" or others <= {*(stacking.rules if stacking.others == "chosen" else ())}
    )


def taken_on_paper(goods, chosen):
    left, units = [Fraction(row.total_fen) for row in goods.lines], [row.quantity for row in goods.lines]
    for one in chosen:
        benefit, products = one.terms.benefit, one.terms.products
        meant = getattr(benefit, "products", products)
        places = [at for at, row in enumerate(goods.lines) if not meant or row.product in meant]
        if benefit.kind == "exchange":
            missing = benefit.quantity
            for at in sorted(places, key=lambda at: -goods.lines[at].total_fen // goods.lines[at].quantity):
                price = Fraction(goods.lines[at].total_fen, goods.lines[at].quantity)
                if price > benefit.price_fen:
                    moved = min(missing, units[at])
                    left[at] -= moved * (price - benefit.price_fen)
                    units[at], missing = units[at] - moved, missing - moved
            continue
        total = sum(left[at] for at in places)
        if benefit.kind == "percent_off":
            worth = min(total * benefit.percent / 100, benefit.max_fen or total)
        else:
            worth = benefit.off_fen if benefit.kind == "amount_off" else benefit.worth_fen
        share = min(worth / total, 1) if total else 0
        for at in places:
            left[at] -= left[at] * share
    return goods.total_fen - sum(left)


ORDER = ("exchange", "amount_off", "percent_off", "voucher")


def test_a05_the_quote_is_never_below_a_single_coupon():
    """Six lines of 100.00, nine stackable coupons of which each lowers one line, and an exclusive one of 60 %."""
    goods = basket(*(make_line(str(number), 10_000, product=f"p{number}") for number in range(6)))
    stackable = [
        make_snapshot(
            f"s{number}", f"s{number}", stacking=ANY, benefit={"kind": "amount_off", "off_fen": 3300 - number},
            products=[f"p{number % 6}"],
        )
        for number in range(9)
    ]  # fmt: skip
    alone = make_snapshot("x", "x", benefit={"kind": "percent_off", "percent": 60})
    quote = coupon_quotes.best_quote(goods, [*stackable, alone])
    assert quote.discount_fen == 36_000


@pytest.mark.parametrize("limit", ["MAX_NODES", "MAX_GROUPS"])
def test_a05_random_baskets_are_never_quoted_below_a_single_coupon(monkeypatch, limit):
    """However early the search ends."""
    monkeypatch.setattr(coupon_best_combination, limit, 1)
    rng = random.Random(int(os.environ["SEED"]))
    for _ in range(60):
        goods, cards = drawn(rng)
        singles = [coupon_quotes.best_quote(goods, [card]).payable_fen for card in cards]
        assert coupon_quotes.best_quote(goods, cards).payable_fen <= min(singles)
