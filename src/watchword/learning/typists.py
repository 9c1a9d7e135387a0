"""Simulated people at a keyboard, a mouse and a phone, as the collector would see them.

Nothing here is taken from recorded people. The shapes are those that the literature agrees on: log-normal holds and
gaps with a habit for every pair of keys, hands that alternate faster than one hand repeats, practice that speeds a
password up (power law of practice), slow drift from day to day, and slips that are corrected. They are for tests,
demonstrations and load, and easier to tell apart than real people: no figure of theirs stands for real ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from watchword.events.samples import AnySample, Focus, Key, KeyClass, RawSample
from watchword.learning.pointing import Hand, Thumb, make_hand, make_thumb

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
LEFT = frozenset("qwertasdfgzxcvb")
FINGERS = {letter: finger for finger, row in enumerate(("qaz", "wsx", "edc", "rfvtgb", "yhnujm", "ik", "ol", "p"))
           for letter in row}  # fmt: skip
SPACE, DIGIT, BACKSPACE = 26, 27, 28
SIZE = 29
FREQUENCY = np.array([
    8.2, 1.5, 2.8, 4.3, 12.7, 2.2, 2.0, 6.1, 7.0, 0.2, 0.8, 4.0, 2.4, 6.7, 7.5, 1.9, 0.1, 6.0, 6.3, 9.1, 2.8, 1.0, 2.4,
    0.2, 2.0, 0.1, 18.0, 1.0, 0.0,
])  # fmt: skip
"""How often keys are typed, in English, per hundred letters."""

PRACTICE = 0.45
"""How much slower, in log time, somebody types a password for the first time."""

PRACTISED = 15.0
"""Entries in which two thirds of that are gone."""


@dataclass(frozen=True, slots=True)
class Typist:
    """A person: habits as log-milliseconds for every key and pair of keys, their scatter, a hand and a thumb."""

    seed: int
    number: int
    gaps: Floats
    holds: Floats
    scatter: float
    hold_scatter: float
    slips: float
    pauses: float
    hand: Hand
    thumb: Thumb

    def randomness(self, *what: int) -> np.random.Generator:
        """Random numbers of their own for one thing this person does."""
        return np.random.default_rng((self.seed, self.number, *what))


@dataclass(frozen=True, slots=True)
class Sitting:
    """What is done in one session: a secret, some text, movements of the mouse, gestures of a finger.

    `secret` is the length of the password (0: none) and `whose` the number of the account's owner, whose password it
    is; `text` counts keys, `strokes` and `gestures` movements.
    """

    secret: int = 11
    text: int = 0
    strokes: int = 0
    gestures: int = 0
    whose: int | None = None


def make_typist(seed: int, number: int) -> Typist:
    """Person `number` of that world; seed and number alone decide who they are."""
    rng = np.random.default_rng((seed, number, 0))
    speed, hold = rng.normal(0, 0.22), rng.normal(0, 0.2)
    return Typist(
        seed=seed,
        number=number,
        gaps=_everybody() + speed + rng.normal(0, 0.2, (SIZE, SIZE)),
        holds=np.log(98.0) + hold + rng.normal(0, 0.12, SIZE),
        scatter=float(rng.uniform(0.16, 0.28)),
        hold_scatter=float(rng.uniform(0.12, 0.22)),
        slips=float(rng.uniform(0.0, 0.05)),
        pauses=float(rng.uniform(0.01, 0.05)),
        hand=make_hand(rng),
        thumb=make_thumb(rng),
    )


def sit(
    typist: Typist, session: int, sitting: Sitting = Sitting(), practice: int | None = None
) -> tuple[AnySample, ...]:
    """What the collector records of that person's session of that number, numbered from 1.

    `practice` is how often this person typed the password before; all earlier sessions unless given.
    """
    rng = typist.randomness(1, session)
    mood = _mood(typist, session, rng)
    at_ms, made = float(rng.uniform(300, 1500)), list[RawSample]()
    if sitting.strokes:
        made += typist.hand.move(rng, at_ms, sitting.strokes)
        at_ms = made[-1].t + float(rng.uniform(200, 900))
    if sitting.secret:
        times = session if practice is None else practice
        keys = password_of(typist.seed, typist.number if sitting.whose is None else sitting.whose, sitting.secret)
        made += _typed(keys, *_timed(typist, keys, rng, mood + _unpractised(times)), at_ms, "password", secret=True)
        at_ms = made[-1].t + float(rng.uniform(400, 1500))
    if sitting.text:
        keys = _with_slips(_prose(rng, sitting.text), typist.slips, rng)
        made += _typed(keys, *_timed(typist, keys, rng, mood), at_ms, "message", secret=False)
        at_ms = made[-1].t + float(rng.uniform(200, 900))
    if sitting.gestures:
        made += typist.thumb.touch(rng, at_ms, sitting.gestures)
    return numbered(made)


def numbered(samples: Iterable[RawSample], first: int = 1) -> tuple[AnySample, ...]:
    """The samples in order of time, with sequence numbers, times to a tenth of a millisecond."""
    ordered = sorted(samples, key=lambda sample: sample.t)
    return tuple(
        msgspec.structs.replace(sample, seq=at, t=round(sample.t, 1)) for at, sample in enumerate(ordered, first)
    )


def password_of(seed: int, number: int, length: int) -> Ints:
    """The keys of that account's password: letters and digits."""
    rng = np.random.default_rng((seed, number, 2))
    keys = rng.choice(26, size=length, p=FREQUENCY[:26] / FREQUENCY[:26].sum())
    return np.where(rng.random(length) < 0.2, DIGIT, keys)


def class_of(key: int) -> KeyClass:
    """What the collector says of a key."""
    if key < SPACE:
        return "letter-left" if LETTERS[key] in LEFT else "letter-right"
    return ("space", "digit", "backspace")[key - SPACE]


def _everybody() -> Floats:
    """Gaps in log-milliseconds that people share: alternating hands are fast, one finger twice is slow."""
    rng = np.random.default_rng(7)
    hand = np.array([1 if letter in LEFT else 2 for letter in LETTERS] + [0, 3, 2])
    finger = np.array([FINGERS[letter] for letter in LETTERS] + [90, 91, 92])
    same_hand = hand[:, None] == hand[None, :]
    same_finger = finger[:, None] == finger[None, :]
    base = np.log(165.0) + np.where(same_hand, 0.1, -0.12) + np.where(same_finger, 0.22, 0.0)
    base[DIGIT, :] += 0.25
    base[:, DIGIT] += 0.3
    base[:, BACKSPACE] += 0.6
    return np.asarray(base + rng.normal(0, 0.12, (SIZE, SIZE)))


def _mood(typist: Typist, session: int, rng: np.random.Generator) -> float:
    """How much slower than usual this session is: the day's mood, and a drift over many sessions."""
    steps = typist.randomness(3).normal(0, 0.012, session + 1)
    return float(np.clip(steps.sum(), -0.15, 0.15) + rng.normal(0, 0.05))


def _unpractised(times: int) -> float:
    return float(PRACTICE * np.exp(-times / PRACTISED))


def _prose(rng: np.random.Generator, count: int) -> Ints:
    return rng.choice(SIZE, size=count, p=FREQUENCY / FREQUENCY.sum())


def _with_slips(keys: Ints, share: float, rng: np.random.Generator) -> Ints:
    """Now and then a wrong key and a backspace come before the right one."""
    slipped = rng.random(len(keys)) < share
    wrong = rng.integers(0, 26, len(keys))
    return np.concatenate([[wrong[at], BACKSPACE, key] if slipped[at] else [key] for at, key in enumerate(keys)])


def _timed(typist: Typist, keys: Ints, rng: np.random.Generator, slower: float) -> tuple[Floats, Floats]:
    """When each key goes down, in ms from the first, and how long it is held. Neighbouring gaps are alike."""
    count = len(keys)
    noise = rng.normal(0, typist.scatter, count)
    noise[1:] += 0.3 * noise[:-1]
    gaps = np.exp(typist.gaps[keys[:-1], keys[1:]] + slower + noise[1:])
    thinking = rng.random(count - 1) < typist.pauses
    gaps += np.where(thinking, rng.lognormal(6.2, 0.6, count - 1), 0.0)
    holds = np.exp(typist.holds[keys] + 0.3 * slower + rng.normal(0, typist.hold_scatter, count))
    again = np.concatenate([keys[1:] == keys[:-1], [False]])
    holds = np.where(again, np.minimum(holds, 0.8 * np.append(gaps, 1e9)), holds)
    return np.concatenate([[0.0], np.cumsum(gaps)]), holds


def _typed(keys: Ints, downs: Floats, holds: Floats, at_ms: float, field: str, *, secret: bool) -> list[RawSample]:
    """The samples of a field from focus to its last key; backspaces take the position back."""
    samples: list[RawSample] = [Focus(seq=1, t=at_ms, field=field, on=True)]
    begins = at_ms + 350.0
    position = 0
    for key, down, hold in zip(keys.tolist(), downs.tolist(), holds.tolist(), strict=True):
        kind = None if secret else class_of(key)
        samples += [
            Key(seq=1, t=begins + t, down=t == down, field=field, pos=position, cls=kind) for t in (down, down + hold)
        ]
        position = max(0, position - 1) if key == BACKSPACE else position + 1
    last = max(sample.t for sample in samples)
    samples.append(Focus(seq=1, t=last + 150.0, field=field, on=False))
    return samples
