"""The calculation of a price (计价): unit prices, coupons, staff discounts, rounding, freight, then what pays.

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
from store.pricing import unit_prices
from store.pricing.price import FREIGHT_LINE, Cut, Discount, Price, PricedLine, Shares, Tender
from store.pricing.request import PriceRequest, StaffDiscount
from store.pricing.unit_prices import UnitPrice

_NOTHING_LEFT = IneligibilityReason("nothing_left", "已没有可抵扣的金额")


def price(request: PriceRequest) -> Price:
    """Return the price. Raises DomainError(not_found, coupon_not_applicable) for coupons asked for by code."""
    calculation = _Calculation(request)
    calculation.lower_unit_prices()
    quote = calculation.apply_coupons()
    calculation.apply_staff_discounts()
    calculation.round_down()
    goods = dict(calculation.left)
    freight_fen = calculation.add_freight()
    unused = calculation.pay_with_vouchers(quote)
    calculation.pay_with_points(sum(goods.values()))
    calculation.pay_with_stored_value()
    return calculation.to_price(goods, freight_fen, quote, unused)


class _Calculation:
    """An order on its way to its price: `left` is what is still to be paid on each line."""

    def __init__(self, request: PriceRequest) -> None:
        self.request = request
        self.units = {line.line: unit_prices.unit_price(line, request.buyer) for line in request.lines}
        self.left = {line.line: line.list_fen * line.quantity for line in request.lines}
        self.discounts: list[Discount] = []
        self.tenders: list[Tender] = []
        self.cuts: list[Cut] = []

    def lower_unit_prices(self) -> None:
        """Take off what special price, member price or tier save: one discount for each of them."""
        buyer = self.request.buyer
        for kind in (unit_prices.SPECIAL, unit_prices.MEMBER, unit_prices.TIER):
            saved = {
                line.line: (line.list_fen - self.units[line.line].fen) * line.quantity
                for line in self.request.lines
                if self.units[line.line].kind == kind
            }
            tier = buyer.tier if buyer and kind == unit_prices.TIER else ""
            self._discount(kind, tier, unit_prices.describe(kind, buyer), self._take(saved))

    def apply_coupons(self) -> Quote:
        """Apply the best coupons, or those asked for; vouchers pay later."""
        self.basket = self._to_basket()
        quote = self._quote()
        for applied in quote.applied_coupons:
            if not applied.is_payment:
                terms = applied.coupon.terms
                amounts = zip(self.left, applied.amounts_by_line, strict=True)
                shares = self._take(dict(amounts))
                self._discount("coupon", applied.coupon.code, terms.name, shares, terms.cost_centre)
        return quote

    def apply_staff_discounts(self) -> None:
        for lowered in self.request.lowered:
            lines = [line for line in self.left if not lowered.lines or line in lowered.lines]
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

    def pay_with_points(self, goods_fen: int) -> None:
        """Pay with points: whole fen, and at most the share of the goods that points may pay."""
        terms, wanted = self.request.point_terms, self.request.points_wanted
        common = gcd(terms.points_per_yuan, 100)
        step_points, step_fen = terms.points_per_yuan // common, 100 // common
        lines = [line for line in self.left if line != FREIGHT_LINE]
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
            lines=tuple(
                PricedLine(
                    line=line.line,
                    product=line.product,
                    quantity=line.quantity,
                    unit_fen=self.units[line.line].fen,
                    list_fen=line.list_fen * line.quantity,
                    goods_fen=goods[line.line],
                    promoted=_is_promoted(self.units[line.line]),
                )
                for line in self.request.lines
            ),
            discounts=tuple(self.discounts),
            tenders=tuple(self.tenders),
            list_fen=sum(line.list_fen * line.quantity for line in self.request.lines) + freight_fen,
            total_fen=sum(goods.values()) + freight_fen,
            due_fen=sum(self.left.values()),
            due_shares=_without_zeros(self.left),
            cuts=tuple(self.cuts),
            unused=unused,
            optimal=quote.is_optimal,
            basket=self.basket,
            freight_fen=freight_fen,
        )

    def _to_basket(self) -> Basket:
        lines = (
            BasketLine(
                number=line.line,
                product=line.product,
                quantity=line.quantity,
                total_fen=self.left[line.line],
                groups=line.categories,
                promoted=_is_promoted(self.units[line.line]),
            )
            for line in self.request.lines
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
        return [self.request.lines[place].line for place in places]

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


def _is_promoted(unit: UnitPrice) -> bool:
    """Return whether promotions, not membership, lowered a price, so that a coupon may leave the line out."""
    return unit.kind == unit_prices.SPECIAL


def _without_zeros(amounts: Mapping[str, int]) -> Shares:
    return {line: amount for line, amount in amounts.items() if amount}
