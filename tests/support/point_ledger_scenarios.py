"""What takes several steps with points, reported in one."""

from tests.support.point_ledger_steps import LedgerSteps

# What may happen between a merge and its undo; of what two people have, the one's is at -1, the other's at -2.
STEPS_BETWEEN = {
    "earn": lambda acts, value: acts.earn(-1, value, 0, 3, 1),
    "redeem": lambda acts, value: acts.redeem(-2, value, 2),
    "cancel": lambda acts, value: acts.cancel(value % 2, 1),
    "return": lambda acts, value: acts.return_goods(value % 2, 1, False),
    "correct": lambda acts, value: acts.correct(-1, -value),
    "pay": lambda acts, value: acts.pay(-2, value, 1),
    "day": lambda acts, value: acts.advance_days(1, True),
    "night": lambda acts, value: acts.advance_days(4, True),
    "evening": lambda acts, value: acts.advance_days(4, False),
    "marry": lambda acts, value: acts.merge(*((-1, 0) if value % 2 else (0, -1))),
    "newcomer": lambda acts, value: acts.add_earning_customer(value),
    "part": lambda acts, value: acts.unmerge(1),
}
Case = tuple[tuple[str, str], list[str]]  # what the two have, and what comes between
MISTAKEN_MERGES: list[Case] = [
    (("purse", "debt"), []),
    (("purse", "debt"), ["night"]),
    (("debt", "purse"), ["night"]),
    (("purse", "debt"), ["earn"]),
    (("debt", "debt"), ["earn"]),
    (("debt", "debt"), ["cancel"]),
    (("debt", "gift"), ["cancel"]),
    (("debt", "gift"), ["evening", "cancel"]),
    (("gift", "purse"), ["cancel"]),
    (("gift", "purse"), ["return"]),
    (("gift", "gift"), ["evening", "cancel"]),
    (("gift", "gift"), ["evening", "cancel", "night"]),
    (("purse", "purse"), ["redeem"]),
    (("purse", "purse"), ["return"]),
    (("purse", "gift"), ["night"]),
    (("purse", "purse"), ["earn", "pay"]),
    (("purse", "nothing"), ["earn", "correct"]),
    (("purse", "purse"), ["marry"]),
    (("gift", "purse"), ["marry"]),
    (("purse", "debt"), ["marry", "part"]),
    (("purse", "purse"), ["newcomer"]),
    (("purse", "purse"), ["marry", "newcomer", "newcomer", "part"]),
]  # fmt: skip
HOLDINGS = ["purse", "purse", "gift", "debt", "debt", "nothing"]


class LedgerScenarios(LedgerSteps):
    """Each is about someone who has just come in, or about what was done last."""

    def cancel_after_expiry(self, value: int, more: int, whole: int, days: int) -> None:
        """All that ends soon is spent and cancelled in parts when it has ended; so the goods come back too."""
        self.earn(0, value, 0, 1, whole)
        self.earn(0, more, 0, 2, whole)
        spent = self.try_redeem(0, value + more, whole)
        self.advance_days(days, False)
        for _ in range(2 * spent):
            self.cancel(0, 1)
        self.redeem(0, 1 + more // 2, 1)
        self.advance_days(2, value % 2 == 0)
        for which in range(2):
            self.return_goods(which, whole, False)

    def return_then_cancel(self, value: int, whole: int) -> None:
        """Points are spent, then their goods come back, then the spending is cancelled."""
        self.earn(0, value, 0, None, whole)
        spent = self.try_redeem(0, value, whole)
        self.return_goods(0, whole, False)
        if spent:
            self.cancel(0, whole)

    def spend_too_early(self, value: int) -> None:
        """Points that begin tomorrow are not spent today."""
        self.add_customer()
        self.earn(-1, value, 1, None, 1)
        self.redeem(-1, 1, 1)

    def merge_debtor(self, value: int, other: int) -> None:
        """Who owes points for returned goods proves to be someone who has some."""
        self.add_customer()
        self.earn(-1, value, 0, None, 1)
        self.redeem(-1, value, 1)
        self.return_goods(0, 1, False)
        self.add_customer()
        self.earn(-1, other, 0, 2, 1)
        self.merge(-1, -2)

    def return_after_expiry(self, value: int, whole: int) -> None:
        """Points end unspent before their goods come back piece by piece."""
        self.earn(0, value, 0, 0, whole)
        self.redeem(0, 1 + value // 2, whole)
        self.advance_days(1, False)
        for _ in range(whole):
            self.return_goods(0, 1, False)

    def pay_and_return(self, value: int, whole: int, ends: list[str]) -> None:
        """Points pay an order, which is ended more than once and returned in parts."""
        self.add_customer()
        self.earn(-1, value, 0, 1, 1)
        self.pay(-1, value, whole)
        for end in ends:
            self.end_payment(0, end)
        for _ in range(2):
            self.refund_payment(0, 1)

    def merge_by_mistake(self, case: Case, values: tuple[int, int], days: int) -> None:
        """Two are taken for one, this and that happens, and they are two again."""
        have, between = case
        for what, value in zip(have, values, strict=True):
            self.add_customer()
            self.give_holding(what, value)
        first, second = values
        self.merge(*((-1, -2) if first % 2 else (-2, -1)))
        mistaken = self.merged[-1]
        for act in between:
            if act != "cancel" or self.spent:
                STEPS_BETWEEN[act](self, second)
        self.advance_days(days, False)
        self.undo(mistaken)
        for which in range(3):
            self.repeat(which)
        self.redeem(-1, first, 1)
        self.redeem(-2, second, 1)

    def add_earning_customer(self, value: int) -> None:
        """Whose account may have the number of one that a merge dropped."""
        self.add_customer()
        self.earn(-1, value, 0, None, 1)

    def give_holding(self, what: str, value: int) -> None:
        """The newest has some points, or had a gift for them, or owes them."""
        if what != "nothing":
            rich = 2 if what == "purse" else 1
            self.earn(-1, rich * value, 0, 1 + value % 3 if value % 8 else None, 2)
        if what in ("gift", "debt"):
            self.redeem(-1, value, 2)
        if what == "debt":
            self.return_goods(0, 2 - value % 2, False)

    def try_redeem(self, who: int, value: int, whole: int) -> bool:
        """Whether there were points enough for the gift."""
        before = len(self.spent)
        self.redeem(who, value, whole)
        return len(self.spent) > before
