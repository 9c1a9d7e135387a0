"""How like the owner's a stretch of strokes is: against the owner's own and, where they are known, other people's."""

from __future__ import annotations

import numpy as np

from watchword.behaviour.modality import Background, Comparison
from watchword.behaviour.nearness import near
from watchword.behaviour.people import ratio
from watchword.behaviour.template import LEARNT, Entry, Shelf

LEAST_ENTRIES = 3
BOUND = 4.0
"""No stroke speaks louder than 55 to 1: a tenth of sessions is misjudged by any method known."""

BESIDE = 0.5
"""What the owner's own nearness counts beside other people: both saw the same strokes."""

FEW = 10
LIKE = 0.5


def liken(
    name: str, what: str, shelf: Shelf, entry: Entry, columns: tuple[int, ...], background: Background
) -> Comparison | None:
    """How `entry` compares with the shelf; None with fewer than 3 entries or where features changed their shape.

    Without `background` the owner's own entries say how far apart they usually are, in `columns` (`nearness`); with it
    the owner's mean is set against other people's (`people`). `what` begins the message.
    """
    if len(shelf.entries) < LEAST_ENTRIES or len(shelf.entries[0].vector) != len(entry.vector):
        return None
    values = entry.values.astype(np.float64)
    found = near(shelf, values, entry.count, columns)
    among = ratio(background, shelf, values, entry.count)
    raw = found.llr if among is None else among + BESIDE * found.llr
    maturity = min(1.0, shelf.accepted / (2 * LEARNT))
    quality = min(1.0, 1.2 * entry.count / (entry.count + FEW))
    llr = max(-BOUND, min(BOUND, raw * maturity * quality))
    how = "much like" if llr > LIKE else "unlike" if llr < -LIKE else "neither like nor unlike"
    return Comparison(
        modality=name, llr=llr, maturity=maturity, quality=quality,
        distance=found.distance if among is None else -raw,
        message=f"{what} {how} the owner's ({entry.count} strokes).",
        details={"strokes": entry.count, "distance": round(found.distance, 3), "usual": round(found.usual, 3)},
    )  # fmt: skip
