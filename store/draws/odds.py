"""Odds of a lucky draw (中奖概率): the chance of each prize is the number of it left ÷ the draws left.

With every draw the draws left fall by one. So over a whole activity exactly all prizes are drawn.
"""

import secrets
from collections.abc import Sequence

from store.core import errors


def pick_number(draws_left: int) -> int:
    """Return a random number from 0 to `draws_left` - 1, each with the same chance."""
    return secrets.randbelow(draws_left)


def choose(*, draws_left: int, prizes_left: Sequence[int], pick: int) -> int | None:
    """Return the place of the prize that a picked number wins, or None for no prize.

    The first prize wins with the numbers from 0 below its number left, the next one with those that follow.
    """
    if not 0 <= pick < draws_left or sum(prizes_left) > draws_left or min(prizes_left, default=0) < 0:
        raise errors.invalid("pick", "抽奖号码不在范围内")
    for place, left in enumerate(prizes_left):
        if pick < left:
            return place
        pick -= left
    return None
