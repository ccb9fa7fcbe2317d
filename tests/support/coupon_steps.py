"""What people do with coupons, in the store and on paper: claims, uses, gifts, merges, the hours that pass."""

from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

import time_machine
from hypothesis.stateful import initialize, invariant

from store.core import clock
from store.core.database import db
from store.coupons import coupons
from store.coupons import gifts as coupon_gifts
from store.coupons import redemptions as coupon_redemptions
from store.coupons import rules as coupon_rules
from store.coupons import stock as coupon_stock
from store.customers import customers
from store.integrity import coupons as coupon_checks
from store.membership import registration
from store.tenants import business_days
from tests.support import coupon_fixtures
from tests.support.coupon_model import CouponModel, MergedModel, WalletsModel
from tests.support.coupon_samples import amount_off, percent_off, to_terms, voucher
from tests.support.customer_machine import MIN_CUSTOMERS, CustomerMachine
from tests.support.member_fixtures import FIRST_DAY


class CouponSteps(CustomerMachine):
    """What three people do with three kinds of coupons between them, in the store and on paper."""

    checks = coupon_checks.CHECKS

    @initialize()
    def initialize_models(self) -> None:
        self.traveller = time_machine.travel(
            business_days.start_of(FIRST_DAY) + timedelta(hours=12), tick=False
        )
        self.clock = self.traveller.start()
        self.model, self.numbers = WalletsModel(), count(1)
        self.samples = [amount_off(), percent_off(), voucher()]
        self.rules = [coupon_fixtures.create_listed_rule(**to_terms(sample)) for sample in self.samples]
        self.clear_customers()
        self.coupons: list[coupons.Coupon] = []
        self.gifts: list[tuple[coupon_gifts.CouponGift, str]] = []
        self.orders: list[str] = []
        for who in range(MIN_CUSTOMERS):
            self.add_customer()
            self.claim(who, 0)
            self.claim(who, 1)
            self.issue(who, 2, "birthday")

    def teardown(self) -> None:
        try:
            super().teardown()
        finally:
            if hasattr(self, "traveller"):
                self.traveller.stop()

    def claim(self, who: int, sample: int) -> None:
        work = partial(coupons.claim, rule=self.rules[sample], member=self.member(who), source="h5")
        self.expect_coupon(self.model.claim(self.holder_of(who), self.samples[sample]), work)

    def issue(self, who: int, sample: int, key: str) -> None:
        person, kind = self.holder_of(who), self.samples[sample]
        rejection = self.model.issue(person, kind, key)
        given = self.expect_coupon(
            rejection, partial(coupons.issue, rule=self.rules[sample], member=self.member(who), key=key)
        )
        if given is not None:
            assert given.id == self.stored_id(self.model.issued_by_key[person, kind, key])

    def add_stock(self, sample: int, quantity: int) -> None:
        kind = self.samples[sample]
        about = {"quantity": quantity, "cost_fen": 0, "reason": "加印", "key": self.next_key("stock")}
        rejection = "coupon_rule_state" if kind.stock is None else None
        self.agree(rejection, partial(coupon_stock.increase, self.rules[sample], **about))
        if kind.stock is not None:
            kind.stock += quantity

    def toggle_listing(self, sample: int) -> None:
        self.count_step()
        verb = coupon_rules.unpublish if self.samples[sample].listed else coupon_rules.publish
        verb(self.rules[sample])
        self.samples[sample].listed = not self.samples[sample].listed

    def use_coupons(self, who: int, first: int, more: int, total: int, order: int, at_till: bool) -> None:
        """One or two coupons for an order: paid at the till, or held until it is paid."""
        number = self.pick_order(order)
        chosen = [self.pick_coupon(who, first)]
        if more % 2:
            chosen += [coupon for coupon in [self.pick_coupon(who, more // 2)] if coupon is not chosen[0]]
        about = {
            "member": self.member(who), "codes": [self.coupons[self.coupon_index(coupon)].code for coupon in chosen],
            "basket": coupon_fixtures.make_basket(coupon_fixtures.make_line(total_fen=total)), "order_number": number,
        }  # fmt: skip
        on_paper, verb = (
            (self.model.redeem, coupon_redemptions.redeem)
            if at_till
            else (self.model.hold, coupon_redemptions.hold)
        )
        self.agree(on_paper(self.holder_of(who), chosen, number, total), partial(verb, **about))

    def end_order(self, order: int, end: str) -> None:
        number = self.orders[-1 - order % len(self.orders)]
        result = {"received_fen": 100} if end == "commit" else {}
        rejection = getattr(self.model, end)(number)
        self.agree(rejection, partial(getattr(coupon_redemptions, end), order_number=number, **result))

    def create_gift(self, who: int, which: int) -> None:
        coupon = self.pick_coupon(who, which)
        rejection = self.model.create_gift(self.holder_of(who), coupon)
        about = {"coupon": self.coupons[self.coupon_index(coupon)], "giver": self.member(who)}
        self.agree(rejection, lambda: self.gifts.append(coupon_gifts.create_gift(**about)))

    def answer_gift(self, who: int, which: int, answer: str) -> None:
        place = -1 - which % len(self.gifts)
        (gift, token), on_paper = self.gifts[place], self.model.gifts[place]
        if answer == "cancel" and which % 4:
            who = next(n for n, holder in enumerate(self.holder) if holder == on_paper.giver)
        result = (
            {"gift": gift, "giver": self.member(who)}
            if answer == "cancel"
            else {"token": token, "receiver": self.member(who)}
        )
        rejection = getattr(self.model, answer)(on_paper, self.holder_of(who))
        self.agree(rejection, partial(getattr(coupon_gifts, answer), **result))

    def void(self, which: int) -> None:
        place = which % len(self.coupons)
        rejection = self.model.void(self.model.coupons[place])
        self.agree(rejection, partial(coupons.void, self.coupons[place], reason="发错"))

    def advance_hours(self, hours: int, tidy: str) -> None:
        """The clock of the application may come late: what is over could not be used anyway."""
        self.count_step()
        self.model.now += hours
        self.clock.shift(timedelta(hours=hours))
        if tidy in ("time_out", "both"):
            assert coupon_gifts.time_out_due() == self.model.time_out()
        if tidy in ("expire", "both"):
            assert coupons.expire_due() == self.model.expire()

    def merge_models(self, kept: int, lost: int) -> MergedModel:
        return self.model.merge(kept, lost)

    def split_models(self, union: MergedModel) -> None:
        union.split()

    @invariant()
    def models_agree(self) -> None:
        paper, members = self.model, [member.id for member in self.members]
        assert _query("SELECT state, member_id FROM coupon ORDER BY id") == [
            (coupon.state, members[coupon.holder]) for coupon in paper.coupons
        ]
        assert _query("SELECT state, giver_id, receiver_id FROM coupon_gift ORDER BY id") == [
            (gift.state, members[gift.giver], None if gift.receiver is None else members[gift.receiver])
            for gift in paper.gifts
        ]
        assert sorted(
            _query("SELECT order_number, coupon_id, state, value_fen, member_id FROM coupon_redemption")
        ) == sorted(
            (use.order, self.stored_id(use.coupon), use.state, use.value, members[use.member])
            for use in paper.redemptions
        )
        claims = _query(
            "SELECT received_by_id, rule_id, MAX(sequence) FROM coupon WHERE issue_key = 'claim' GROUP BY 1, 2"
        )
        assert {(who, rule): number for who, rule, number in claims} == {
            (members[who], self.rules[self.samples.index(sample)].id): number
            for (who, sample), number in paper.claimed.items()
            if number
        }
        assert _query("SELECT issued, stock, state FROM coupon_rule ORDER BY id") == [
            (sample.issued, sample.stock, "listed" if sample.listed else "delisted")
            for sample in self.samples
        ]

    def expect_coupon(self, rejection: str | None, work: Any) -> coupons.Coupon | None:
        """A coupon is had, or had before, and it is good as long as on paper."""
        got: list[coupons.Coupon] = []
        self.agree(rejection, lambda: got.append(work()))
        if rejection is not None:
            return None
        if len(self.model.coupons) > len(self.coupons):
            self.coupons.append(got[0])
            on_paper = self.model.coupons[-1]
            span = on_paper.starts - self.model.now, on_paper.ends - self.model.now
            assert (got[0].starts_at, got[0].ends_at) == tuple(
                clock.now() + timedelta(hours=hours) for hours in span
            )
        return got[0]

    def pick_coupon(self, who: int, which: int) -> CouponModel:
        """One of the person's own, or now and then anybody's."""
        own = [coupon for coupon in self.model.coupons if coupon.holder == self.holder_of(who)]
        among = own if own and which % 8 < 7 else self.model.coupons
        return among[-1 - which // 8 % len(among)]

    def pick_order(self, which: int) -> str:
        """A new one, or now and then one that is there already."""
        if self.orders and which % 4 == 0:
            return self.orders[-1 - which // 4 % len(self.orders)]
        self.orders.append(self.next_key("order"))
        return self.orders[-1]

    def add_customer(self) -> None:
        self.holder.append(len(self.people))
        self.people.append(customers.create_customer(source="test"))
        self.members.append(registration.join(customer=self.people[-1], source="test"))

    def coupon_index(self, coupon: CouponModel) -> int:
        return self.model.coupons.index(coupon)

    def stored_id(self, coupon: CouponModel) -> int:
        return int(self.coupons[self.coupon_index(coupon)].id)

    def next_key(self, what: str) -> str:
        return f"{what}:{next(self.numbers)}"


def _query(query: str) -> list[tuple]:
    return [tuple(row) for row in db.database.execute_sql(query).fetchall()]
