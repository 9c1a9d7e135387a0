"""How the form of a log-in was filled in, as its decision tells it; the samples themselves are not kept."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from watchword.behaviour.template import LEARNT
from watchword.behaviour.trust import probability
from watchword.signals.typing_rhythm import UNLIKE
from watchword.web.console.records import Wire

RHYTHM = "DIFFERENT_RHYTHM"
SCRIPTED = ("SCRIPTED_FORM", "MECHANICAL_FORM")
TENTHS = 10
LIKE = probability(-UNLIKE)
"""The similarity from which a rhythm is no evidence."""


class Form(Struct, frozen=True):
    """`similarity` that the owner filled it in and `maturity` of the template (0-1), None where neither is told.

    `signs` are codes of bots; `said` is the finding as a sentence, `learning` whether the template still learns.
    """

    said: str
    similarity: float | None = None
    maturity: float | None = None
    keys: int | None = None
    signs: tuple[str, ...] = ()
    learning: bool = False

    @property
    def like(self) -> float:
        """The similarity from which it would be no evidence."""
        return LIKE

    @property
    def pips(self) -> int:
        """The maturity in tenths."""
        return round(TENTHS * (self.maturity or 0.0))


def form_of(decision: Wire) -> Form | None:
    """What is told of the form; None where the log-in brought none, or nothing was found that is worth telling."""
    found = {item["code"]: item for item in decision.get("evidence", [])}
    rhythm: dict[str, Any] = found.get(RHYTHM, {})
    script: Wire = next((found[code] for code in SCRIPTED if code in found), {})
    missing = next((one for one in decision.get("notEvaluable", []) if one["code"] == RHYTHM), None)
    learning = missing is not None and missing["reason"] == "STILL_LEARNING"
    if not rhythm and not script and missing is None:
        return None
    told = rhythm.get("details") or {}
    return Form(
        _said(rhythm, script, learning), told.get("similarity"), told.get("maturity"), told.get("keys"),
        tuple((script.get("details") or {}).get("signs", ())), learning,
    )  # fmt: skip


def _said(rhythm: Wire, script: Wire, learning: bool) -> str:
    if script:
        return str(script.get("message") or "A program filled it in")
    if rhythm:
        return str(rhythm.get("message") or "Typed with another rhythm")
    if learning:
        return f"How the owner types it is still being learnt; {LEARNT} entries make a template"
    return "Too little was typed to compare"
