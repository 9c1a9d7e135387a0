"""Taps no finger made. Swipes are judged with the pointer's strokes (`bot_paths`).

What gives no evidence: constant radius or force alone (many phones report neither), taps of a stylus, assistive touch.
"""

from __future__ import annotations

import numpy as np

from watchword.behaviour.bot_sign import BotFamily, BotSign, Stretch, middle, sign, spread
from watchword.behaviour.human_limits import CLICK_SPREAD, TAP_DWELL
from watchword.behaviour.samples import TOUCH_PHASES, Floats, Samples

START, END = TOUCH_PHASES.index("start"), TOUCH_PHASES.index("end")
FEWEST = 3
PAIR = 2
MANY = 8
STILL_PX = 10.0

CODES = {
    "FAST_TAP_DWELL": "Taps are shorter than a finger's: drivers 0-6 ms. Innocent: a stylus; so three are needed.",
    "UNIFORM_TAP_DWELL": "Eight and more taps are held for the same time. Innocent: assistive touch with a fixed time.",
    "UNIFORM_TAP_RHYTHM": "Eight and more taps come in step. Innocent: an auto-clicker in a game.",
    "SYNTHETIC_TOUCH_CONTACT": (
        "Every finger has radius 1 and force 1, what tools send where nothing was asked for. A hint. Innocent: some "
        "touch screens of desktops."
    ),
    "SYNTHETIC_TOUCH_EVENTS": "Touches that a script made (`isTrusted` false). Innocent: extensions.",
}


def find(stretch: Stretch) -> tuple[BotSign, ...]:
    """Signs in the taps."""
    touch, found = stretch.samples.touch, []
    if not len(touch):
        return ()
    started = np.flatnonzero(touch["phase"] == START)
    scripted = int((touch["trusted"][started] == 0).sum())
    if scripted >= PAIR:
        message = f"{scripted} touches were made by a script."
        found.append(sign("SYNTHETIC_TOUCH_EVENTS", "touch", 1e-6, message, touches=scripted))
    if len(started) >= FEWEST and (touch["radius"][started] == 1).all() and (touch["force"][started] == 1).all():
        message = "Every finger has the contact that tools send."
        found.append(sign("SYNTHETIC_TOUCH_CONTACT", "touch", 2e-3, message, touches=len(started)))
    return tuple(found if stretch.coarse else [*found, *_timed(stretch.samples)])


def _timed(samples: Samples) -> list[BotSign]:
    begun, held = taps(samples)
    found = []
    if len(held) >= FEWEST and (rare := TAP_DWELL.quantile(usual := middle(held))) < 1:
        message = f"Taps last {usual:.0f} ms; fingers need longer."
        found.append(sign("FAST_TAP_DWELL", "touch", rare, message, median_ms=usual, taps=len(held)))
    for code, values, says in (
        ("DWELL", held, "are held for the same time"),
        ("RHYTHM", np.diff(begun), "come in step"),
    ):
        if len(values) >= MANY and (rare := CLICK_SPREAD.quantile(wide := spread(values))) < 1:
            found.append(sign(f"UNIFORM_TAP_{code}", "touch", rare, f"{len(held)} taps {says}.", spread=wide))
    return found


def taps(samples: Samples) -> tuple[Floats, Floats]:
    """When taps began and how long they were held (ms); what moved 10 px and more is no tap."""
    touch = samples.touch
    begun, held = [], []
    for finger in np.unique(touch["id"]):
        own = touch["id"] == finger
        t, x, y, phase = (touch[name][own] for name in ("t", "x", "y", "phase"))
        start, end = np.flatnonzero(phase == START), np.flatnonzero(phase == END)
        place = np.searchsorted(end, start)
        start, end = start[place < len(end)], end[place[place < len(end)]]
        still = np.hypot(x[end] - x[start], y[end] - y[start]) < STILL_PX
        begun.append(t[start][still])
        held.append((t[end] - t[start])[still])
    if not begun:
        return np.zeros(0), np.zeros(0)
    all_begun, all_held = np.concatenate(begun), np.concatenate(held)
    order = np.argsort(all_begun)
    return all_begun[order], all_held[order]


FAMILY = BotFamily("touch_taps", "touch", CODES, find)
