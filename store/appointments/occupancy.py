"""Occupancy (占用): how many appointments lie at one moment of a span of time. Pure."""

from collections.abc import Collection
from datetime import datetime

Span = tuple[datetime, datetime]


def find_peak(taken: Collection[Span], span: Span) -> int:
    """Return the largest number of taken spans at one moment of a span. An end does not touch a beginning."""
    starts_at, ends_at = span
    touching = [one for one in taken if one[0] < ends_at and one[1] > starts_at]
    # The number rises at beginnings only, so that these moments are enough.
    moments = {starts_at, *(begins for begins, _ in touching if begins > starts_at)}
    return max(sum(begins <= moment < ends for begins, ends in touching) for moment in moments)
