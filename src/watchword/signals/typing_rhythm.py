"""The log-in form was typed as its owner does not type."""

from __future__ import annotations

from collections.abc import Iterable
from math import log

from watchword.signals.signal import Band, Context, Finding, NotEvaluable, Outcome, ramp, signal

UNLIKE = log(4)
"""Evidence begins where somebody else is four times as likely as the owner (natural logarithm)."""

SURE = 5.0


@signal("BEHAVIORAL", {"DIFFERENT_RHYTHM": Band("MEDIUM", 30, 45)}, setting="behavioral_analysis", trait="form")
def typing_rhythm(context: Context) -> Iterable[Outcome]:
    """A log-in whose form was filled in with another rhythm than its owner's.

    Fraud: somebody who has the password, and other hands. Innocent: a new keyboard, an injured finger, a log-in with
    one hand, a password that was just changed: so it never exceeds 45. The keys' holds and gaps (and the pointer, where
    it moved) are compared with the owner's last entries; the result is a calibrated log-likelihood ratio, which is
    evidence from four to one against the owner and saturates at e^5. Its confidence is the template's maturity. Not
    evaluable while the template is being learnt, or where too little was typed.
    """
    rhythm = context.rhythm
    if rhythm is None:
        return ()
    if not rhythm.compared:
        reason = "STILL_LEARNING" if rhythm.entries else "TOO_LITTLE_TYPED"
        return (NotEvaluable("DIFFERENT_RHYTHM", reason),)
    if rhythm.llr > -UNLIKE:
        return ()
    return (
        Finding(
            "DIFFERENT_RHYTHM",
            ramp(-rhythm.llr, UNLIKE, SURE),
            rhythm.maturity,
            rhythm.message.rstrip("."),
            {"similarity": round(rhythm.similarity, 4), "maturity": round(rhythm.maturity, 2), "keys": rhythm.keys},
        ),
    )
