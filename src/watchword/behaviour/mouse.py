"""How a person moves the mouse: strokes between rests and clicks, compared as one session's stretch with the owner's."""

from __future__ import annotations

from collections.abc import Sequence

from watchword.behaviour.modality import Background, Comparison, Modality
from watchword.behaviour.samples import Samples
from watchword.behaviour.template import Entry, Shelf


def extract(samples: Samples) -> tuple[Entry, ...]:
    """Entries of 10 to 40 strokes; none where there are fewer."""
    return ()


def compare(shelf: Shelf, entry: Entry, background: Background) -> Comparison | None:
    """How the entry's strokes compare with the owner's."""
    return None


def train(people: Sequence[Sequence[Entry]]) -> Background:
    """What strokes look like among people; None where they are too few."""
    return None


MOUSE = Modality("mouse", "pointer", extract, compare, train, keep=60, doc=__doc__ or "")
