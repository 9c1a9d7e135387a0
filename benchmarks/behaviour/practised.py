"""CMU keystrokes through the product: who is compared with whom, for `benchmarks.behaviour.cmu` and the tests.

Impostors of the 2009 protocol type the password for the first time (repetitions 1-5). Practised ones have typed it 395
times before (repetitions 396-400): what a colleague, or a thief with time, would be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.behaviour.reference import cmu, typed
from benchmarks.behaviour.verification import Trial, each
from watchword.behaviour.fixed_text import FIXED_TEXT
from watchword.behaviour.modality import Background
from watchword.behaviour.replay import find_replay
from watchword.behaviour.samples import Floats
from watchword.behaviour.template import Entry, Shelf

GROUPS = 5
GENUINE = slice(200, 400)
FIRST, PRACTISED = range(5), range(395, 400)
People = list[list[Entry]]


def people() -> tuple[People, Floats, Floats]:
    """All 51 people's 400 entries as the product extracts them, their key times (ms), and the 31 columns (s)."""
    times, raw = cmu()
    return [[_entry(times[who, at]) for at in range(400)] for who in range(51)], times, raw


def _entry(times: Floats) -> Entry:
    (one,) = FIXED_TEXT.extract(typed(times))
    return one


def shelf(entries: Sequence[Entry]) -> Shelf:
    """What the product would keep of them."""
    kept = Shelf()
    for one in entries:
        kept = kept.plus(one, FIXED_TEXT.keep)
    return kept


def ratios(kept: Shelf, entries: Sequence[Entry], background: Background = None) -> Floats:
    """What the product says of each."""
    found = [FIXED_TEXT.compare(kept, one, background) for one in entries]
    return np.array([one.llr for one in found if one is not None])


def own_data(all_people: People, enrolled: slice, attempts: range = FIRST) -> Iterator[Trial]:
    """Every person against the other 50, by their own entries alone."""
    for who, entries in enumerate(all_people):
        kept = shelf(entries[enrolled])
        others = [one[at] for other, one in enumerate(all_people) if other != who for at in attempts]
        yield Trial(ratios(kept, entries[GENUINE]), ratios(kept, others))


def with_background(all_people: People, enrolled: slice, attempts: Sequence[range]) -> list[list[list[Trial]]]:
    """The same by models of other people, for each kind of attempts, each owner and each group of impostors.

    People fall into five groups by their number. A model knows neither the owner's group nor the impostors'.
    """
    models = {
        pair: _model(all_people, pair) for pair in {(min(a, b), max(a, b)) for a, b in np.ndindex(GROUPS, GROUPS)}
    }
    made: list[list[list[Trial]]] = [[] for _ in attempts]
    for who, entries in enumerate(all_people):
        kept, mine = shelf(entries[enrolled]), who % GROUPS
        folds: list[list[Trial]] = [[] for _ in attempts]
        for group in range(GROUPS):
            model = models[min(mine, group), max(mine, group)]
            own = ratios(kept, entries[GENUINE], model)
            for fold, tried in zip(folds, attempts, strict=True):
                others = [
                    all_people[one][at] for one in range(group, len(all_people), GROUPS) if one != who for at in tried
                ]
                fold.append(Trial(own, ratios(kept, others, model)))
        for kind, fold in zip(made, folds, strict=True):
            kind.append(fold)
    return made


def _model(all_people: People, groups: tuple[int, int]) -> Background:
    assert FIXED_TEXT.train is not None
    return FIXED_TEXT.train([entries for who, entries in enumerate(all_people) if who % GROUPS not in groups])


def averaged(folds: Sequence[Sequence[Trial]]) -> Floats:
    """Every owner's equal error rate, the mean over the groups of impostors."""
    return np.array([each(owner).mean() for owner in folds])


def pooled(folds: Sequence[Sequence[Trial]]) -> list[Trial]:
    """One trial an owner: all groups of impostors together, the owner's scores the mean over the models."""
    return [
        Trial(np.mean([one.own for one in owner], axis=0), np.concatenate([one.other for one in owner]))
        for owner in folds
    ]


def replays(all_people: People, times: Floats, jitter_ms: float, seed: int = 7) -> tuple[Floats, Floats]:
    """Per person: the share of honest entries called a replay, and of stored entries played back with that jitter."""
    noise = np.random.default_rng(seed)
    honest, caught = [], []
    for who, entries in enumerate(all_people):
        kept = shelf(entries[140:200])
        played = (_entry(times[who, at] + noise.normal(0, jitter_ms, (11, 2))) for at in range(140, 200))
        honest.append(np.mean([_found(kept, one) for one in entries[GENUINE]]))
        caught.append(np.mean([_found(kept, one) for one in played]))
    return np.array(honest), np.array(caught)


def _found(kept: Shelf, one: Entry) -> bool:
    found = find_replay(kept, one)
    return found is not None and found.found
