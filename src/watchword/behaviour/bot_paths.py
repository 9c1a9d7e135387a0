"""Ways no hand goes: straight, too smooth, at one speed, all alike, or repeated. Of the pointer and of the finger.

A pointer that is moved by steps of the keyboard, by switches, by eyes or head wanders or jumps; it makes no long
strokes of many points, so it gives no evidence here. On a coarse clock only the shape counts, not its timing.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from watchword.behaviour.bot_sign import BotChannel, BotFamily, BotSign, Limit, Stretch, middle, sign
from watchword.behaviour.human_limits import EVEN_PACE, POINTER_SPEED, SAME_PACE, SMOOTH, STRAIGHT
from watchword.behaviour.samples import TOUCH_PHASES, Floats
from watchword.behaviour.strokes import STEPS, Paths, Places, cut, pointer_strokes

FEWEST = 5
LONG_PX = 80.0
POINTS = 6
LINE_PX = 1.0
DEGREE = 4
FINGER_ENDS = (TOUCH_PHASES.index("end"), TOUCH_PHASES.index("cancel"))
REPEATED_PX = 0.75
REPEATED_TIME = 0.02
REPEATS = 2
MOST = 40
"""Newest strokes that are looked at."""

_EARLIER = np.tril(np.ones((MOST, MOST), dtype=bool), -1)
_SHARES = np.linspace(0, 1, STEPS + 1)
_POWERS = np.vander(_SHARES, DEGREE + 1)
_ROUGH = np.eye(STEPS + 1) - _POWERS @ np.linalg.pinv(_POWERS)
"""Takes away the nearest curve of that degree."""

WHAT = {
    "SYNTHETIC_{}_STRAIGHT": "{} goes in straight lines, to the pixel. Innocent: a hand that draws along a ruler.",
    "SYNTHETIC_{}_SMOOTH": (
        "The way of {} bends like a computed curve: nothing of a hand's small corrections is in it. Innocent: drawing "
        "programs that smooth a pen."
    ),
    "UNIFORM_{}_SPEED": "{} keeps one speed from start to end; hands speed up and slow down. Innocent: none known.",
    "REPETITIVE_{}_PACE": "{} speeds up and slows down in the same way in every stroke. Innocent: none known.",
    "REPETITIVE_{}_PATH": "{} goes the very same way again, to the pixel and the instant: a recording.",
    "FAST_{}_MOVES": "{} moves faster than a hand can. Innocent: a pointer that a remote desktop lets jump.",
}
NAMES = {"POINTER": "The pointer", "SWIPE": "The finger"}
CODES = {name: {code.format(name): text.format(says) for code, text in WHAT.items()} for name, says in NAMES.items()}


class _Strokes(Struct, frozen=True):
    """Longer strokes of at least six points, from where they began. `pace` is the share of time after each share of
    the way."""

    way: Places
    pace: Floats
    length: Floats
    time: Floats

    def __len__(self) -> int:
        return len(self.length)


def find_pointer(stretch: Stretch) -> tuple[BotSign, ...]:
    """Signs in the strokes of the pointer."""
    pointer = stretch.samples.pointer
    if len(pointer) < FEWEST * POINTS:
        return ()
    return _signs("POINTER", "pointer", pointer_strokes(pointer).paths, stretch)


def find_touch(stretch: Stretch) -> tuple[BotSign, ...]:
    """Signs in the swipes of the first finger."""
    touch = stretch.samples.touch
    if len(touch) < FEWEST * POINTS:
        return ()
    first = touch["id"] == touch["id"][0]
    ends = np.isin(touch["phase"][first], FINGER_ENDS)
    return _signs("SWIPE", "touch", cut(touch["t"][first], touch["x"][first], touch["y"][first], ends), stretch)


def _signs(name: str, channel: BotChannel, paths: Paths, stretch: Stretch) -> tuple[BotSign, ...]:
    strokes = _long(paths)
    if len(strokes) < FEWEST:
        return ()
    found = _shape(name, channel, strokes)
    if not stretch.coarse:
        found += _timing(name, channel, strokes)
    return tuple(found)


def _long(paths: Paths) -> _Strokes:
    chord = np.abs(paths.way[:, -1] - paths.way[:, 0])
    good = ((chord >= LONG_PX) & (paths.last - paths.first >= POINTS - 1)).nonzero()[0][-MOST:]
    t, way, time = paths.t[good], paths.way[good], paths.time[good]
    return _Strokes(way - way[:, :1], (t - t[:, :1]) / time[:, None], paths.length[good], time)


def _shape(name: str, channel: BotChannel, strokes: _Strokes) -> list[BotSign]:
    found: list[BotSign] = []
    whole = strokes.way[:, -1:]
    off = np.maximum.reduce(np.abs((strokes.way.conj() * whole).imag), axis=1) / np.abs(whole)[:, 0]
    lines = np.count_nonzero(off <= LINE_PX)
    says = NAMES[name]
    straight = lines / len(strokes)
    _put(found, f"SYNTHETIC_{name}_STRAIGHT", channel, STRAIGHT, straight, f"{says} goes in straight lines.")
    if len(strokes) - lines >= FEWEST:
        rest = strokes.way @ _ROUGH
        rough = np.sqrt(np.add.reduce(rest.real**2 + rest.imag**2, axis=1) / (STEPS + 1)) / strokes.length
        said = f"{says} goes in computed curves."
        _put(found, f"SYNTHETIC_{name}_SMOOTH", channel, SMOOTH, middle(rough[off > LINE_PX]), said)
    return found


def _timing(name: str, channel: BotChannel, strokes: _Strokes) -> list[BotSign]:
    found: list[BotSign] = []
    says, pace = NAMES[name], strokes.pace
    uneven = middle(np.maximum.reduce(np.abs(pace - _SHARES), axis=1))
    _put(found, f"UNIFORM_{name}_SPEED", channel, EVEN_PACE, uneven, f"{says} keeps one speed.")
    inner = pace[:, 2:-2]
    apart = inner - np.add.reduce(inner, axis=0) / len(inner)
    differ = float(np.add.reduce(np.sqrt(np.add.reduce(apart * apart, axis=0) / len(inner)))) / inner.shape[1]
    _put(found, f"REPETITIVE_{name}_PACE", channel, SAME_PACE, differ, f"{says} takes every stroke at the same pace.")
    speed = middle(strokes.length / strokes.time)
    _put(found, f"FAST_{name}_MOVES", channel, POINTER_SPEED, speed, f"{says} moves {speed:.0f} px a millisecond.")
    if (repeats := _repeats(strokes)) >= REPEATS:
        message = f"{says} goes the same way again ({repeats} strokes)."
        found.append(sign(f"REPETITIVE_{name}_PATH", channel, 1e-5 / 10 ** min(repeats, 3), message, strokes=repeats))
    return found


def _put(found: list[BotSign], code: str, channel: BotChannel, limit: Limit, value: float, message: str) -> None:
    if (rare := limit.quantile(value)) < 1:
        found.append(sign(code, channel, rare, message, value=value))


def _repeats(strokes: _Strokes) -> int:
    """How many strokes go a bent way that an earlier one went, at the same pace and in the same time."""
    times = np.log(strokes.time)
    alike = np.abs(times[:, None] - times) <= REPEATED_TIME
    late, early = (alike & _EARLIER[: len(times), : len(times)]).nonzero()
    if len(late) == 0:
        return 0
    way = np.abs((strokes.way[late] - strokes.way[early]).view(np.float64))
    same = np.maximum.reduce(way, axis=1) <= REPEATED_PX
    same &= np.maximum.reduce(np.abs(strokes.pace[late] - strokes.pace[early]), axis=1) <= REPEATED_TIME
    return len(set(late[same].tolist()))


POINTER_PATHS = BotFamily("pointer_paths", "pointer", CODES["POINTER"], find_pointer)
TOUCH_PATHS = BotFamily("touch_paths", "touch", CODES["SWIPE"], find_touch)
