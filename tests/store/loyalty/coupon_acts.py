"""What people do with coupons, in the store and on paper: claims, uses, gifts, merges, the hours that pass."""

from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

import time_machine
from hypothesis.stateful import initialize, invariant

from store.checks import coupons as coupon_checks
from store.company import calendar
from store.kernel import clock, db
from store.loyalty import coupon_gifts, coupon_rules, coupon_stock, coupon_uses, coupons, memberships
from store.people import customers
from tests.store.loyalty import coupon_world
from tests.store.loyalty.conftest import FIRST
from tests.store.loyalty.coupon_book import Coupon, Union, Wallets
from tests.store.loyalty.coupon_sorts import amount_off, percent_off, terms, voucher
from tests.store.loyalty.walk_people import PEOPLE, People


class Acts(People):
    """What three people do with three kinds of coupons between them, in the store and on paper."""

    checks = coupon_checks.CHECKS

    @initialize()
    def open_the_shop(self) -> None:
        self.traveller = time_machine.travel(calendar.start_of(FIRST) + timedelta(hours=12), tick=False)
        self.clock = self.traveller.start()
        self.paper, self.numbers = Wallets(), count(1)
        self.sorts = [amount_off(), percent_off(), voucher()]
        self.rules = [coupon_world.listed(**terms(sort)) for sort in self.sorts]
        self.nobody_yet()
        self.coupons: list[coupons.Coupon] = []
        self.gifts: list[tuple[coupon_gifts.CouponGift, str]] = []
        self.orders: list[str] = []
        for who in range(PEOPLE):
            self.somebody_new()
            self.claim(who, 0)
            self.claim(who, 1)
            self.issue(who, 2, "birthday")

    def teardown(self) -> None:
        try:
            super().teardown()
        finally:
            if hasattr(self, "traveller"):
                self.traveller.stop()

    def claim(self, who: int, sort: int) -> None:
        work = partial(coupons.claim, rule=self.rules[sort], member=self.member(who), source="h5")
        self.had(self.paper.claim(self.person(who), self.sorts[sort]), work)

    def issue(self, who: int, sort: int, key: str) -> None:
        person, kind = self.person(who), self.sorts[sort]
        refusal = self.paper.issue(person, kind, key)
        given = self.had(
            refusal, partial(coupons.issue, rule=self.rules[sort], member=self.member(who), key=key)
        )
        if given is not None:
            assert given.id == self.id_of(self.paper.promised[person, kind, key])

    def add_stock(self, sort: int, quantity: int) -> None:
        kind = self.sorts[sort]
        about = {"quantity": quantity, "cost_fen": 0, "reason": "加印", "key": self.key("stock")}
        refusal = "coupon_rule_state" if kind.stock is None else None
        self.agree(refusal, partial(coupon_stock.add, self.rules[sort], **about))
        if kind.stock is not None:
            kind.stock += quantity

    def turn_the_sign(self, sort: int) -> None:
        self.step()
        verb = coupon_rules.take_down if self.sorts[sort].listed else coupon_rules.put_up
        verb(self.rules[sort])
        self.sorts[sort].listed = not self.sorts[sort].listed

    def use(self, who: int, first: int, more: int, total: int, order: int, at_till: bool) -> None:
        """One or two coupons for an order: paid at the till, or held until it is paid."""
        number = self.order(order)
        chosen = [self.some_coupon(who, first)]
        if more % 2:
            chosen += [coupon for coupon in [self.some_coupon(who, more // 2)] if coupon is not chosen[0]]
        about = {
            "member": self.member(who), "codes": [self.coupons[self.place(coupon)].code for coupon in chosen],
            "basket": coupon_world.basket(coupon_world.line(total_fen=total)), "order_number": number,
        }  # fmt: skip
        on_paper, verb = (
            (self.paper.redeem, coupon_uses.redeem) if at_till else (self.paper.hold, coupon_uses.hold)
        )
        self.agree(on_paper(self.person(who), chosen, number, total), partial(verb, **about))

    def end_order(self, order: int, end: str) -> None:
        number = self.orders[-1 - order % len(self.orders)]
        told = {"paid_fen": 100} if end == "commit" else {}
        refusal = getattr(self.paper, end)(number)
        self.agree(refusal, partial(getattr(coupon_uses, end), order_number=number, **told))

    def offer(self, who: int, which: int) -> None:
        coupon = self.some_coupon(who, which)
        refusal = self.paper.offer(self.person(who), coupon)
        about = {"coupon": self.coupons[self.place(coupon)], "giver": self.member(who)}
        self.agree(refusal, lambda: self.gifts.append(coupon_gifts.offer(**about)))

    def answer(self, who: int, which: int, answer: str) -> None:
        place = -1 - which % len(self.gifts)
        (gift, token), on_paper = self.gifts[place], self.paper.gifts[place]
        if answer == "take_back" and which % 4:
            who = next(n for n, holder in enumerate(self.holder) if holder == on_paper.giver)
        told = (
            {"gift": gift, "giver": self.member(who)}
            if answer == "take_back"
            else {"token": token, "receiver": self.member(who)}
        )
        refusal = getattr(self.paper, answer)(on_paper, self.person(who))
        self.agree(refusal, partial(getattr(coupon_gifts, answer), **told))

    def void(self, which: int) -> None:
        place = which % len(self.coupons)
        refusal = self.paper.void(self.paper.coupons[place])
        self.agree(refusal, partial(coupons.void, self.coupons[place], reason="发错"))

    def hours_go_by(self, hours: int, tidy: str) -> None:
        """The clock of the house may come late: what is over could not be used anyway."""
        self.step()
        self.paper.now += hours
        self.clock.shift(timedelta(hours=hours))
        if tidy in ("time_out", "both"):
            assert coupon_gifts.time_out_due() == self.paper.time_out()
        if tidy in ("expire", "both"):
            assert coupons.expire_due() == self.paper.expire()

    def join(self, kept: int, lost: int) -> Union:
        return self.paper.merge(kept, lost)

    def part(self, union: Union) -> None:
        union.part()

    @invariant()
    def the_wallets_agree(self) -> None:
        paper, members = self.paper, [member.id for member in self.members]
        assert _rows("SELECT state, member_id FROM coupon ORDER BY id") == [
            (coupon.state, members[coupon.holder]) for coupon in paper.coupons
        ]
        assert _rows("SELECT state, giver_id, receiver_id FROM coupon_gift ORDER BY id") == [
            (gift.state, members[gift.giver], None if gift.receiver is None else members[gift.receiver])
            for gift in paper.gifts
        ]
        assert sorted(
            _rows("SELECT order_number, coupon_id, state, value_fen, member_id FROM coupon_use")
        ) == sorted(
            (use.order, self.id_of(use.coupon), use.state, use.value, members[use.who]) for use in paper.uses
        )
        claims = _rows(
            "SELECT received_by_id, rule_id, MAX(nth) FROM coupon WHERE origin = 'claim' GROUP BY 1, 2"
        )
        assert {(who, rule): number for who, rule, number in claims} == {
            (members[who], self.rules[self.sorts.index(sort)].id): number
            for (who, sort), number in paper.claimed.items()
            if number
        }
        assert _rows("SELECT issued, stock, state FROM coupon_rule ORDER BY id") == [
            (sort.issued, sort.stock, "listed" if sort.listed else "delisted") for sort in self.sorts
        ]

    def had(self, refusal: str | None, work: Any) -> coupons.Coupon | None:
        """A coupon is had, or had before, and it is good as long as on paper."""
        got: list[coupons.Coupon] = []
        self.agree(refusal, lambda: got.append(work()))
        if refusal is not None:
            return None
        if len(self.paper.coupons) > len(self.coupons):
            self.coupons.append(got[0])
            on_paper = self.paper.coupons[-1]
            span = on_paper.starts - self.paper.now, on_paper.ends - self.paper.now
            assert (got[0].starts_at, got[0].ends_at) == tuple(
                clock.now() + timedelta(hours=hours) for hours in span
            )
        return got[0]

    def some_coupon(self, who: int, which: int) -> Coupon:
        """One of the person's own, or now and then anybody's."""
        own = [coupon for coupon in self.paper.coupons if coupon.holder == self.person(who)]
        among = own if own and which % 8 < 7 else self.paper.coupons
        return among[-1 - which // 8 % len(among)]

    def order(self, which: int) -> str:
        """A new one, or now and then one that is there already."""
        if self.orders and which % 4 == 0:
            return self.orders[-1 - which // 4 % len(self.orders)]
        self.orders.append(self.key("order"))
        return self.orders[-1]

    def somebody_new(self) -> None:
        self.holder.append(len(self.people))
        self.people.append(customers.open_customer(source="test"))
        self.members.append(memberships.join(customer=self.people[-1], source="test"))

    def place(self, coupon: Coupon) -> int:
        return self.paper.coupons.index(coupon)

    def id_of(self, coupon: Coupon) -> int:
        return int(self.coupons[self.place(coupon)].id)

    def key(self, what: str) -> str:
        return f"{what}:{next(self.numbers)}"


def _rows(query: str) -> list[tuple]:
    return [tuple(row) for row in db.database.execute_sql(query).fetchall()]
