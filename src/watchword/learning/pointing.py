"""Hands and thumbs of simulated people: movements of a mouse, taps and swipes of a finger.

A movement is a sigma-lognormal stroke (Plamondon 1995: speed over time is log-normal) bent by a habit of the hand,
with tremor, an overshoot that is corrected, and the time that Fitts' law gives; sampled as a browser does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from watchword.events.samples import Pointer, RawSample, Target, Touch

Floats = NDArray[np.float64]
Phase = Literal["start", "move", "end"]
WIDTH, HEIGHT = 1440.0, 900.0
EVERY_MS = 8.0
PHONE = (390.0, 780.0)


@dataclass(frozen=True, slots=True)
class Hand:
    """How somebody moves a mouse. Times in ms; `bend` sideways per length, by direction; `tremor` in px."""

    pace: float
    fitts: float
    skew: float
    bend: tuple[float, float, float]
    tremor: float
    overshoot: float
    settle: float
    click: float
    rest: float
    aim: tuple[float, float]

    def move(self, rng: np.random.Generator, at_ms: float, strokes: int) -> list[RawSample]:
        """That many movements, each ended by a click, from a place on the screen to buttons here and there."""
        made: list[RawSample] = []
        here = rng.uniform((100, 100), (WIDTH - 100, HEIGHT - 100))
        for _ in range(strokes):
            size = rng.uniform((40, 20), (220, 60))
            there = rng.uniform((80, 80), (WIDTH - 80, HEIGHT - 80))
            inside = np.clip(rng.normal(self.aim, 0.16), -0.45, 0.45) * size
            at_ms, here = self._stroke(rng, made, at_ms, here, there + inside, float(size.min()))
            at_ms = self._click(rng, made, at_ms, here, size, inside)
            at_ms += float(rng.lognormal(np.log(self.rest), 0.5))
        return made

    def _stroke(
        self, rng: np.random.Generator, made: list[RawSample], at_ms: float, here: Floats, there: Floats, size: float
    ) -> tuple[float, Floats]:
        length = float(np.hypot(*(there - here)))
        if length > 150 and rng.random() < self.overshoot:
            beyond = there + (there - here) * rng.uniform(0.02, 0.08) + rng.normal(0, 4, 2)
            at_ms, here = self._path(rng, made, at_ms, here, beyond, size)
            at_ms += float(rng.uniform(30, 120))
        return self._path(rng, made, at_ms, here, there, size)

    def _path(
        self, rng: np.random.Generator, made: list[RawSample], at_ms: float, here: Floats, there: Floats, size: float
    ) -> tuple[float, Floats]:
        way = there - here
        length = float(np.hypot(*way))
        took = (self.pace + self.fitts * np.log2(1 + length / size)) * float(rng.lognormal(0, 0.12))
        times = np.arange(EVERY_MS, max(took, 3 * EVERY_MS), EVERY_MS) + rng.uniform(-1.2, 1.2)
        times = np.append(times + rng.normal(0, 0.3, len(times)), max(took, 3 * EVERY_MS) + EVERY_MS)
        done = _lognormal_share(times / times[-1], self.skew, float(rng.normal(0, 0.08)))
        angle = float(np.arctan2(way[1], way[0]))
        habit = self.bend[0] + self.bend[1] * np.cos(angle) + self.bend[2] * np.sin(angle)
        sideways = (habit + float(rng.normal(0, 0.025))) * length * np.sin(np.pi * done)
        across = np.array([-np.sin(angle), np.cos(angle)])
        points = here + done[:, None] * way + (sideways + _wander(rng, done) * length)[:, None] * across
        points += self._tremble(rng, len(times), done)
        kept = np.unique(np.round(points), axis=0, return_index=True)[1] if len(points) > 2 else np.arange(len(points))
        for at in np.sort(kept):
            x, y = np.round(points[at])
            made.append(Pointer(seq=1, t=at_ms + float(times[at]), kind="move", x=float(x), y=float(y), button=-1))
        return at_ms + float(times[-1]), np.round(points[-1])

    def _tremble(self, rng: np.random.Generator, count: int, done: Floats) -> Floats:
        """Shaking that is alike from sample to sample, strongest in mid-movement."""
        raw = rng.normal(0, self.tremor, (count + 4, 2))
        smooth = (raw[4:] + raw[3:-1] + raw[2:-2]) / np.sqrt(3)
        return np.asarray(smooth * np.sin(np.pi * np.clip(done, 0, 1))[:, None])

    def _click(
        self, rng: np.random.Generator, made: list[RawSample], at_ms: float, here: Floats, size: Floats, inside: Floats
    ) -> float:
        x, y = float(here[0]), float(here[1])
        box = Target(w=float(size[0]), h=float(size[1]), dx=round(float(inside[0]), 1), dy=round(float(inside[1]), 1))
        down = at_ms + float(rng.lognormal(np.log(self.settle), 0.35))
        up = down + float(rng.lognormal(np.log(self.click), 0.18))
        made.append(Pointer(seq=1, t=down, kind="down", x=x, y=y, target=box))
        made.append(Pointer(seq=1, t=up, kind="up", x=x, y=y))
        return up


@dataclass(frozen=True, slots=True)
class Thumb:
    """How somebody touches a phone. Times in ms, lengths and radius in CSS px, force 0-1."""

    tap: float
    swipe: float
    reach: float
    lean: float
    bow: float
    radius: float
    force: float
    rest: float

    def touch(self, rng: np.random.Generator, at_ms: float, gestures: int) -> list[RawSample]:
        """That many gestures: taps and, half of them, swipes up the page."""
        made: list[RawSample] = []
        for number in range(gestures):
            place = rng.uniform((60, 250), (PHONE[0] - 60, PHONE[1] - 60))
            swipes = rng.random() < 0.5
            took = float(rng.lognormal(np.log(self.swipe if swipes else self.tap), 0.18))
            steps = max(3, int(took / 16)) if swipes else 2
            made += self._gesture(rng, at_ms + took * np.linspace(0, 1, steps), place, number)
            at_ms += took + float(rng.lognormal(np.log(self.rest), 0.4))
        return made

    def _gesture(self, rng: np.random.Generator, times: Floats, place: Floats, finger: int) -> list[RawSample]:
        """One gesture, sampled at those times: a tap where there are two, else a swipe."""
        steps = len(times)
        done = _lognormal_share(np.linspace(0, 1, steps), 0.35, float(rng.normal(0, 0.04)))
        length = self.reach * float(rng.lognormal(0, 0.15)) if steps > 2 else 0.0
        angle = -np.pi / 2 + self.lean + float(rng.normal(0, 0.06))
        bow = self.bow * length * np.sin(np.pi * done)
        x = place[0] + length * done * np.cos(angle) + bow + rng.normal(0, 0.3, steps)
        y = place[1] + length * done * np.sin(angle) + rng.normal(0, 0.3, steps)
        radius = np.maximum(1.0, self.radius * rng.lognormal(0, 0.06) + rng.normal(0, 0.3, steps))
        force = np.clip(self.force * rng.lognormal(0, 0.1) * (0.7 + 0.3 * np.sin(np.pi * done)), 0.0, 1.0)
        late = rng.uniform(0, 1.5, steps)
        rows = np.column_stack([times + late, np.round(x, 1), np.round(y, 1), np.round(radius, 1), np.round(force, 3)])
        phases: list[Phase] = ["start", *(["move"] * (steps - 2)), "end"]  # type: ignore[list-item]
        return [
            Touch(seq=1, t=row[0], phase=phase, id=finger, x=row[1], y=row[2], radius=row[3], force=row[4])
            for phase, row in zip(phases, rows.tolist(), strict=True)
        ]


def _wander(rng: np.random.Generator, done: Floats) -> Floats:
    """Corrections on the way, sideways per length: a hand leaves its curve and finds back a few times."""
    knots = np.concatenate([[0.0], rng.normal(0, 0.012, 5), [0.0]])
    places = np.linspace(0, 1, len(knots))
    coarse = np.interp(done, places, knots)
    return np.asarray(coarse)


def make_hand(rng: np.random.Generator) -> Hand:
    """A hand drawn at random."""
    return Hand(
        pace=float(rng.lognormal(np.log(130), 0.3)),
        fitts=float(rng.lognormal(np.log(115), 0.22)),
        skew=float(rng.uniform(0.25, 0.5)),
        bend=(float(rng.normal(0, 0.04)), float(rng.normal(0, 0.05)), float(rng.normal(0, 0.05))),
        tremor=float(rng.uniform(0.5, 1.6)),
        overshoot=float(rng.uniform(0.05, 0.45)),
        settle=float(rng.lognormal(np.log(140), 0.35)),
        click=float(rng.lognormal(np.log(95), 0.25)),
        rest=float(rng.lognormal(np.log(900), 0.4)),
        aim=(float(rng.normal(0, 0.12)), float(rng.normal(0, 0.12))),
    )


def make_thumb(rng: np.random.Generator) -> Thumb:
    """A thumb drawn at random."""
    return Thumb(
        tap=float(rng.lognormal(np.log(85), 0.25)),
        swipe=float(rng.lognormal(np.log(230), 0.3)),
        reach=float(rng.lognormal(np.log(260), 0.25)),
        lean=float(rng.normal(0.15, 0.15)),
        bow=float(rng.normal(0.04, 0.06)),
        radius=float(rng.lognormal(np.log(11), 0.25)),
        force=float(rng.uniform(0.15, 0.7)),
        rest=float(rng.lognormal(np.log(1000), 0.4)),
    )


def _lognormal_share(share_of_time: Floats, skew: float, wobble: float) -> Floats:
    """The share of the way done after each share of the time: the cumulated log-normal speed of one stroke."""
    centre, width = min(0.8, max(0.15, skew + wobble)), 0.42
    grid = np.linspace(1e-3, 1.0, 200)
    speed = np.exp(-((np.log(grid / centre)) ** 2) / (2 * width**2)) / grid
    grown = np.concatenate([[0.0], np.cumsum(speed)])
    return np.asarray(np.interp(share_of_time, np.concatenate([[0.0], grid]), grown / grown[-1]))
