"""What takes several steps with coupons, told in one."""

from tests.store.loyalty.coupon_acts import Acts

# What the newest does with the latest coupon, or a third with the latest gift, or the till with the latest order.
DEEDS = {
    "use": lambda acts: acts.use(-1, 0, 0, 1500, 1, True),
    "hold": lambda acts: acts.use(-1, 0, 0, 1500, 1, False),
    "commit": lambda acts: acts.end_order(0, "commit"),
    "release": lambda acts: acts.end_order(0, "release"),
    "give_back": lambda acts: acts.end_order(0, "give_back"),
    "offer": lambda acts: acts.offer(-1, 0),
    "accept": lambda acts: acts.answer(0, 0, "accept"),
    "refuse": lambda acts: acts.answer(0, 0, "refuse"),
    "take_back": lambda acts: acts.answer(-1, 0, "take_back"),
    "void": lambda acts: acts.void(-1),
    "claim": lambda acts: acts.claim(-1, 1),
    "issue": lambda acts: acts.issue(-2, 2, "birthday"),
    "days": lambda acts: acts.hours_go_by(120, "both"),
    "month": lambda acts: acts.hours_go_by(30 * 24, ""),
    "hour": lambda acts: acts.hours_go_by(1, ""),
    "merge": lambda acts: acts.merge(0, -1),
    "part": lambda acts: acts.unmerge(1),
}
NEEDS = {
    "commit": "orders", "release": "orders", "give_back": "orders", "accept": "gifts", "refuse": "gifts",
    "take_back": "gifts",
}  # fmt: skip
MISTAKES = [  # what came before two were taken for one, and what between that and the undo
    ([], []), ([], ["use"]), ([], ["hold"]), ([], ["hold", "release"]), ([], ["offer"]), ([], ["offer", "refuse"]),
    ([], ["offer", "accept"]), ([], ["void"]), ([], ["days"]), (["use"], []), (["use"], ["give_back"]),
    (["use"], ["give_back", "use"]), (["hold"], []), (["hold"], ["commit"]), (["hold"], ["release", "hold"]),
    (["offer"], []), (["offer"], ["accept"]), (["offer"], ["take_back", "offer"]), (["claim"], ["claim"]),
    (["claim"], ["claim", "claim"]), (["void"], []), ([], ["issue"]), (["claim"], ["merge", "part", "claim"]),
    ([], ["merge"]), ([], ["month"]), ([], ["month", "hour"]),
]  # fmt: skip


class Stories(Acts):
    """Each is about somebody who has just come in, or about what was done last."""

    def give(self, sort: int, waits: int, goes_on: int, answers: list[tuple[str, int]]) -> None:
        """A coupon is offered and answered, in time or too late, by a friend or by the giver."""
        self.supplied([sort], waits)
        gifts = len(self.gifts)
        self.offer(-1, 0)
        if len(self.gifts) == gifts:
            return
        self.half_days_go_by(goes_on)
        for answer, who in answers:
            self.answer(who, 0, answer)

    def buy(
        self,
        sorts: list[int],
        waits: int,
        totals: tuple[int, int],
        at_till: bool,
        goes_on: int,
        ends: list[str],
    ) -> None:
        """An order with coupons, asked for again, brought to its end, and asked for once more."""
        self.supplied(sorts, waits)
        both = 17 if len(sorts) == 2 else 0
        self.use(-1, 0, both, totals[0], 1, at_till)
        self.use(-1, 0, both, totals[1], 0, at_till)
        for end in ends:
            self.half_days_go_by(goes_on)
            self.end_order(0, end)
        self.use(-1, 0, both, totals[0], 0, at_till)

    def mistaken(self, sorts: list[int], case: tuple[list[str], list[str]]) -> None:
        """Two are taken for one, this and that happens, and they are two again."""
        before, between = case
        for sort in sorts:
            self.supplied([sort], 0)
        for deed in before:
            self.deed(deed)
        self.merge(-2, -1)
        mistaken = self.merged[-1]
        for deed in between:
            self.deed(deed)
        self.undo(mistaken)
        self.deed("claim")
        self.deed("issue")

    def deed(self, deed: str) -> None:
        if deed not in NEEDS or getattr(self, NEEDS[deed]):
            DEEDS[deed](self)

    def supplied(self, sorts: list[int], waits: int) -> None:
        """Somebody new has one of each sort since so many days."""
        self.somebody_new()
        for sort in sorts:
            if self.sorts[sort].stock is not None:
                self.add_stock(sort, 1)
            if sort == 1:
                self.claim(-1, sort)
            else:
                self.issue(-1, sort, self.key("campaign"))
        self.half_days_go_by(waits)

    def half_days_go_by(self, count: int) -> None:
        if count:
            self.hours_go_by(12 * count, "both" if count % 2 else "")
