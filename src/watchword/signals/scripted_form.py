"""The log-in form was filled in by a program."""

from __future__ import annotations

from collections.abc import Iterable

from watchword.signals.signal import Band, Context, Finding, Outcome, signal

SURE = 1e-5
"""Rarer than this among people leaves no doubt, as do signs of two channels."""

BANDS = {"SCRIPTED_FORM": Band("HIGH", 70, 90), "MECHANICAL_FORM": Band("MEDIUM", 40, 69)}


@signal("DEVICE", BANDS, setting="behavioral_analysis", trait="form")
def scripted_form(context: Context) -> Iterable[Outcome]:
    """Typing or pointer movement in the log-in form that people do not produce.

    Fraud: stuffing with a driven browser that passes for a real one. Innocent: password managers and dictation fill in
    without keys (that is no sign), assistive tools and macro keyboards press them evenly: one weak sign is medium. Two
    signs of different channels (keys, pointer, touch, events), or one that fewer than one in 100,000 people give, are
    automation. The intensity is the strength of the strongest sign, and saturates there; `details` name every sign.
    """
    rhythm = context.rhythm
    if rhythm is None or not rhythm.bots or context.machine:
        return ()
    bots = rhythm.bots
    sure = len({one.channel for one in bots}) > 1 or any(one.quantile < SURE for one in bots)
    strongest = max(bots, key=lambda one: (one.strength, one.code))
    return (
        Finding(
            "SCRIPTED_FORM" if sure else "MECHANICAL_FORM",
            strongest.strength,
            1.0,
            strongest.message.rstrip("."),
            {"signs": [one.code for one in bots]},
        ),
    )
