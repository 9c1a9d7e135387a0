"""Bots: what in a stretch of behaviour no person does. Population limits first, then replay; no trained model.

Each family of rules is a file with one `BotFamily`; `find_bots` asks them all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from watchword import behaviour
from watchword.behaviour.bot_sign import BotFamily, BotSign, Stretch
from watchword.behaviour.samples import Samples
from watchword.behaviour.template import Entry, Template
from watchword.catalog import discover

__all__ = ["BotFamily", "BotSign", "bot_codes", "families", "find_bots"]


def find_bots(
    samples: Samples, history: Template | None = None, entries: Mapping[str, Sequence[Entry]] | None = None
) -> tuple[BotSign, ...]:
    """Every sign of a machine in `samples`, rarest first; at most one of each code. Never raises for odd samples.

    `history` is the owner's template, for what repeats their own behaviour; `entries` are those of the samples that
    are known already, by modality. Coarse clocks and accessibility tools are no evidence, not risk: the families say
    which.
    """
    stretch = Stretch(samples, history, entries or {})
    signs = [sign for family in families() for sign in family.find(stretch)]
    return tuple(sorted(signs, key=lambda sign: (sign.quantile, sign.code)))


@cache
def families() -> tuple[BotFamily, ...]:
    """The families of rules, by name."""
    return tuple(discover(behaviour, BotFamily).values())


def bot_codes() -> dict[str, str]:
    """Every code and what it means."""
    return {code: text for family in families() for code, text in family.codes.items()}
