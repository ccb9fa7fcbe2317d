"""What takes several steps with coupons, reported in one."""

from tests.support.coupon_steps import CouponSteps

# What the newest does with the latest coupon, or a third with the latest gift, or the till with the latest order.
ACTIONS = {
    "use": lambda acts: acts.use_coupons(-1, 0, 0, 1500, 1, True),
    "hold": lambda acts: acts.use_coupons(-1, 0, 0, 1500, 1, False),
    "commit": lambda acts: acts.end_order(0, "commit"),
    "release": lambda acts: acts.end_order(0, "release"),
    "refund": lambda acts: acts.end_order(0, "refund"),
    "offer": lambda acts: acts.create_gift(-1, 0),
    "accept": lambda acts: acts.answer_gift(0, 0, "accept"),
    "decline": lambda acts: acts.answer_gift(0, 0, "decline"),
    "cancel": lambda acts: acts.answer_gift(-1, 0, "cancel"),
    "void": lambda acts: acts.void(-1),
    "claim": lambda acts: acts.claim(-1, 1),
    "issue": lambda acts: acts.issue(-2, 2, "birthday"),
    "days": lambda acts: acts.advance_hours(120, "both"),
    "month": lambda acts: acts.advance_hours(30 * 24, ""),
    "hour": lambda acts: acts.advance_hours(1, ""),
    "merge": lambda acts: acts.merge(0, -1),
    "unmerge": lambda acts: acts.unmerge(1),
}
REQUIRED_OBJECTS = {
    "commit": "orders", "release": "orders", "refund": "orders", "accept": "gifts", "decline": "gifts",
    "cancel": "gifts",
}  # fmt: skip
MISTAKEN_MERGES = [  # what came before two were taken for one, and what between that and the undo
    ([], []), ([], ["use"]), ([], ["hold"]), ([], ["hold", "release"]), ([], ["offer"]), ([], ["offer", "decline"]),
    ([], ["offer", "accept"]), ([], ["void"]), ([], ["days"]), (["use"], []), (["use"], ["refund"]),
    (["use"], ["refund", "use"]), (["hold"], []), (["hold"], ["commit"]), (["hold"], ["release", "hold"]),
    (["offer"], []), (["offer"], ["accept"]), (["offer"], ["cancel", "offer"]), (["claim"], ["claim"]),
    (["claim"], ["claim", "claim"]), (["void"], []), ([], ["issue"]), (["claim"], ["merge", "unmerge", "claim"]),
    ([], ["merge"]), ([], ["month"]), ([], ["month", "hour"]),
]  # fmt: skip


class CouponScenarios(CouponSteps):
    """Each is about someone who has just come in, or about what was done last."""

    def give_coupon(
        self, sample: int, half_days_before: int, half_days_after: int, answers: list[tuple[str, int]]
    ) -> None:
        """A coupon is offered and answered, in time or too late, by a friend or by the giver."""
        self.add_customer_with_coupons([sample], half_days_before)
        gifts = len(self.gifts)
        self.create_gift(-1, 0)
        if len(self.gifts) == gifts:
            return
        self.advance_half_days(half_days_after)
        for answer, who in answers:
            self.answer_gift(who, 0, answer)

    def place_order(
        self,
        samples: list[int],
        half_days_before: int,
        totals: tuple[int, int],
        at_till: bool,
        half_days_after: int,
        ends: list[str],
    ) -> None:
        """An order with coupons, asked for again, brought to its end, and asked for once more."""
        self.add_customer_with_coupons(samples, half_days_before)
        both = 17 if len(samples) == 2 else 0
        self.use_coupons(-1, 0, both, totals[0], 1, at_till)
        self.use_coupons(-1, 0, both, totals[1], 0, at_till)
        for end in ends:
            self.advance_half_days(half_days_after)
            self.end_order(0, end)
        self.use_coupons(-1, 0, both, totals[0], 0, at_till)

    def merge_by_mistake(self, samples: list[int], case: tuple[list[str], list[str]]) -> None:
        """Two are taken for one, this and that happens, and they are two again."""
        before, between = case
        for sample in samples:
            self.add_customer_with_coupons([sample], 0)
        for act_kind in before:
            self.run_action(act_kind)
        self.merge(-2, -1)
        mistaken = self.merged[-1]
        for act_kind in between:
            self.run_action(act_kind)
        self.undo(mistaken)
        self.run_action("claim")
        self.run_action("issue")

    def run_action(self, action: str) -> None:
        if action not in REQUIRED_OBJECTS or getattr(self, REQUIRED_OBJECTS[action]):
            ACTIONS[action](self)

    def add_customer_with_coupons(self, samples: list[int], half_days: int) -> None:
        """Someone new has one of each sample since so many days."""
        self.add_customer()
        for sample in samples:
            if self.samples[sample].stock is not None:
                self.add_stock(sample, 1)
            if sample == 1:
                self.claim(-1, sample)
            else:
                self.issue(-1, sample, self.next_key("campaign"))
        self.advance_half_days(half_days)

    def advance_half_days(self, count: int) -> None:
        if count:
            self.advance_hours(12 * count, "both" if count % 2 else "")
