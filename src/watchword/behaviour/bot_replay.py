"""Typing that was recorded and is played again: nearer to an entry of the owner's than the owner ever comes."""

from __future__ import annotations

from watchword.behaviour.bot_sign import BotFamily, BotSign, Stretch, sign
from watchword.behaviour.fixed_text import FIXED_TEXT
from watchword.behaviour.free_text import FREE_TEXT
from watchword.behaviour.replay import find_replay

CODES = {
    "REPETITIVE_TYPING_REPLAY": (
        "Text was typed as it was typed before, almost to the millisecond; how near is too near is the owner's own. "
        "Innocent: one entry in a hundred at the threshold, so its rarity counts."
    )
}


def find(stretch: Stretch) -> tuple[BotSign, ...]:
    """A sign where an entry repeats one of `history`; nothing without it or on a coarse clock."""
    samples, history = stretch.samples, stretch.history
    if history is None or not history.shelves or stretch.coarse:
        return ()
    replays = []
    for modality in (FIXED_TEXT, FREE_TEXT):
        known = stretch.entries.get(modality.name)
        for entry in modality.extract(samples) if known is None else known:
            found = find_replay(history.shelf(modality.name, entry.about), entry)
            if found and found.found:
                replays.append(found)
    if not replays:
        return ()
    nearest = min(replays, key=lambda one: one.quantile)
    message = f"Text was typed as before, to {nearest.distance_ms:.1f} ms."
    rare = max(nearest.quantile, 1e-9)
    made = sign("REPETITIVE_TYPING_REPLAY", "typing", rare, message, distance_ms=nearest.distance_ms)
    return (made,)


FAMILY = BotFamily("typing_replay", "typing", CODES, find)
