"""Order promotions (step 3): full reduction, discount, member day, full gift.

Thresholds count what is left after the line promotions. A percentage is of what is left when it is taken.
"""

from collections.abc import Sequence

from store.core import money
from store.pricing import promotion_words
from store.pricing.promotion_rows import Application, GivenGift, Notice, Progress, PromotionState, Row
from store.pricing.promotions import ORDER_KINDS, Gift, Promotion, Step


def apply(state: PromotionState, promotions: Sequence[Promotion]) -> None:
    """Apply the order promotions in their order."""
    before = dict(state.left)
    gifts = _GiftStock()
    for promotion in promotions:
        if promotion.kind in ORDER_KINDS and promotion.max_times != 0:
            rows = state.list_open(promotion)
            if rows:
                _apply_steps(state, promotion, rows, {row.line: before[row.line] for row in rows}, gifts)


class _GiftStock:
    """How many units of each gift the order has taken already."""

    def __init__(self) -> None:
        self.taken: dict[tuple[str, int | None], int] = {}

    def take(self, gift: Gift, wanted: int) -> int:
        """Take at most what is in stock, and return it."""
        key = (gift.product, gift.sku_id)
        before = self.taken.get(key, 0)
        given = wanted if gift.available is None else max(0, min(wanted, gift.available - before))
        self.taken[key] = before + given
        return given


def _apply_steps(
    state: PromotionState, promotion: Promotion, rows: Sequence[Row], bases: dict[str, int], gifts: _GiftStock
) -> None:
    fen, units = sum(bases.values()), sum(row.quantity for row in rows)
    reached = [step for step in promotion.steps if fen >= step.from_fen and units >= step.from_units]
    step = max(reached, key=_begin, default=None)
    _add_progress(state, promotion, step, fen, units)
    if step is None:
        return
    times = _count_times(promotion, step, fen, units)
    shares = state.split(_off_fen(state, step, times, rows), {row.line: state.left[row.line] for row in rows})
    sentence = promotion_words.describe_step(promotion, step, times)
    lines = tuple(row.line for row in rows)
    given = _give(state, promotion, step, times, sentence, lines, gifts)
    if shares or given:
        threshold_fen = step.from_fen if promotion.recalculates else 0
        counted = bases if threshold_fen else {}
        took_part = {row.line: row.quantity for row in rows}
        state.apply(
            Application(promotion, sentence, shares, lines, given, threshold_fen, counted, times, took_part)
        )


def _begin(step: Step) -> tuple[int, int]:
    return (step.from_fen, step.from_units)


def _count_times(promotion: Promotion, step: Step, fen: int, units: int) -> int:
    """Return how often a step is given: once, or for every time that its threshold is reached."""
    if not promotion.repeats or _begin(step) == (0, 0) or step.percent:
        return 1
    times = fen // step.from_fen if step.from_fen else units // step.from_units
    return times if promotion.max_times is None else min(times, promotion.max_times)


def _off_fen(state: PromotionState, step: Step, times: int, rows: Sequence[Row]) -> int:
    left = sum(state.left[row.line] for row in rows)
    return money.percent_off(left, step.percent) if step.percent else step.off_fen * times


def _give(
    state: PromotionState, promotion: Promotion, step: Step, times: int, sentence: str, lines: tuple[str, ...],
    gifts: _GiftStock,
) -> tuple[GivenGift, ...]:  # fmt: skip
    """Give the gifts that are in stock, and report those that are not."""
    given = []
    for gift in step.gifts:
        wanted = gift.quantity * times
        quantity = gifts.take(gift, wanted)
        if quantity < wanted:
            shortage = promotion_words.describe_gift_shortage(gift.name, quantity)
            state.notices.append(Notice("gift", promotion.code, shortage))
        if quantity:
            given.append(
                GivenGift(
                    promotion.code, sentence, promotion.cost_centre, gift.product, gift.name, gift.sku_id,
                    quantity, gift.value_fen, lines, gift.picture,
                )
            )  # fmt: skip
    return tuple(given)


def _add_progress(
    state: PromotionState, promotion: Promotion, reached: Step | None, fen: int, units: int
) -> None:
    """Add what is missing for the next step."""
    above = [step for step in promotion.steps if reached is None or _begin(step) > _begin(reached)]
    step = min(above, key=_begin, default=None)
    if step is None or (step.gifts and all(gift.available == 0 for gift in step.gifts)):
        return
    missing_fen, missing_units = max(0, step.from_fen - fen), max(0, step.from_units - units)
    sentence = promotion_words.describe_missing(promotion, step, missing_fen, missing_units)
    state.progress.append(Progress(promotion.code, sentence, missing_fen, missing_units))
