"""Signs of machines: how often people show one, and how many scripts do.

Read first: people are the Aalto typists (one sentence is one session) and the Balabit remote desktops. The limits are
rounded quantiles of the same people, so their false alarms are no held-out figure; a session that is looked at often
has more chances to be odd. Scripts are written here after published tools; real drivers are tested against the demo
page. A script that draws from well-chosen distributions is not found by its timing (the log-normal row), nor is a
person's recording on another account: that is what device, replay distance and network are for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from time import perf_counter

import numpy as np

from benchmarks.behaviour import drivers
from benchmarks.behaviour.mouse import samples as mouse_samples
from benchmarks.behaviour.mouse import sessions
from benchmarks.behaviour.reference import aalto, classes_of_codes, typed
from benchmarks.measuring import announce, conclude
from watchword.behaviour.bots import find_bots
from watchword.behaviour.samples import Samples

TRIALS = 300
SHORTEST, LONGEST = 45, 60


def found(what: Iterable[Samples]) -> tuple[int, int, Counter[str], float]:
    """Sessions, those with a sign, how often each code fired, and the rarest quantile seen."""
    total, flagged, codes, rarest = 0, 0, Counter[str](), 1.0
    for one in what:
        signs = find_bots(one)
        total += 1
        flagged += bool(signs)
        codes.update(sign.code for sign in signs)
        rarest = min([rarest, *(sign.quantile for sign in signs)])
    return total, flagged, codes, rarest


def people_typing() -> Iterable[Samples]:
    """Sentences of 45 to 60 keys as fields typed."""
    classes = classes_of_codes()
    for person in aalto():
        for times, codes in zip(person.times, person.codes, strict=True):
            if SHORTEST <= len(times) <= LONGEST:
                yield typed(times, classes[np.clip(codes, 0, 255)])


def people_pointing() -> Iterable[Samples]:
    """Sessions of the test part of Balabit, labelled or not."""
    held = sessions()
    yield from (mouse_samples(held, at) for at, training in enumerate(held.training) if not training)


def show(name: str, result: tuple[int, int, Counter[str], float]) -> float:
    """Prints one line; gives the share that was flagged."""
    total, flagged, codes, rarest = result
    most = ", ".join(f"{code} {count}" for code, count in codes.most_common(4))
    print(f"{name:36} {flagged / total:7.4f} of {total:6d}  rarest {rarest:.0e}  {most}")
    return flagged / total


def main() -> None:
    """Prints the tables; the last line is JSON."""
    announce(__doc__ or "")
    print("people")
    typing = show("Aalto sentences, 45-60 keys", found(people_typing()))
    pointing = show("Balabit sessions", found(people_pointing()))
    rng = np.random.default_rng(20260904)
    print("\nscripts at the keyboard, 50 keys")
    least = {name: show(name, found(make(rng, 50) for _ in range(TRIALS))) for name, make in drivers.TYPING.items()}
    print("\nscripts at the keyboard, 12 keys")
    for name, make in drivers.TYPING.items():
        show(name, found(make(rng, 12) for _ in range(TRIALS)))
    print("\nscripts at the mouse, 5 strokes")
    paths = {
        name: show(name, found(drivers.strokes(path, rng, 5) for _ in range(TRIALS)))
        for name, path in drivers.POINTER_PATHS.items()
    }
    print("\nscripts at the mouse, 10 strokes")
    for name, path in drivers.POINTER_PATHS.items():
        show(name, found(drivers.strokes(path, rng, 10) for _ in range(TRIALS)))
    signs = [find_bots(drivers.checkout(rng)) for _ in range(50)]
    codes = min(len(one) for one in signs)
    print(f"\na scripted checkout: at least {codes} codes, {sorted({sign.code for sign in signs[0]})}")
    one, began = drivers.strokes(drivers.bezier, rng, 8), perf_counter()
    for _ in range(200):
        find_bots(one)
    print(f"{len(one.pointer)} pointer samples: {(perf_counter() - began) / 200 * 1e6:.0f} us")
    conclude({
        "false_typing": round(typing, 4), "false_pointer": round(pointing, 4), "checkout_codes": codes,
        "typing": {name: round(share, 3) for name, share in least.items()},
        "pointer": {name: round(share, 3) for name, share in paths.items()},
    })  # fmt: skip


if __name__ == "__main__":
    main()
