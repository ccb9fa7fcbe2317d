"""The calculation of a price (计价): unit prices, promotions, coupons, staff discounts, rounding, freight, what pays.

Each step is taken on what the step before left, and split over the lines that it concerns by what is left on them.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import gcd

from store.core import errors, money
from store.coupons import eligibility, quotes
from store.coupons.basket import Basket, BasketLine
from store.coupons.discounts import AppliedCoupon
from store.coupons.eligibility import IneligibilityReason
from store.coupons.quotes import Quote
from store.coupons.terms import Voucher
from store.pricing import order_lines, promotion_steps, special_prices, unit_prices
from store.pricing.price import FREIGHT_LINE, Cut, Discount, Price, Tender
from store.pricing.promotion_rows import Shares
from store.pricing.request import PriceRequest, StaffDiscount

_NOTHING_LEFT = IneligibilityReason("nothing_left", "已没有可抵扣的金额")


def price(request: PriceRequest) -> Price:
    """Return the price. Raises DomainError(not_found, coupon_not_applicable) for coupons asked for by code."""
    calculation = _Calculation(request)
    calculation.lower_unit_prices()
    calculation.apply_promotions()
    quote = calculation.apply_coupons()
    calculation.apply_staff_discounts()
    calculation.round_down()
    goods = dict(calculation.left)
    freight_fen = calculation.add_freight()
    unused = calculation.pay_with_vouchers(quote)
    calculation.pay_with_points(goods)
    calculation.pay_with_stored_value()
    return calculation.to_price(goods, freight_fen, quote, unused)


class _Calculation:
    """An order on its way to its price: `left` is what is still to be paid on each line."""

    def __init__(self, request: PriceRequest) -> None:
        self.request = request
        self.lines = special_prices.split(request.lines, request.promotions, request.buyer)
        self.left = {one.line.line: one.line.list_fen * one.line.quantity for one in self.lines}
        self.discounts: list[Discount] = []
        self.tenders: list[Tender] = []
        self.cuts: list[Cut] = []

    def lower_unit_prices(self) -> None:
        """Take off what special price, member price or tier save: one discount for each of them."""
        for lowered in order_lines.list_lowered(self.lines, self.request.buyer):
            self._discount(
                lowered.kind,
                lowered.reference,
                lowered.sentence,
                self._take(lowered.saved),
                lowered.cost_centre,
            )

    def apply_promotions(self) -> None:
        """Apply the promotions on lines, then those on the order."""
        self.state = promotion_steps.apply(self.lines, self.request.promotions, self.request.buyer)
        for one in self.state.applications:
            shares = self._take(one.shares)
            promotion = one.promotion
            if shares:
                self.discounts.append(
                    Discount(
                        promotion.kind, promotion.code, one.sentence, sum(shares.values()), shares,
                        promotion.cost_centre, one.threshold_fen, one.bases,
                    )
                )  # fmt: skip

    def apply_coupons(self) -> Quote:
        """Apply the best coupons, or those asked for; vouchers pay later."""
        self.basket = self._to_basket()
        quote = self._quote()
        for applied in quote.applied_coupons:
            if not applied.is_payment:
                terms = applied.coupon.terms
                numbers = (line.number for line in self.basket.lines)
                shares = self._take(dict(zip(numbers, applied.amounts_by_line, strict=True)))
                self._discount("coupon", applied.coupon.code, terms.name, shares, terms.cost_centre)
        return quote

    def apply_staff_discounts(self) -> None:
        for lowered in self.request.lowered:
            lines = [one.line.line for one in self.lines if not lowered.lines or one.source in lowered.lines]
            total = sum(self.left[line] for line in lines)
            amount = money.percent_off(total, lowered.percent) if lowered.percent else lowered.amount_fen
            self._discount("staff", lowered.reference, _describe_staff(lowered), self._split(amount, lines))

    def round_down(self) -> None:
        odd = sum(self.left.values()) % self.request.round_down_to_fen
        self._discount("rounding", "", "抹零", self._split(odd, self.left))

    def add_freight(self) -> int:
        """Add the freight as a line of its own, and return it."""
        freight = self.request.freight
        is_free = freight is None or (
            freight.free_from_fen is not None and sum(self.left.values()) >= freight.free_from_fen
        )
        fee_fen = 0 if freight is None or is_free else freight.fee_fen
        if fee_fen:
            self.left[FREIGHT_LINE] = fee_fen
        return fee_fen

    def pay_with_vouchers(self, quote: Quote) -> dict[str, IneligibilityReason]:
        """Pay with the quoted vouchers, and return why the others of the quote are not used."""
        unused = dict(quote.reasons)
        for applied in quote.applied_coupons:
            if applied.is_payment:
                shares = self._split(_worth_fen(applied), self._covered_lines(applied))
                self._pay(
                    Tender(
                        "voucher",
                        applied.coupon.code,
                        applied.coupon.terms.name,
                        sum(shares.values()),
                        shares,
                    )
                )
                if not shares:
                    unused[applied.coupon.code] = _NOTHING_LEFT
        return unused

    def pay_with_points(self, goods: Shares) -> None:
        """Pay with points: whole fen, and at most the share of the goods that points may pay."""
        terms, wanted = self.request.point_terms, self.request.points_wanted
        common = gcd(terms.points_per_yuan, 100)
        step_points, step_fen = terms.points_per_yuan // common, 100 // common
        lines = [line for line in goods if all(one.with_points for one in self.state.list_given(line))]
        goods_fen = sum(goods[line] for line in lines)
        limit_fen = min(goods_fen * terms.max_percent // 100, sum(self.left[line] for line in lines))
        steps = min(limit_fen // step_fen, self.request.points_available // step_points) if step_points else 0
        if wanted != "most":
            steps = min(steps, wanted // step_points) if step_points else 0
        points = steps * step_points
        shares = self._split(steps * step_fen, lines)
        self._pay(Tender("points", "", f"{points} 积分抵现", steps * step_fen, shares, points))
        if wanted != "most" and points < wanted:
            self.cuts.append(Cut("points", wanted, points, f"本单最多可用 {points} 积分"))

    def pay_with_stored_value(self) -> None:
        wanted = self.request.stored_value_fen
        shares = self._split(wanted, self.left)
        paid = sum(shares.values())
        self._pay(Tender("stored_value", "", "储值支付", paid, shares))
        if paid < wanted:
            self.cuts.append(Cut("stored_value", wanted, paid, f"本单还需支付 {money.yuan(paid)} 元"))

    def to_price(
        self, goods: Shares, freight_fen: int, quote: Quote, unused: Mapping[str, IneligibilityReason]
    ) -> Price:
        return Price(
            lines=order_lines.to_priced_lines(self.lines, goods, self.state),
            discounts=tuple(self.discounts),
            tenders=tuple(self.tenders),
            list_fen=sum(one.line.list_fen * one.line.quantity for one in self.lines) + freight_fen,
            total_fen=sum(goods.values()) + freight_fen,
            due_fen=sum(self.left.values()),
            due_shares=_without_zeros(self.left),
            cuts=tuple(self.cuts),
            unused=unused,
            optimal=quote.is_optimal,
            basket=self.basket,
            freight_fen=freight_fen,
            progress=tuple(self.state.progress),
            notices=tuple(self.state.notices),
            promotions=order_lines.list_applied(self.lines, self.state),
        )

    def _to_basket(self) -> Basket:
        """Return the basket that coupons see, without lines whose promotions take no coupons."""
        lines = (
            BasketLine(
                number=line.line,
                product=line.product,
                quantity=line.quantity,
                total_fen=self.left[line.line],
                groups=line.categories,
                promoted=order_lines.is_promoted(one, self.state),
            )
            for one in self.lines
            for line in (one.line,)
            if all(promotion.with_coupons for promotion in self.state.list_given(line.line))
        )
        request = self.request
        return Basket(tuple(lines), request.local_time, request.shop, request.shop_groups)

    def _quote(self) -> Quote:
        choice, coupons = self.request.coupon_choice, self.request.coupons
        if choice == "best":
            return quotes.best_quote(self.basket, coupons)
        chosen = [coupon for coupon in coupons if coupon.code in choice]
        if len(chosen) < len(choice):
            raise errors.not_found("该优惠券")
        return quotes.quote_exactly(self.basket, chosen)

    def _covered_lines(self, applied: AppliedCoupon) -> Sequence[str]:
        places = eligibility.eligible_lines(applied.coupon.terms, self.basket)
        return [self.basket.lines[place].number for place in places]

    def _split(self, amount: int, lines: Iterable[str]) -> Shares:
        """Take at most `amount` off these lines, by what is left on them, and return the shares."""
        names = list(lines)
        weights = [self.left[line] for line in names]
        parts = money.split(min(amount, sum(weights)), weights)
        return self._take(dict(zip(names, parts, strict=True)))

    def _take(self, amounts: Mapping[str, int]) -> Shares:
        for line, amount in amounts.items():
            self.left[line] -= amount
        return _without_zeros(amounts)

    def _discount(
        self, kind: str, reference: str, sentence: str, shares: Shares, cost_centre: str = ""
    ) -> None:
        if shares:
            self.discounts.append(
                Discount(kind, reference, sentence, sum(shares.values()), shares, cost_centre)
            )

    def _pay(self, tender: Tender) -> None:
        if tender.fen:
            self.tenders.append(tender)


def _worth_fen(applied: AppliedCoupon) -> int:
    benefit = applied.coupon.terms.benefit
    assert isinstance(benefit, Voucher), "other coupons are discounts"
    return benefit.worth_fen


def _describe_staff(lowered: StaffDiscount) -> str:
    if not lowered.percent:
        return f"店员优惠：{lowered.reason}"
    scope = "" if lowered.lines else "整单 "
    return f"{scope}{unit_prices.format_fold(lowered.percent)}：{lowered.reason}"


def _without_zeros(amounts: Mapping[str, int]) -> Shares:
    return {line: amount for line, amount in amounts.items() if amount}
