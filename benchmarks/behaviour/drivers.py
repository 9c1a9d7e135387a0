"""Scripts at the keyboard and the mouse: the strategies of published tools, as the collector would see them.

Typing: nine ways of choosing delays. Pointer: paths of the usual libraries, sampled at the times of a person's own
strokes, so that the clock gives nothing away.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.behaviour.reference import typed
from watchword.behaviour.samples import POINTER, Floats, Samples, no_samples, table

Rng = np.random.Generator
LETTER = 0


def keys(down: Floats, hold: Floats) -> Samples:
    """One field typed so (ms)."""
    return typed(np.stack((down, down + hold), axis=1), np.full(len(down), LETTER))


def _typing(
    gap: Callable[[Rng, int], Floats], hold: Callable[[Rng, int, Floats], Floats]
) -> Callable[[Rng, int], Samples]:
    def make(rng: Rng, count: int) -> Samples:
        gaps = np.maximum(gap(rng, count), 0.1)
        return keys(np.cumsum(gaps), np.maximum(hold(rng, count, gaps), 0.05))

    return make


def _about(value: float, jitter: float = 0.4) -> Callable[..., Floats]:
    return lambda rng, count, *_: np.abs(rng.normal(value, jitter, count))


TYPING = {
    "instant": _typing(_about(1.2), _about(0.4, 0.2)),
    "constant delay": _typing(_about(100), _about(1.0)),
    "playwright style (hold = delay)": _typing(_about(81, 1.0), _about(80, 0.6)),
    "constant delay, constant hold": _typing(_about(150, 1.5), _about(90, 1.5)),
    "uniform delay, no hold": _typing(lambda rng, n: rng.uniform(50, 250, n), _about(1.0)),
    "uniform delay, uniform hold": _typing(
        lambda rng, n: rng.uniform(80, 220, n), lambda rng, n, _: rng.uniform(40, 120, n)
    ),
    "gaussian delay, gaussian hold": _typing(
        lambda rng, n: rng.normal(150, 40, n), lambda rng, n, _: rng.normal(90, 15, n)
    ),
    "lognormal delay, lognormal hold": _typing(
        lambda rng, n: 140 * rng.lognormal(0, 0.4, n), lambda rng, n, _: 95 * rng.lognormal(0, 0.25, n)
    ),
}  # fmt: skip

Path = Callable[[Rng, Floats, Floats, Floats], Floats]
"""(random numbers, from, to, shares of the time) -> places."""


def linear(rng: Rng, here: Floats, there: Floats, share: Floats) -> Floats:
    """A straight line at one speed."""
    return here + share[:, None] * (there - here)


def eased(rng: Rng, here: Floats, there: Floats, share: Floats) -> Floats:
    """A straight line with cubic easing."""
    return here + (share**2 * (3 - 2 * share))[:, None] * (there - here)


def minimum_jerk(rng: Rng, here: Floats, there: Floats, share: Floats) -> Floats:
    """Minimum jerk (Flash and Hogan 1985)."""
    return here + (10 * share**3 - 15 * share**4 + 6 * share**5)[:, None] * (there - here)


def bezier(rng: Rng, here: Floats, there: Floats, share: Floats) -> Floats:
    """A cubic Bézier curve through two random points, at even steps."""
    way = there - here
    side = np.array([-way[1], way[0]])
    one, two = (here + way * at + side * rng.uniform(-0.3, 0.3) for at in (1 / 3, 2 / 3))
    s = share[:, None]
    made: Floats = (1 - s) ** 3 * here + 3 * (1 - s) ** 2 * s * one + 3 * (1 - s) * s**2 * two + s**3 * there
    return made


def bezier_eased(rng: Rng, here: Floats, there: Floats, share: Floats) -> Floats:
    """A Bézier curve with easing."""
    return bezier(rng, here, there, share**2 * (3 - 2 * share))


def bezier_noisy(rng: Rng, here: Floats, there: Floats, share: Floats) -> Floats:
    """A Bézier curve with easing and a pixel of noise."""
    return bezier_eased(rng, here, there, share) + rng.normal(0, 1.0, (len(share), 2))


POINTER_PATHS: dict[str, Path] = {
    "linear": linear, "eased": eased, "minimum jerk": minimum_jerk, "bezier": bezier, "bezier, eased": bezier_eased,
    "bezier, eased, 1 px noise": bezier_noisy,
}  # fmt: skip


def strokes(path: Path, rng: Rng, count: int, rounded: bool = True) -> Samples:
    """That many strokes of 150 to 900 px along `path`, at 8 ms with jitter, each ended by a click of human length."""
    rows, now, here = [], 0.0, rng.uniform(100, 900, 2)
    for _ in range(count):
        angle, length = rng.uniform(0, 2 * np.pi), rng.uniform(150, 900)
        there = here + length * np.array([np.cos(angle), np.sin(angle)])
        took = rng.uniform(350, 1100)
        share = (
            np.sort(np.append(np.arange(4, took, 8) + rng.uniform(-1, 1, len(np.arange(4, took, 8))), (0, took))) / took
        )
        places = path(rng, here, there, np.clip(share, 0, 1))
        places = np.round(places) if rounded else places
        rows += [_row(now + took * s, 0, *place) for s, place in zip(share, places, strict=True)]
        now += took + rng.uniform(80, 200)
        rows.append(_row(now, 1, *places[-1]))
        now += rng.uniform(70, 130)
        rows.append(_row(now, 2, *places[-1]))
        now += rng.uniform(500, 1500)
        here = places[-1]
    return no_samples(pointer=table(POINTER, rows))


def _row(t: float, kind: int, x: float, y: float) -> tuple[float, ...]:
    nan = float("nan")
    return (t, kind, x, y, 0, nan, nan, nan, nan, nan, 1)


def checkout(rng: Rng) -> Samples:
    """A shop's form as Playwright fills it: a name, an address and a card typed with `delay`, three boxes clicked."""
    rows, times, fields, now = [], [], [], 0.0
    for field, count in enumerate((14, 22, 16)):
        now += 3.0
        x, y = 400.5, 200.25 + 60 * field
        rows += [_row(now, 0, x, y), (now + 1, 1, x, y, 0, 0.5, 300, 40, 0, 0, 1), _row(now + 2.4, 2, x, y)]
        now += 6.0
        for _ in range(count):
            times.append((now, now + 80 + abs(rng.normal(0, 0.6))))
            fields.append(field)
            now = times[-1][1] + abs(rng.normal(0.8, 0.3))
    samples = typed(np.array(times), np.full(len(times), LETTER))
    samples.keys["field"][:] = fields
    return no_samples(keys=samples.keys, pointer=table(POINTER, rows), fields=("name", "address", "card"))
