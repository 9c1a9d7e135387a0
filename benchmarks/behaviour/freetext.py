"""Free text: the Aalto desktop subset (2,329 people x 15 sentences), fifty keys each, through the product's functions.

TypeNet's scoring: of 1,000 people whom no model knows, the first five sentences enrol, the last five are genuine, and
one of the last five of each of the other 999 is an impostor's. The other 1,329 people are the background. Keys come as
the collector shapes them: class and hand, no codes.

Read first: each person's sentences were typed in one sitting on one keyboard, so part of what is recognised is the
keyboard; across days expect worse (Clarkson II: 7.8 to 9.7 % where such data gives 2 to 3 %). `codes` is a reference
row: what knowing every key would add, by the same model; the product never collects it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.behaviour import verification
from benchmarks.behaviour.codes import Codes
from benchmarks.behaviour.reference import Sentences, aalto, classes_of_codes, typed
from benchmarks.behaviour.verification import HEADING, Scores, Trial, each, row
from benchmarks.measuring import announce, conclude
from watchword.behaviour.free_text import FREE_TEXT, KEYS
from watchword.behaviour.modality import Background
from watchword.behaviour.replay import find_replay
from watchword.behaviour.template import Entry, Shelf

TESTED = 1_000
ASIDE = 300
"""People who are compared with each other where no bar is measured."""

SPLIT_SEED, PICK_SEED = 0, 1
GENUINE = 10
Person = list[Entry]


def split(people: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Background and tested people: by a drawing that was made once, before anything was measured."""
    order = np.random.default_rng(SPLIT_SEED).permutation(len(people))
    return [people[at] for at in order[TESTED:]], [people[at] for at in order[:TESTED]]


def entries(person: Sentences, classes: NDArray[np.int_]) -> Person:
    """The product's entries, one a sentence."""
    made = []
    for times, codes in zip(person.times, person.codes, strict=True):
        (one,) = FREE_TEXT.extract(typed(times[:KEYS], classes[np.clip(codes[:KEYS], 0, 255)]))
        made.append(one)
    return made


def train(people: Sequence[Person]) -> Background:
    """The product's population model."""
    assert FREE_TEXT.train is not None
    return FREE_TEXT.train(people)


def trials(
    people: Sequence[Sequence[Any]], enrolled: int, ratios: Callable[[Sequence[Any], Sequence[Any]], Scores]
) -> list[Trial]:
    """Every tested person against the others. `ratios(own, tried)` judges entries against those of one owner."""
    pick = np.random.default_rng(PICK_SEED).integers(GENUINE, 15, (len(people), len(people)))
    made = []
    for who, mine in enumerate(people):
        others = [one[pick[who, at]] for at, one in enumerate(people) if at != who]
        scores = ratios(mine[:enrolled], [*mine[GENUINE:], *others])
        made.append(Trial(scores[: len(mine) - GENUINE], scores[len(mine) - GENUINE :]))
    return made


def by_product(background: Background) -> Callable[[Sequence[Entry], Sequence[Entry]], Scores]:
    """What the product says."""

    def ratios(own: Sequence[Entry], tried: Sequence[Entry]) -> Scores:
        shelf = Shelf()
        for one in own:
            shelf = shelf.plus(one, FREE_TEXT.keep)
        found = [FREE_TEXT.compare(shelf, one, background) for one in tried]
        return np.array([one.llr for one in found if one is not None])

    return ratios


def replays(people: Sequence[Sentences], jitter_ms: float) -> tuple[float, float]:
    """Of ten stored sentences each: the share of new ones called a replay, and of stored ones played back so."""
    classes, noise = classes_of_codes(), np.random.default_rng(PICK_SEED)
    honest, caught = [], []
    for person in people:
        mine = entries(person, classes)
        shelf = Shelf()
        for one in mine[:GENUINE]:
            shelf = shelf.plus(one, FREE_TEXT.keep)
        played = [times[:KEYS] + noise.normal(0, jitter_ms, times[:KEYS].shape) for times in person.times[:GENUINE:3]]
        again = entries(Sentences(played, person.codes[:GENUINE:3]), classes)
        for found, tried in ((honest, mine[GENUINE:]), (caught, again)):
            found += [(said := find_replay(shelf, one)) is not None and said.found for one in tried]
    return float(np.mean(honest)), float(np.mean(caught))


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tested", type=int, default=TESTED, help="people compared with each other")
    tested = parser.parse_args().tested
    announce("Aalto free text, 50 keys, unseen people")
    known, asked = split(aalto())
    classes = classes_of_codes()
    background, people = ([entries(one, classes) for one in group] for group in (known, asked[:tested]))
    print(HEADING)
    model = train(background)
    main_row = trials(people, 5, by_product(model))
    print(row("classes, 5 sentences enrolled", main_row), flush=True)
    few = people[:ASIDE]
    for enrolled in (1, 2, 10):
        print(
            row(f"classes, {enrolled} enrolled, {len(few)} tested", trials(few, enrolled, by_product(model))),
            flush=True,
        )
    for count in (100, 300):
        found = trials(few, 5, by_product(train(background[:count])))
        print(row(f"classes, {count} background, {len(few)} tested", found), flush=True)
    own = trials(few, 5, by_product(None))
    print(row(f"own data only, {len(few)} tested", own), flush=True)
    codes = Codes(known)
    code_row = trials([codes.place(one) for one in asked[:tested]], 5, codes.ratios)
    print(row("key codes (reference), 5 enrolled", code_row))
    print("\nlog-likelihood ratio     owners   others   observed")
    for name, mine, others, seen in verification.reliability(main_row):
        print(f"{name:22s} {mine:8.2%} {others:8.2%}   {seen:+.1f}")
    honest, caught = replays(asked[:ASIDE], 2.0)
    print(f"\nreplay with 2 ms of noise caught: {caught:.1%}; new sentences called a replay: {honest:.2%}")
    figures = {
        "eer": each(main_row).mean(), "eer_codes": each(code_row).mean(), "eer_own": each(own).mean(),
        "eer_one_threshold": verification.equal_error(*verification.together(main_row)),
        "replay_2ms_caught": caught, "replay_false": honest, "cllr": verification.cost(main_row),
        "ece": verification.calibration_error(main_row),
    }  # fmt: skip
    conclude({name: round(float(value), 4) for name, value in figures.items()})


if __name__ == "__main__":
    main()
