"""A set of coupons (用券组合): which coupons may be used together, which set takes the most, and in what order.

Kinds follow each other as `discounts` says. Within a kind the order is the one that takes the most, found
from the coupons and the basket alone: what a set takes when it is quoted it takes when it is held.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import attrgetter

from store.coupons import candidates, discounts
from store.coupons.basket import Basket
from store.coupons.candidates import CandidateGroup
from store.coupons.discounts import AppliedCoupon, RemainingAmounts
from store.coupons.eligibility import CouponSnapshot, IneligibilityReason

MAX_NODES = 150  # branches checked before the best so far is taken
MAX_GROUPS = 100  # rules whose coupons are compared, the worthiest first


@dataclass(frozen=True)
class Combination:
    """The result of a search; `compared_rules` are the rules whose coupons it compared in full.

    `is_optimal` if it is proven that no combination has a larger discount.
    """

    applied_coupons: tuple[AppliedCoupon, ...]
    is_optimal: bool
    compared_rules: frozenset[str]


def search_best(basket: Basket, coupons: Sequence[CouponSnapshot]) -> Combination:
    """Return the combination with the largest discount.

    Of equal sets it is the one with fewer coupons, of equal coupons the one that ends first. The proof ignores
    rounding, which is less than a fen a line and coupon. The discount is never below that of a single coupon.
    """
    groups = candidates.group_coupons(basket, coupons)
    by_value = sorted(groups, key=lambda group: -group.standalone_fen)
    compared = set(by_value[:MAX_GROUPS])
    search = _BranchAndBound([group for group in groups if group in compared])
    search.set_first_bound(basket, by_value)
    search.explore(_Node(RemainingAmounts(basket)), search.groups, frozenset(), ())
    taken = best_order(basket, _to_coupons(search.best_groups))
    if by_value and _total_fen(taken) < by_value[0].standalone_fen:
        taken = best_order(basket, by_value[0].coupons[:1])
    taken = _drop_useless(basket, taken, groups)
    is_finished = search.is_optimal and _total_fen(taken) >= search.best_fen
    return Combination(
        applied_coupons=taken,
        is_optimal=is_finished and len(groups) <= MAX_GROUPS,
        compared_rules=frozenset(group.rule for group in compared if is_finished),
    )


def best_order(basket: Basket, coupons: Sequence[CouponSnapshot]) -> tuple[AppliedCoupon, ...]:
    """Return the discounts of exactly these coupons in the order with the largest discount.

    The coupons may be used together.
    """
    groups = candidates.group_coupons(basket, coupons)
    plain = tuple(candidate for candidate in groups for _ in candidate.coupons)
    if all(candidates.commute(one, other) for one in groups for other in groups):
        return discounts.apply_all(basket, _to_coupons(plain))
    search = _BranchAndBound(groups, use_all=True)
    search.best_groups, search.best_fen = plain, _total_fen(discounts.apply_all(basket, _to_coupons(plain)))
    search.explore(_Node(RemainingAmounts(basket)), groups, frozenset(), plain)
    return discounts.apply_all(basket, _to_coupons(search.best_groups))


def find_stacking_conflict(
    coupon: CouponSnapshot, coupons: Sequence[CouponSnapshot]
) -> IneligibilityReason | None:
    """Find the reason why a coupon of a set cannot be used together with the others."""
    same = sum(other.rule == coupon.rule for other in coupons)
    if same > coupon.terms.stacking.per_order:
        return IneligibilityReason("per_order", f"每单限用 {coupon.terms.stacking.per_order} 张")
    for other in coupons:
        if other.rule != coupon.rule and not (
            _allows_stacking(coupon, other) and _allows_stacking(other, coupon)
        ):
            return IneligibilityReason("stacking", f"不能与「{other.terms.name}」同时使用")
    return None


@dataclass(slots=True)
class _Node:
    """What is taken so far: coupons of these groups, in this order."""

    remaining: RemainingAmounts
    groups: tuple[CandidateGroup, ...] = ()
    discount_fen: int = 0

    def with_group(self, group: CandidateGroup) -> "_Node":
        left = self.remaining.copy()
        return _Node(
            left,
            (*self.groups, group),
            self.discount_fen + sum(left.apply(group.coupons[0], group.line_indexes)),
        )

    def with_groups(self, groups: Iterable[CandidateGroup]) -> "_Node":
        return reduce(_Node.with_group, groups, self)

    def remaining_count(self, group: CandidateGroup) -> int:
        return len(group.coupons) - self.groups.count(group)


class _BranchAndBound:
    """Branch and bound with sleep sets over the sets of coupons and their orders.

    If two groups commute, only one of their orders is explored. A group that has been explored stays in the
    sleep set until a group is applied with which it does not commute.
    """

    def __init__(self, groups: list[CandidateGroup], *, use_all: bool = False) -> None:
        self.groups, self.use_all = groups, use_all
        self.explored_nodes, self.is_optimal = 0, True
        self.best_groups: tuple[CandidateGroup, ...] = ()
        self.best_fen = 0
        self._compatible_cache: dict[tuple[str, str], bool] = {}
        self._commute_cache: dict[tuple[str, str], bool] = {}

    def set_first_bound(self, basket: Basket, groups: Sequence[CandidateGroup]) -> None:
        """Start from the better of the best single coupon and a greedy set, so that the budget cannot miss them.

        `groups` are ordered by value. The bound is one fen lower, because the search prefers smaller sets.
        """
        greedy: list[CandidateGroup] = []
        for group in groups:
            if all(self._are_compatible(group, other) for other in greedy):
                greedy.append(group)
        greedy.sort(key=candidates.sort_key)
        sets = [[group for group in greedy for _ in group.coupons], groups[:1]]
        first = max(
            (_Node(RemainingAmounts(basket)).with_groups(one) for one in sets), key=attrgetter("discount_fen")
        )
        self.best_groups, self.best_fen = first.groups, max(first.discount_fen - 1, 0)

    def explore(
        self,
        node: _Node,
        options: list[CandidateGroup],
        sleep_set: frozenset[CandidateGroup],
        required: tuple[CandidateGroup, ...],
    ) -> None:
        """Explore the sets that add some of `options`, with all of `required` among them."""
        if not required and node.discount_fen > self.best_fen:
            self.best_fen, self.best_groups = node.discount_fen, node.groups
        if (
            node.discount_fen
            + sum(candidate.standalone_fen * node.remaining_count(candidate) for candidate in options)
            <= self.best_fen
        ):
            return
        after = {candidate: node.with_group(candidate) for candidate in options}
        options = [
            candidate
            for candidate in options
            if self.use_all or after[candidate].discount_fen > node.discount_fen
        ]
        hopes = {
            candidate: (after[candidate].discount_fen - node.discount_fen) * node.remaining_count(candidate)
            for candidate in options
        }
        for candidate in [candidate for candidate in options if candidate not in sleep_set]:
            if (
                self._cannot_improve(node, sum(hopes.values()), candidate, required)
                or self._is_budget_exhausted()
            ):
                return
            later = [other for other in options if other.application_order >= candidate.application_order]
            friends = [other for other in later if self._can_join(other, candidate, after[candidate])]
            still = frozenset(other for other in sleep_set if self._commute(other, candidate))
            self.explore(after[candidate], friends, still, _without_first(required, candidate))
            sleep_set |= {candidate}
            wakes = any(other not in sleep_set and not self._commute(other, candidate) for other in later)
            if not wakes:
                del hopes[candidate]
            if candidate.application_order and all(self._are_compatible(other, candidate) for other in later):
                if not wakes:
                    return  # it excludes no other group, so sets without it are not better
                required = required if candidate in required else (*required, candidate)

    def _cannot_improve(
        self, node: _Node, upper_bound: int, group: CandidateGroup, required: tuple[CandidateGroup, ...]
    ) -> bool:
        """Return whether no better set can follow, or none with all of `required`."""
        too_late = any(one.application_order < group.application_order for one in required)
        return too_late or node.discount_fen + min(upper_bound, node.remaining.total_fen) <= self.best_fen

    def _is_budget_exhausted(self) -> bool:
        self.explored_nodes += 1
        self.is_optimal = self.is_optimal and self.explored_nodes <= MAX_NODES
        return self.explored_nodes > MAX_NODES

    def _can_join(self, other: CandidateGroup, group: CandidateGroup, node: _Node) -> bool:
        return node.remaining_count(group) > 0 if other is group else self._are_compatible(other, group)

    def _are_compatible(self, group: CandidateGroup, other: CandidateGroup) -> bool:
        if self.use_all or group is other:
            return True
        key = (group.rule, other.rule)
        if key not in self._compatible_cache:
            cards = group.coupons[0], other.coupons[0]
            self._compatible_cache[key] = _allows_stacking(*cards) and _allows_stacking(*reversed(cards))
        return self._compatible_cache[key]

    def _commute(self, group: CandidateGroup, other: CandidateGroup) -> bool:
        key = (group.rule, other.rule)
        if key not in self._commute_cache:
            self._commute_cache[key] = candidates.commute(group, other)
        return self._commute_cache[key]


def _drop_useless(
    basket: Basket, applied: tuple[AppliedCoupon, ...], groups: Sequence[CandidateGroup]
) -> tuple[AppliedCoupon, ...]:
    """The set without the coupons that change nothing in it, those that last longest spared first."""
    places = {candidate.rule: candidate.line_indexes for candidate in groups}
    kept, fen = [one.coupon for one in applied], _total_fen(applied)
    for card in sorted(kept, key=lambda card: card.ends_at, reverse=True):
        fewer, left = [other for other in kept if other is not card], RemainingAmounts(basket)
        for other in fewer:
            left.apply(other, places[other.rule])
        if basket.total_fen - left.total_fen >= fen:
            kept = fewer
    return applied if len(kept) == len(applied) else _drop_useless(basket, best_order(basket, kept), groups)


def _to_coupons(groups: Iterable[CandidateGroup]) -> list[CouponSnapshot]:
    """The coupons that a branch takes: of each group the first to end first."""
    groups = tuple(groups)
    return [candidate.coupons[groups[:place].count(candidate)] for place, candidate in enumerate(groups)]


def _allows_stacking(coupon: CouponSnapshot, other: CouponSnapshot) -> bool:
    stacking = coupon.terms.stacking
    return stacking.others == "any" or (stacking.others == "chosen" and other.rule in stacking.rules)


def _total_fen(applied: Iterable[AppliedCoupon]) -> int:
    return sum(one.amount_fen for one in applied)


def _without_first(required: tuple[CandidateGroup, ...], group: CandidateGroup) -> tuple[CandidateGroup, ...]:
    """What is still owed when one of a group is taken."""
    if group not in required:
        return required
    place = required.index(group)
    return (*required[:place], *required[place + 1 :])
