"""Chance that draws the same in every run: keys, tokens, codes and ids of what a test makes follow from its name."""

from __future__ import annotations

import os
import random

from watchword.privacy import cipher

_drawn = random.Random(0)


def fix_chance() -> None:
    """Has everything in this process draw from one seeded source, `secrets` and `uuid` too."""
    for module, name in ((os, "urandom"), (random, "_urandom"), (cipher, "urandom")):
        setattr(module, name, _drawn.randbytes)


def draw_anew(seed: str) -> None:
    """Begins the draws that belong to that seed."""
    _drawn.seed(seed)
