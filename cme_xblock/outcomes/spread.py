"""Whether mean and spread of scores tell how many have which score. PURE.

n, mean and standard deviation are three equations about the numbers of people with each score. With three scores there
is one solution; with more there can be one alone, too: where all but two have the same, say. Whoever has whole numbers
to look for finds it. Source: promise 11; docs/decisions/0042.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

# Numbers of people with scores in a row, moved so, have the same n, the same sum and the same sum of squares.
_MOVES = ((1, -3, 3, -1), (1, -2, 0, 2, -1), (1, -1, -1, 0, 1, 1, -1))


def is_vague(counts: Sequence[int], *, minimum: int) -> bool:
    """Whether each number of 1 to `minimum` - 1 people could be another one, as far as n, mean and deviation tell.

    `counts`: people by score, from the lowest possible to the highest, each one step from the next. It may say no where
    the answer is yes, never the other way round.
    """
    return all(
        any(_moves(counts, score, move) for move in _MOVES) for score, count in enumerate(counts) if 0 < count < minimum
    )


def _moves(counts: Sequence[int], score: int, move: Sequence[int]) -> bool:
    """Whether that move could change how many have that score, so that nowhere are less than nobody."""
    for at, factor in enumerate(move):
        some = counts[score - at : score - at + len(move)] if score >= at else ()
        fits = factor and len(some) == len(move)
        if fits and any(all(count + way * by >= 0 for count, by in zip(some, move, strict=True)) for way in (1, -1)):
            return True
    return False


# Reliability and discrimination are shown so.
DIGITS = 2


def is_reliability_vague(right: Sequence[int], hidden: Collection[int], *, n: int, kr_20: float | None) -> bool:
    """Whether KR-20 with two digits, beside the sum of all, leaves open how many were right at each hidden question.

    `right`: of n people, by question; `hidden`: the places of those that are not shown. It is asked whether one right
    answer less at the one and one more at another gives the same two digits.
    """
    if kr_20 is None or not hidden:
        return True
    items, spread_of = len(right), sum(one * (n - one) for one in right)
    left = 1 - kr_20 * (items - 1) / items
    if left <= 0 or not spread_of:
        # All of the variance is between people: whoever is told so knows that no question divides them.
        return False
    variance = spread_of / left
    return all(
        any(_is_same((right[one], right[other]), (less, -less), n=n, of=(spread_of, variance, items), kr_20=kr_20)
            for other in hidden if other != one for less in (1, -1))
        for one in hidden
    )  # fmt: skip


def _is_same(two: tuple[int, int], moved: tuple[int, int], *, n: int, of: tuple[int, float, int], kr_20: float) -> bool:
    spread_of, variance, items = of
    now = tuple(one + by for one, by in zip(two, moved, strict=True))
    if not all(0 <= one <= n for one in now):
        return False
    other = spread_of + sum(one * (n - one) for one in now) - sum(one * (n - one) for one in two)
    return round(items / (items - 1) * (1 - other / variance), DIGITS) == round(kr_20, DIGITS)


def is_discrimination_vague(right: int, *, n: int, value: float | None) -> bool:
    """Whether two digits of a question's discrimination leave open how many were right: one more or less is less than
    the last digit.
    """
    if value is None or not 0 < right < n:
        return True
    here = (right * (n - right)) ** 0.5
    moved = [((right + by) * (n - right - by)) ** 0.5 for by in (1, -1) if 0 < right + by < n]
    return any(abs(value) * abs(one - here) <= here * 0.5 * 10**-DIGITS for one in moved)
