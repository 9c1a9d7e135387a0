"""Keys that no person pressed: too fast, too regular, repeated, or not from a keyboard.

What gives no evidence: a coarse clock; fields into which text came by composition, autofill or paste (input methods,
dictation, password managers); virtual keyboards, whose keys have no class or report `other` (keyCode 229); holds on a
device that is touched, where they are the keyboard's invention. Slow typing and long holds are nobody's fault.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from watchword.behaviour.bot_sign import BotFamily, BotSign, Stretch, middle, sign, spread
from watchword.behaviour.human_limits import typing_limits
from watchword.behaviour.samples import CLASS_NUMBER, VIAS, Floats, Samples

PAUSE_MS = 2000.0
"""Longer gaps are thinking, not typing."""

RECENT = 60
"""Repeated values are counted among so many newest keys: among more, distinct milliseconds run out by themselves."""

NOT_KEYS = (VIAS.index("composition"), VIAS.index("autofill"), VIAS.index("paste"))
OTHER = CLASS_NUMBER["other"]
SECRET = -1.0
FORM_FIELDS = 2
INVENTED_MS, UNHURRIED_MS, LIVELY, PASSED_ON_KEYS = 20.0, 120.0, 0.3, 10
ALONE_QUANTILE = 1e-4
"""An on-screen keyboard or a remote desktop holds no key, in its user's own rhythm: no proof by itself."""

LOGIN_QUANTILE = 1e-4
"""A password manager that types a log-in form for its owner is as fast as a script: never beyond this by itself."""

CODES = {
    "FAST_KEY_HOLD": (
        "Keys are held for less time than fingers need (median). Drivers hold 0-8 ms, no person under 20 ms. "
        "Innocent: on-screen keyboards of the desktop, password managers that type, remote desktops."
    ),
    "FAST_TYPING": (
        "One key follows the other faster than people type (median). Innocent: password managers that type, "
        "text expanders."
    ),
    "UNIFORM_KEY_HOLD": "Every key is held for the same time. Innocent: on-screen keyboards, macros of the keyboard.",
    "UNIFORM_TYPING_RHYTHM": "The time from key to key hardly varies. Innocent: text expanders, a key held down.",
    "UNIFORM_TYPING_PAUSES": (
        "Among forty gaps none is much longer than the usual one; people hesitate. Delays that a script draws between "
        "two bounds do not. Innocent: copying long numbers at one's fastest."
    ),
    "REPETITIVE_KEY_TIMES": (
        "The same few lengths of hold and gap come again and again, to the millisecond. Innocent: clocks that are "
        "coarser than they say."
    ),
    "SYNTHETIC_KEY_EVENTS": (
        "Key events that a script made (`isTrusted` false), at more than three places of one field. Innocent: "
        "extensions that fill forms; they send one to three an entry."
    ),
}


class Rhythm(Struct, frozen=True):
    """What is known of a stretch of typing. Times in ms; `holds` is empty where holds say nothing."""

    holds: Floats
    gaps: Floats
    login: bool


def find(stretch: Stretch) -> tuple[BotSign, ...]:
    """Signs in the keys. Timing says nothing on a coarse clock."""
    samples = stretch.samples
    signs = _scripted(samples)
    if not stretch.coarse and (len(samples.keys) or samples.patterns):
        rhythm = _rhythm(samples) if len(samples.keys) else _reported(samples)
        signs += _fast(rhythm)
        if _is_passed_on(rhythm):
            rhythm = Rhythm(rhythm.holds[:0], rhythm.gaps, rhythm.login)
        signs += [*_uniform(rhythm), *_repetitive(rhythm)]
    return tuple(signs)


def _rhythm(samples: Samples) -> Rhythm:
    keys = samples.keys
    used = _typed(samples)
    down, field = keys["down"][used], keys["field"][used]
    gaps = (down[1:] - down[:-1])[field[1:] == field[:-1]]
    holds = keys["up"][used] - down
    holds = holds[holds >= 0] if not len(samples.touch) else holds[:0]
    login = SECRET in keys["cls"].tolist() and len(set(field.tolist())) <= FORM_FIELDS
    return Rhythm(holds, gaps[(gaps >= 0) & (gaps <= PAUSE_MS)], login)


def _reported(samples: Samples) -> Rhythm:
    """The gaps that an application reported itself, as `typing_pattern` with `keystroke_intervals` (ms)."""
    lists = [one.features.get("keystroke_intervals") for one in samples.patterns if one.event_type == "typing_pattern"]
    gaps = np.array([gap for one in lists if isinstance(one, tuple) for gap in one], dtype=np.float64)
    return Rhythm(gaps[:0], gaps[(gaps >= 0) & (gaps <= PAUSE_MS)], login=False)


def _typed(samples: Samples) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which trusted keys came from a keyboard into a field that takes no text by other means."""
    keys, paste = samples.keys, samples.paste
    used: np.ndarray[tuple[int], np.dtype[np.bool_]] = keys["trusted"] > 0
    if len(paste):
        used &= ~np.isin(keys["field"], paste["field"][np.isin(paste["via"], NOT_KEYS)])
    virtual = keys["cls"] == OTHER
    return used & ~virtual if 2 * np.count_nonzero(virtual) > len(virtual) else used


def _scripted(samples: Samples) -> list[BotSign]:
    """Untrusted keys at more places of a field than a form filler needs."""
    keys = samples.keys
    if keys["trusted"].all():
        return []
    untrusted = keys["trusted"] == 0
    places = {(field, down) for field, down in zip(keys["field"][untrusted], keys["down"][untrusted], strict=True)}
    most = max(np.unique([field for field, _ in places], return_counts=True)[1], default=0) if places else 0
    if most < 4:
        return []
    return [sign("SYNTHETIC_KEY_EVENTS", "typing", 1e-6, f"{most} keys were made by a script.", keys=float(most))]


def _fast(rhythm: Rhythm) -> list[BotSign]:
    found = []
    limits = typing_limits(len(rhythm.holds))
    if limits and (rare := limits.hold.quantile(held := middle(rhythm.holds))) < 1:
        rare = max(rare, ALONE_QUANTILE) if _is_passed_on(rhythm) else rare
        message = f"Keys are held for {held:.0f} ms; people need longer."
        found.append(sign("FAST_KEY_HOLD", "typing", _allowed(rhythm, rare), message, median_ms=held))
    limits = typing_limits(len(rhythm.gaps))
    if limits and (rare := limits.gap.quantile(gap := middle(rhythm.gaps))) < 1:
        message = f"A key comes every {gap:.0f} ms; nobody types so fast."
        found.append(sign("FAST_TYPING", "typing", _allowed(rhythm, rare), message, median_ms=gap))
    return found


def _is_passed_on(rhythm: Rhythm) -> bool:
    """Whether a person's rhythm comes with holds no finger makes, as of on-screen keyboards and remote desktops."""
    few = len(rhythm.holds) < PASSED_ON_KEYS or len(rhythm.gaps) < PASSED_ON_KEYS
    if few or middle(rhythm.holds) >= INVENTED_MS:
        return False
    return middle(rhythm.gaps) >= UNHURRIED_MS and spread(rhythm.gaps) >= LIVELY


def _uniform(rhythm: Rhythm) -> list[BotSign]:
    found = []
    limits = typing_limits(len(rhythm.holds))
    if limits and (rare := limits.hold_spread.quantile(wide := spread(rhythm.holds))) < 1:
        message = f"Every key is held for the same time (spread {wide:.1%})."
        found.append(sign("UNIFORM_KEY_HOLD", "typing", _allowed(rhythm, rare), message, spread=wide))
    limits = typing_limits(len(rhythm.gaps))
    if limits and (rare := limits.gap_spread.quantile(wide := spread(rhythm.gaps))) < 1:
        message = f"The rhythm of the keys hardly varies (spread {wide:.1%})."
        found.append(sign("UNIFORM_TYPING_RHYTHM", "typing", _allowed(rhythm, rare), message, spread=wide))
    if limits and (rare := limits.longest.quantile(longest := _longest(rhythm.gaps))) < 1:
        message = f"The longest gap between keys is {longest:.1f} times the usual; people hesitate."
        found.append(sign("UNIFORM_TYPING_PAUSES", "typing", _allowed(rhythm, rare), message, times=longest))
    return found


def _repetitive(rhythm: Rhythm) -> list[BotSign]:
    holds, gaps = rhythm.holds[-RECENT:], rhythm.gaps[-RECENT:]
    limits = typing_limits(len(gaps))
    if limits is None:
        return []
    rare = limits.gap_values.quantile(share := _distinct(gaps))
    if len(holds) >= limits.keys:
        rare = min(rare, limits.hold_values.quantile(_distinct(holds)))
    if rare >= 1:
        return []
    message = "The same lengths of hold and gap come again and again."
    return [sign("REPETITIVE_KEY_TIMES", "typing", _allowed(rhythm, rare), message, distinct=share)]


def _allowed(rhythm: Rhythm, rare: float) -> float:
    return max(rare, LOGIN_QUANTILE) if rhythm.login else rare


def _longest(gaps: Floats) -> float:
    """The longest of the newest gaps, in units of their median."""
    newest = gaps[-RECENT:]
    return float(np.maximum.reduce(newest)) / max(middle(newest), 1e-3)


def _distinct(values: Floats) -> float:
    return len(set(np.rint(values).tolist())) / len(values)


FAMILY = BotFamily("typing", "typing", CODES, find)
