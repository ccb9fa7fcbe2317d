"""Line promotions (step 2): second at half, buy X get Y, bundle. A unit takes part in one of them.

Units of one product count together, whatever rows they are on. Sets are made of the dearest units first, and within a
set the cheapest units are the reduced ones, so that two orders never cost less than one.
"""

from bisect import bisect_left
from collections.abc import Sequence

from store.core import money
from store.pricing import promotion_words
from store.pricing.promotion_rows import Application, Progress, PromotionState, Row
from store.pricing.promotions import LINE_KINDS, BundlePart, Promotion


def apply(state: PromotionState, promotions: Sequence[Promotion]) -> None:
    """Apply the line promotions in their order."""
    for promotion in promotions:
        if promotion.kind == "bundle":
            _apply_bundle(state, promotion)
        elif promotion.kind in LINE_KINDS:
            _apply_sets(state, promotion)


class _Units:
    """The free units of some rows, the dearest first, by position from 0 on."""

    def __init__(self, state: PromotionState, rows: Sequence[Row]) -> None:
        self.rows = sorted((row for row in rows if state.free_units[row.line]), key=lambda row: -row.unit_fen)
        self.free = state.free_units
        self.count = sum(self.free[row.line] for row in self.rows)

    def first(self, count: int) -> dict[str, int]:
        """Return how many of the first units are on which row."""
        taken = {}
        for row in self.rows:
            taken[row.line] = min(count, self.free[row.line])
            count -= taken[row.line]
        return {line: units for line, units in taken.items() if units}

    def sum_first(self, count: int) -> int:
        """Return what the first units cost."""
        return sum(self.weigh(self.first(count)).values())

    def weigh(self, taken: dict[str, int]) -> dict[str, int]:
        """Return what units cost by row, in the order of the order's lines."""
        prices = {row.line: row.unit_fen for row in self.rows}
        return {line: prices[line] * taken[line] for line in self.free if line in taken}


def _apply_sets(state: PromotionState, promotion: Promotion) -> None:
    """Apply buy X get Y: for each product by itself, or for all goods together."""
    rows = state.list_open(promotion)
    products = dict.fromkeys(row.product for row in rows)
    groups = (
        [[row for row in rows if row.product == product] for product in products]
        if promotion.per_product
        else [rows]
    )
    times = promotion.max_times
    for group in groups:
        units = _Units(state, group)
        size = promotion.buy + promotion.get
        sets = units.count // size if times is None else min(units.count // size, times)
        times = None if times is None else times - sets
        _add_progress(state, promotion, units.count - sets * size, times)
        if sets:
            reduced = _reduced_fen(units, promotion, sets * size)
            taken = units.first(sets * size)
            _take(state, promotion, units.weigh(taken), taken, reduced, sets)


def _reduced_fen(units: _Units, promotion: Promotion, end: int) -> int:
    """Return what is taken off the units before position `end`, rounded once."""
    fen, begin = 0, 0
    for row in units.rows:
        until = begin + units.free[row.line]
        reduced = _count_reduced(promotion, min(until, end)) - _count_reduced(promotion, min(begin, end))
        fen, begin = fen + reduced * row.unit_fen, until
    return money.percent_off(fen, promotion.off_percent)


def _count_reduced(promotion: Promotion, position: int) -> int:
    """Return how many units before a position are reduced: in each set, the last ones."""
    sets, rest = divmod(position, promotion.buy + promotion.get)
    return sets * promotion.get + max(0, rest - promotion.buy)


def _apply_bundle(state: PromotionState, promotion: Promotion) -> None:
    """Apply a bundle as often as all its parts are there and its price is below theirs."""
    rows = state.list_open(promotion)
    parts = [
        (part, _Units(state, [row for row in rows if row.product in part.products]))
        for part in promotion.parts
    ]
    most = min(units.count // part.quantity for part, units in parts)
    if promotion.max_times is not None:
        most = min(most, promotion.max_times)
    # The sum of a set falls from one set to the next: the dearest units come first.
    sets = bisect_left(range(most), True, key=lambda place: _set_fen(parts, place) <= promotion.price_fen)
    if not sets:
        return
    taken: dict[str, int] = {}
    weights: dict[str, int] = {}
    for part, units in parts:
        mine = units.first(sets * part.quantity)
        taken |= mine
        weights |= units.weigh(mine)
    in_order = {row.line: weights[row.line] for row in state.rows if row.line in weights}
    _take(state, promotion, in_order, taken, sum(weights.values()) - sets * promotion.price_fen, sets)


def _set_fen(parts: Sequence[tuple[BundlePart, _Units]], place: int) -> int:
    return sum(
        units.sum_first((place + 1) * part.quantity) - units.sum_first(place * part.quantity)
        for part, units in parts
    )


def _take(
    state: PromotionState,
    promotion: Promotion,
    weights: dict[str, int],
    taken: dict[str, int],
    fen: int,
    sets: int,
) -> None:
    shares = state.split(fen, weights)
    if not shares:
        return
    for line, units in taken.items():
        state.free_units[line] -= units
    state.apply(
        Application(
            promotion,
            promotion_words.describe_sets(promotion, sets),
            shares,
            tuple(weights),
            times=sets,
            units=dict(taken),
        )
    )


def _add_progress(state: PromotionState, promotion: Promotion, rest: int, times: int | None) -> None:
    """Add how many units are missing for another set, if there are some already."""
    if rest and times != 0:
        missing = promotion.buy + promotion.get - rest
        sentence = promotion_words.describe_missing_units(promotion, missing)
        state.progress.append(Progress(promotion.code, sentence, 0, missing))
