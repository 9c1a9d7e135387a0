"""Who uses the recipes: an owner, another person, a bot; simulated, or from recordings of real people."""

from __future__ import annotations

import csv
from functools import cache
from typing import Any

import numpy as np
from tests import reference

from watchword.events.samples import KEY_CLASSES, Focus, Key, Pointer
from watchword.learning.typists import Sitting, make_typist, sit

SEED = 4_711
OWNER, OTHERS = 1, (2, 3, 4, 6)
SECRET_KEYS = 14
Samples = tuple[Any, ...]


def working(who: int, sitting: int, text: int = 120, strokes: int = 14) -> Samples:
    """A simulated person who writes and points."""
    return sit(make_typist(SEED, who), sitting, Sitting(secret=0, text=text, strokes=strokes))


def signing_in(who: int, sitting: int, practice: int | None = None) -> Samples:
    """A simulated person who types the owner's password."""
    return sit(make_typist(SEED, who), sitting, Sitting(secret=SECRET_KEYS, whose=OWNER), practice=practice)


def bot(field: str = "f1", keys: int = 60, secret: bool = False) -> Samples:
    """A script: every key for 10 ms, 30 ms apart, then straight ways at one speed, and clicks without any length."""
    kind = None if secret else "letter-left"
    made: list[Any] = [Focus(seq=1, t=90.0, field=field, on=True)]
    for at in range(keys):
        down = 100.0 + 30.0 * at
        made += [
            Key(seq=1, t=down, down=True, field=field, pos=at, cls=kind),  # type: ignore[arg-type]
            Key(seq=1, t=down + 10.0, down=False, field=field, pos=at, cls=kind),  # type: ignore[arg-type]
        ]
    began = 200.0 + 30.0 * keys
    made.append(Focus(seq=1, t=began - 50.0, field=field, on=False))
    for way in range(8):
        for step in range(20):
            t = began + 500.0 * way + 10.0 * step
            made.append(Pointer(seq=1, t=t, kind="move", x=100.0 + 20.0 * step, y=100.0 + 10.0 * step))
        t = began + 500.0 * way + 200.0
        made += [
            Pointer(seq=1, t=t, kind="down", x=480.0, y=290.0, button=0),
            Pointer(seq=1, t=t, kind="up", x=480.0, y=290.0, button=0),
        ]
    return tuple(sorted(made, key=lambda one: one.t))


@cache
def passwords() -> Any:
    """CMU keystrokes: key-down and -up (ms) of 51 people x 400 repetitions x 11 keys of one password."""
    with reference.path("behaviour/DSL-StrongPasswordData.csv").open(newline="") as file:
        raw = np.array([row[3:] for row in csv.reader(file)][1:], dtype=np.float64).reshape(51, 400, 31) * 1000
    down = np.concatenate((np.zeros((51, 400, 1)), raw[..., 1::3].cumsum(axis=-1)), axis=-1)
    return np.stack((down, down + raw[..., 0::3]), axis=-1)


def recorded_password(person: int, repetition: int) -> Samples:
    """One repetition as the collector would have sent it: positions and times, no characters."""
    made: list[Any] = []
    for at, (down, up) in enumerate(passwords()[person, repetition].tolist()):
        made += [
            Key(seq=1, t=500 + down, down=True, field="pw", pos=at),
            Key(seq=1, t=500 + up, down=False, field="pw", pos=at),
        ]
    made.sort(key=lambda one: one.t)
    return (*made, Focus(seq=1, t=made[-1].t + 40, field="pw", on=False))


@cache
def sentences() -> Any:
    """The Aalto desktop subset: key-down times, holds and key codes by person and sentence."""
    with np.load(reference.path("behaviour/aalto_subset.npz")) as data:
        columns = np.stack([data[name].astype(np.int64) for name in "psthk"], axis=1)
    starts = np.flatnonzero(np.diff(columns[:, 0] * 100 + columns[:, 1], prepend=-1))
    split = np.split(columns[:, 2:], starts[1:])
    found: dict[int, list[Any]] = {}
    for who, rows in zip(columns[starts, 0].tolist(), split, strict=True):
        found.setdefault(who, []).append(rows)
    return found


def recorded_text(person: int, numbers: range, pause_ms: float = 900.0) -> Samples:
    """Those sentences of that person, one after the other, each in a field of its own, as key class and position."""
    made: list[Any] = []
    began = 300.0
    for number in numbers:
        rows = sentences()[person][number]
        field, last = f"line{number}", 0.0
        for at, (down, hold, code) in enumerate(rows.tolist()):
            kind = KEY_CLASSES[class_of(code)]
            t = began + down - float(rows[0, 0])
            made += [
                Key(seq=1, t=t, down=True, field=field, pos=at, cls=kind),
                Key(seq=1, t=t + hold, down=False, field=field, pos=at, cls=kind),
            ]
            last = max(last, t + hold)
        made.append(Focus(seq=1, t=last + 50.0, field=field, on=False))
        began = last + pause_ms
    return tuple(sorted(made, key=lambda one: one.t))


def class_of(code: int) -> int:
    """The class of a JavaScript key code, as the collector would have named it."""
    letter = chr(code) if 65 <= code <= 90 else ""
    if letter:
        name = "letter-left" if letter in "QWERTASDFGZXCVB" else "letter-right"
    elif 48 <= code <= 57 or 96 <= code <= 105:
        name = "digit"
    elif code >= 186 or code in (59, 61, 106, 107, 109, 110, 111, 173):
        name = "punctuation"
    else:
        names = {32: "space", 8: "backspace", 13: "enter", 9: "tab", 16: "shift-left"} | dict.fromkeys(
            range(37, 41), "arrow"
        )
        name = names.get(code, "other")
    return KEY_CLASSES.index(name)
