"""Numbers for strangers are random and have one shape."""

import re

from store.core import ids

MANY = 20_000


def test_public_ids_are_24_letters_and_digits_and_never_repeat():
    made = [ids.public_id("cus_") for _ in range(MANY)]
    assert len(set(made)) == MANY
    assert all(re.fullmatch(r"cus_[a-z2-7]{24}", one) for one in made)


def test_tokens_hold_256_bits():
    made = [ids.token() for _ in range(MANY)]
    assert len(set(made)) == MANY
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", one) for one in made)


def test_codes_may_begin_with_zero_and_use_every_digit_alike():
    made = [ids.one_time_code(6) for _ in range(MANY)]
    assert all(re.fullmatch(r"\d{6}", one) for one in made)
    firsts = [sum(one[0] == digit for one in made) for digit in "0123456789"]
    assert min(firsts) > MANY / 10 * 0.85
