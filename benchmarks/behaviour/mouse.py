"""Mouse sessions of ten people (Balabit, labelled test part) through the product's own extract, compare and train.

Read first: the data come from remote desktops (a sample every 16 or 110 ms), the "impostors" are the same ten people
at their own work, and with `background` they are among the people that the model has seen, as in the literature. Pooled
over all owners with one threshold. Features, entry length and constants were chosen on the training files, each session
left out in turn and cut to the lengths of the test sessions. The test figures were seen during development: where a
stroke ends was settled after one look, and the headline is the ratio that `compare` gives, not its raw distance, which
is printed beside (on the training files the two were alike). "Half rate" drops every second movement, of enrolment and
test; "half rate now" of the test only: a new mouse on a known owner.
"""

from __future__ import annotations

from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from benchmarks.behaviour.reference import path
from benchmarks.measuring import announce, conclude
from watchword.behaviour.mouse import MOUSE
from watchword.behaviour.samples import POINTER, Floats, Samples, Table, no_samples
from watchword.behaviour.template import LEARNT, Entry, Shelf

GLITCH_PX = 60_000
PRESSED, RELEASED, WHEEL = 1, 2, 4


class Sessions(NamedTuple):
    """The recorded sessions: whose, whether they are for training, 1 where illegal, -1 where not known."""

    owners: list[str]
    training: list[bool]
    labels: list[int]
    data: Any


def sessions() -> Sessions:
    """All sessions of the data set."""
    with np.load(path("behaviour/balabit.npz")) as held:
        data = {name: held[name] for name in held.files}
    names = [str(name).split("/") for name in data["names"]]
    return Sessions([one[1] for one in names], [one[0] == "training_files" for one in names], list(data["label"]), data)


def samples(held: Sessions, at: int, keep: int = 1) -> Samples:
    """One session as the collector would have sent it; of its movements every `keep`-th."""
    rows = slice(held.data["off"][at], held.data["off"][at + 1])
    t, x, y, state = (held.data[name][rows].astype(np.float64) for name in ("t_ms", "x", "y", "state"))
    kind = np.select([state == PRESSED, state == RELEASED], [1.0, 2.0], 0.0)
    good = (x < GLITCH_PX) & (y < GLITCH_PX) & (state < WHEEL)
    good &= (kind > 0) | (np.cumsum(kind == 0) % keep == 0)
    none, one = np.full(int(good.sum()), np.nan), np.ones(int(good.sum()))
    columns = dict.fromkeys(POINTER, none)
    columns |= {"t": t[good], "kind": kind[good], "x": x[good], "y": y[good], "pen": one * 0}
    return no_samples(pointer=Table(columns | {"trusted": one}))


class Outcome(NamedTuple):
    """What comparing gave: for each test session the raw score, the ratio, its label and its strokes."""

    distance: Floats
    llr: Floats
    label: Floats
    strokes: Floats

    def auc(self, what: str = "llr") -> float:
        """Area under the pooled curve."""
        return area(self.distance if what == "distance" else -self.llr, self.label)


def area(scores: Floats, labels: Floats) -> float:
    """Area under the ROC curve; higher scores for label 1. Ties count half."""
    order = np.unique(scores, return_inverse=True)[1]
    bad, good = np.bincount(order, labels), np.bincount(order, 1 - labels)
    below = np.cumsum(good) - good
    return float((bad * (below + good / 2)).sum() / bad.sum() / good.sum())


def entries(held: Sessions, which: list[int], keep: int = 1) -> dict[int, tuple[Entry, ...]]:
    """The entries of those sessions; each knows its session."""
    made = {}
    for at in which:
        found = MOUSE.extract(samples(held, at, keep))
        made[at] = tuple(Entry(one.about, one.count, one.vector, 0, at + 1) for one in found)
    return made


def judge(held: Sessions, enrolled: dict[int, Any], probes: dict[int, Any], background: bool) -> Outcome:
    """Every probe session against its account's owner; a session of several entries has their mean."""
    owners = sorted({held.owners[at] for at in enrolled})
    of = {who: [one for at in enrolled if held.owners[at] == who for one in enrolled[at]] for who in owners}
    rows = []
    for who in owners:
        shelf = Shelf(tuple(of[who][-MOUSE.keep :]), max(len(of[who]), 2 * LEARNT))
        model = MOUSE.train([of[other] for other in owners if other != who]) if background and MOUSE.train else None
        for at in (at for at in probes if held.owners[at] == who and probes[at]):
            found = [MOUSE.compare(shelf, one, model) for one in probes[at]]
            known = [(one.distance, one.llr) for one in found if one]
            rows.append((*np.mean(known, axis=0), held.labels[at], sum(one.count for one in probes[at])))
    return Outcome(*np.array(rows, dtype=np.float64).T)


def reliability(found: Outcome) -> None:
    """Whether the ratio means what it says: owners' share among sessions of like ratio, both kinds equally many."""
    weight = np.where(found.label == 1, 1 / found.label.sum(), 1 / (1 - found.label).sum())
    for low, high in ((-9, -2), (-2, -1), (-1, 0), (0, 1), (1, 2), (2, 9)):
        inside = (found.llr >= low) & (found.llr < high)
        if inside.any():
            said = float((weight * 1 / (1 + np.exp(-found.llr)))[inside].sum() / weight[inside].sum())
            was = float(weight[inside & (found.label == 0)].sum() / weight[inside].sum())
            print(f"  llr {low:+d} to {high:+d}: {int(inside.sum()):4d} sessions, said {said:.2f}, owner {was:.2f}")


def speed(held: Sessions) -> float:
    """Microseconds of extracting from 600 pointer samples."""
    table = samples(held, next(at for at, train in enumerate(held.training) if train)).pointer
    one = no_samples(pointer=Table({name: table[name][:600] for name in POINTER}))
    began = perf_counter()
    for _ in range(300):
        MOUSE.extract(one)
    return (perf_counter() - began) / 300 * 1e6


def main() -> None:
    """Prints the table; the last line is JSON."""
    announce(__doc__ or "")
    held = sessions()
    training = [at for at, train in enumerate(held.training) if train]
    tested = [at for at, label in enumerate(held.labels) if label >= 0]
    full = entries(held, training), entries(held, tested)
    half = entries(held, training, 2), entries(held, tested, 2)
    print(f"{len(tested)} labelled sessions, {sum(not one for one in full[1].values())} with under 10 strokes left out")
    print("what is known            full rate   half rate   half rate now   full rate, by distance")
    auc = {}
    for name, background in (("own", False), ("background", True)):
        found = judge(held, *full, background)
        rows = [judge(held, *half, background).auc(), judge(held, full[0], half[1], background).auc()]
        auc[f"auc_{name}"] = round(found.auc(), 4)
        print(f"{name:22} {found.auc():11.4f} {rows[0]:11.4f} {rows[1]:15.4f} {found.auc('distance'):24.4f}")
        for low, high in ((10, 20), (20, 40), (40, 999)):
            some = (found.strokes >= low) & (found.strokes < high)
            print(f"  {low}-{high} strokes: AUC {area(-found.llr[some], found.label[some]):.3f}, {some.sum()} sessions")
        reliability(found)
    print(f"600 pointer samples: {speed(held):.0f} us to extract")
    conclude(auc)


if __name__ == "__main__":
    main()
