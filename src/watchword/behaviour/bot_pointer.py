"""Clicks no hand made: too short, in step, from nowhere, into exact middles, or made by a script.

What gives no evidence or little: clicks without movement (17 of 100 human clicks; double clicks, screen readers, voice
control, remote desktops), exact middles (assistive technology presses them), fractions of a pixel where a pixel of the
page is not one of the screen. An honest fast clicker presses ten times a second for 50 ms and never in step.
"""

from __future__ import annotations

import numpy as np

from watchword.behaviour.bot_sign import BotFamily, BotSign, Stretch, middle, sign, spread
from watchword.behaviour.human_limits import CLICK_DWELL, CLICK_SPREAD
from watchword.behaviour.samples import POINTER_KINDS, Floats, Samples

MOVE, DOWN, UP = (POINTER_KINDS.index(kind) for kind in ("move", "down", "up"))
FEWEST = 3
PAIR = 2
MANY = 8
FAR_PX = 20.0
NEAR_PX = 3.0
MIDDLE_PX = 0.51
SMALLEST_BOX_PX = 12.0
FRACTION = 0.02
TINY_SHARE = 0.5

CODES = {
    "FAST_CLICK_DWELL": (
        "The button is held for less time than a finger needs: drivers 0-6 ms, no person's median under 20. "
        "Innocent: a single tap of a touchpad; so two are needed, and three unless both are under 9 ms."
    ),
    "UNIFORM_CLICK_DWELL": "Eight and more clicks are held for the same time. Innocent: macros of the mouse.",
    "UNIFORM_CLICK_RHYTHM": "Eight and more clicks come in step. Innocent: an auto-clicker in a game.",
    "SYNTHETIC_CLICK_JUMP": (
        "The pointer is elsewhere without having moved there, click after click. Weak. Innocent: screen readers, voice "
        "control, remote desktops, touch screens that pass for a mouse."
    ),
    "SYNTHETIC_CLICK_MIDDLE": (
        "Clicks hit the exact middle of different boxes. A hint. Innocent: assistive technology that presses for its "
        "user."
    ),
    "SYNTHETIC_POINTER_PRESSURE": (
        "A mouse button that is pressed reports no pressure; browsers give a real one 0.5. Innocent: old browsers."
    ),
    "SYNTHETIC_POINTER_FRACTION": (
        "Clicks of a mouse between the pixels of a screen whose pixels are the page's: tools that aim at boxes. "
        "Innocent: macOS, zoom."
    ),
    "SYNTHETIC_POINTER_EVENTS": "Clicks or movement that a script made (`isTrusted` false). Innocent: extensions.",
}


def find(stretch: Stretch) -> tuple[BotSign, ...]:
    """Signs in the clicks of the mouse; pens are left out."""
    samples, pointer = stretch.samples, stretch.samples.pointer
    if not len(pointer):
        return ()
    down = ((pointer["kind"] == DOWN) & (pointer["pen"] == 0)).nonzero()[0]
    found = [*_scripted(samples), *_without_weight(samples, down), *_aimed(samples, down), *_jumps(samples, down)]
    return tuple(found if stretch.coarse else [*found, *_timed(samples, down)])


def _scripted(samples: Samples) -> list[BotSign]:
    trusted = samples.pointer["trusted"]
    if trusted.all():
        return []
    untrusted = trusted == 0
    count = int(np.count_nonzero(untrusted))
    pressed = int((untrusted & (samples.pointer["kind"] == DOWN)).sum())
    if pressed < PAIR and count < MANY:
        return []
    message = f"{count} pointer events were made by a script."
    return [sign("SYNTHETIC_POINTER_EVENTS", "pointer", 1e-6, message, events=count)]


def _without_weight(samples: Samples, down: np.ndarray[tuple[int], np.dtype[np.intp]]) -> list[BotSign]:
    pressure = samples.pointer["pressure"][down]
    if len(pressure) < PAIR or not (pressure == 0).all():
        return []
    message = f"{len(pressure)} presses of the mouse report no pressure."
    return [sign("SYNTHETIC_POINTER_PRESSURE", "pointer", 1e-4, message, presses=len(pressure))]


def _aimed(samples: Samples, down: np.ndarray[tuple[int], np.dtype[np.intp]]) -> list[BotSign]:
    pointer, found = samples.pointer, []
    boxed = down[np.fmin(pointer["w"][down], pointer["h"][down]) >= SMALLEST_BOX_PX]
    if len(boxed) >= FEWEST:
        exact = boxed[np.maximum(np.abs(pointer["dx"][boxed]), np.abs(pointer["dy"][boxed])) <= MIDDLE_PX]
        places = len(set(zip(pointer["x"][exact].tolist(), pointer["y"][exact].tolist(), strict=True)))
        if places >= FEWEST and len(exact) > TINY_SHARE * len(boxed):
            message = f"{places} clicks hit the exact middle of what they pressed."
            found.append(sign("SYNTHETIC_CLICK_MIDDLE", "pointer", 2e-3, message, clicks=places))
    dpr = samples.screen.dpr if samples.screen else 0.0
    if dpr == 1 and len(down) >= PAIR:
        place = np.stack([pointer["x"][down], pointer["y"][down]])
        between = (np.abs(place - np.round(place)) > FRACTION).any(axis=0)
        if between.sum() >= PAIR and between.mean() > TINY_SHARE:
            message = f"{int(between.sum())} clicks lie between the pixels."
            found.append(sign("SYNTHETIC_POINTER_FRACTION", "pointer", 1e-3, message, clicks=float(between.sum())))
    return found


def _jumps(samples: Samples, down: np.ndarray[tuple[int], np.dtype[np.intp]]) -> list[BotSign]:
    """Clicks far from where the pointer last was, with at most one sample of movement between."""
    pointer = samples.pointer
    later = down[down > 0]
    if len(later) < FEWEST:
        return []
    x, y, kind = pointer["x"], pointer["y"], pointer["kind"]
    before, second = later - 1, np.maximum(later - 2, 0)
    earlier = kind[second]
    alone = (kind[before] == MOVE) & ((earlier == DOWN) | (earlier == UP)) & (later >= PAIR)
    origin = np.where(alone, second, before)
    jumped = np.hypot(x[later] - x[origin], y[later] - y[origin]) > FAR_PX
    jumps = np.count_nonzero(jumped)
    if jumps < FEWEST or jumps <= TINY_SHARE * len(jumped):
        return []
    message = f"{jumps} of {len(down)} clicks came from nowhere."
    return [sign("SYNTHETIC_CLICK_JUMP", "pointer", 2e-3, message, clicks=float(jumps))]


def _timed(samples: Samples, down: np.ndarray[tuple[int], np.dtype[np.intp]]) -> list[BotSign]:
    pointer, found = samples.pointer, []
    held = _held(samples, down)
    if len(held) >= FEWEST or (len(held) == PAIR and held.max() <= CLICK_DWELL.far):
        usual = middle(held)
        if (rare := CLICK_DWELL.quantile(usual)) < 1:
            rare = rare if len(held) >= FEWEST else max(rare, 1e-4)
            message = f"The button is held for {usual:.0f} ms; fingers need longer."
            found.append(sign("FAST_CLICK_DWELL", "pointer", rare, message, median_ms=usual, clicks=len(held)))
    if len(held) >= MANY and (rare := CLICK_SPREAD.quantile(spread(held))) < 1:
        message = f"{len(held)} clicks are held for the same time."
        found.append(sign("UNIFORM_CLICK_DWELL", "pointer", rare, message, spread=spread(held)))
    pressed = pointer["t"][down]
    gaps = pressed[1:] - pressed[:-1]
    gaps = gaps[gaps >= 0]
    if len(gaps) >= MANY and (rare := CLICK_SPREAD.quantile(spread(gaps))) < 1:
        message = f"{len(down)} clicks come in step."
        found.append(sign("UNIFORM_CLICK_RHYTHM", "pointer", rare, message, spread=spread(gaps)))
    return found


def _held(samples: Samples, down: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Floats:
    """How long each click that stayed in its place was held (ms)."""
    pointer = samples.pointer
    up = (pointer["kind"] == UP).nonzero()[0]
    place = up.searchsorted(down)
    released = place < len(up)
    down, release = down[released], up[place[released]]
    x, y, t = pointer["x"], pointer["y"], pointer["t"]
    still = np.hypot(x[release] - x[down], y[release] - y[down]) <= NEAR_PX
    held: Floats = (t[release] - t[down])[still]
    return held[held >= 0]


FAMILY = BotFamily("pointer_clicks", "pointer", CODES, find)
