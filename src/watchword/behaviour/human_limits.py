"""Where people end: limits of typing and pressing beyond which 0.05 % (and 1e-5) of stretches lie.

Of typing: 34,126 sentences and 122,690 stretches of 12 keys that 2,329 people typed (Aalto, "136M keystrokes"); of
clicks: 75,522 clicks of 65 sessions (Balabit) and 60 runs of eight drivers. They are quantiles, no model, and rounded
away from people. Values at 1e-5 are extrapolated to where nobody was seen.
"""

from __future__ import annotations

from msgspec import Struct

from watchword.behaviour.bot_sign import Limit


class TypingLimits(Struct, frozen=True):
    """Limits for stretches of at least `keys` keys. Times in ms, spreads as share of the mean, values as share of
    distinct ones after rounding to whole ms; `longest` is the longest gap in units of the median."""

    keys: int
    hold: Limit
    hold_spread: Limit
    gap: Limit
    gap_spread: Limit
    hold_values: Limit
    gap_values: Limit
    longest: Limit


TYPING = (
    TypingLimits(
        keys=40, hold=Limit(53, 20), hold_spread=Limit(0.09, 0.05), gap=Limit(72, 50), gap_spread=Limit(0.23, 0.15),
        hold_values=Limit(0.127, 0.04), gap_values=Limit(0.29, 0.15),
        longest=Limit(1.62, 1.20),
    ),
    TypingLimits(
        keys=10, hold=Limit(48, 15), hold_spread=Limit(0.06, 0.02), gap=Limit(60, 35), gap_spread=Limit(0.13, 0.05),
        hold_values=Limit(0.25, 0.12), gap_values=Limit(0.45, 0.25),
        longest=Limit(-1, -2),
    ),
    TypingLimits(
        keys=5, hold=Limit(20, 8), hold_spread=Limit(0.01, 0.003), gap=Limit(30, 12), gap_spread=Limit(0.02, 0.005),
        hold_values=Limit(0.0, -1.0), gap_values=Limit(0.0, -1.0),
        longest=Limit(-1, -2),
    ),
)  # fmt: skip

CLICK_DWELL = Limit(20, 9)
"""Median of at least three presses, ms: no person's session under 20 (lowest 78), every driver's under 6.2."""

TAP_DWELL = Limit(20, 9)


def typing_limits(keys: int) -> TypingLimits | None:
    """The limits for so many keys; None where they are too few to say anything."""
    return next((one for one in TYPING if keys >= one.keys), None)


STRAIGHT = Limit(0.5, 0.8)
"""Share of a stretch's longer strokes that keep within 1 px of a line. Of 3,718 stretches (Balabit) the most had 0.17,
the rarest in a thousand 0.14; the limit is far from them, because touchpads and high rates were not among them."""

SMOOTH = Limit(0.0015, 0.0008)
"""Median deviation of bent strokes from the nearest curve of degree 4, per length: people's least was 0.0023."""

EVEN_PACE = Limit(0.10, 0.06)
"""Median of how far time runs apart from way (0 is constant speed): people's least was 0.138."""

SAME_PACE = Limit(0.025, 0.012)
"""How much the course of speed differs from stroke to stroke: people's least was 0.046."""

POINTER_SPEED = Limit(6.0, 10.0)
"""Median speed of strokes, px a ms: people's most was 1.2 through a remote desktop; left wide for wide screens."""

CLICK_SPREAD = Limit(0.02, 0.005)
"""Spread of holds or intervals of at least eight clicks, as share of the mean: fast clickers keep time to 6-10 %."""
