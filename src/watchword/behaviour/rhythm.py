"""How a form was filled in, against its owner's template: what a log-in is judged with beside place and device."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from msgspec import Struct

from watchword import behaviour
from watchword.behaviour.bots import BotSign, find_bots
from watchword.behaviour.fixed_text import FIXED_TEXT
from watchword.behaviour.fusion import fuse
from watchword.behaviour.keystrokes import sent
from watchword.behaviour.modality import Background, Comparison, Modality
from watchword.behaviour.samples import Samples
from watchword.behaviour.template import Entry, Template
from watchword.behaviour.trust import probability
from watchword.behaviour.young_text import compare_young
from watchword.catalog import discover

Backgrounds = Mapping[str, Background]
"""What each modality learnt of many people, by its name; none of a modality that learnt nothing."""

NO_BACKGROUNDS: Backgrounds = {}
MOST = 5.0
"""A form is a single look: it says no more than e^5 either way (about 150 to 1)."""


class Rhythm(Struct, frozen=True, gc=False):
    """A form against its owner's template. `llr`, `maturity` and `quality` as in `Comparison`, fused.

    `entries` is what may be learnt of it, each with its modality; `keys` counts strokes of keys.
    """

    llr: float = 0.0
    maturity: float = 0.0
    quality: float = 0.0
    message: str = ""
    bots: tuple[BotSign, ...] = ()
    entries: tuple[tuple[str, Entry], ...] = ()
    compared: tuple[str, ...] = ()
    keys: int = 0

    @property
    def similarity(self) -> float:
        """The calibrated probability that the owner filled it in, by this alone."""
        return probability(self.llr)


@cache
def modalities() -> tuple[Modality, ...]:
    """Every way to tell people apart, by name."""
    return tuple(discover(behaviour, Modality).values())


def read_rhythm(samples: Samples, template: Template, backgrounds: Backgrounds = NO_BACKGROUNDS) -> Rhythm:
    """The rhythm of a form. Where the template has too little it says nothing yet, and shows what may be learnt."""
    whole = sent(samples)
    entries = tuple((each.name, one) for each in modalities() for one in each.extract(whole))
    found = compare_all(entries, template, backgrounds)
    fused = fuse(found)
    llr = min(MOST, max(-MOST, sum(one.llr for one in fused)))
    return Rhythm(
        llr=llr,
        maturity=max((one.maturity for one in fused), default=0.0),
        quality=max((one.quality for one in fused), default=0.0),
        message=fused[0].speaks.message if fused else "",
        bots=find_bots(samples, template),
        entries=entries,
        compared=tuple(one.modality for one in found),
        keys=len(samples.keys),
    )


def compare_all(
    entries: Iterable[tuple[str, Entry]], template: Template, backgrounds: Backgrounds = NO_BACKGROUNDS
) -> list[Comparison]:
    """What every entry says against its shelf, in their order; nothing of those that have too little to go by."""
    by_name = {each.name: each for each in modalities()}
    found = []
    for name, one in entries:
        shelf = template.shelf(name, one.about)
        compared = by_name[name].compare(shelf, one, backgrounds.get(name)) if shelf.entries else None
        if compared is None and name == FIXED_TEXT.name:
            compared = compare_young(shelf, one)
        if compared is not None:
            found.append(compared)
    return found


def learn_entries(template: Template, entries: Iterable[tuple[str, Entry]], at_ms: int, session: int = 0) -> Template:
    """The template with those entries, seen at that time (ms since 1970) in that session."""
    keep = {each.name: each.keep for each in modalities()}
    for name, one in entries:
        dated = Entry(one.about, one.count, one.vector, at_ms, session)
        template = template.plus(name, dated, keep.get(name, 1))
    return template
