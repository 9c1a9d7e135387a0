"""A session put in words and drawn as arithmetic: who is acting, why the risk stands where it does, the waterfall."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from watchword.policy.session_evidence import UNLIKE
from watchword.policy.session_messages import FactorTold
from watchword.web.console import words
from watchword.web.console.session_file import Cuts, SessionFile, SessionLine

LAYERS = {"rules": "rule", "patterns": "pattern", "context": "context"}
LIKE = 1.0
DOING = {
    "typing": "typing", "pointer": "pointing", "touch": "touching", "navigation": "moving through the pages",
    "handling": "holding the device",
}  # fmt: skip
DOES = {
    "typing": "types", "pointer": "points", "touch": "touches", "navigation": "moves through the pages",
    "handling": "holds the device",
}  # fmt: skip
ENDS = {
    "logout": ("Ended", "The person logged out"),
    "expired": ("Expired", "Its time was over"),
    "by_hand": ("Ended by hand", "Somebody who looked at it ended it"),
    "other_blocked": ("Ended", "Another session of this user was blocked, and this one with it"),
}
LEVELS = {"normal": "Normal", "suspicious": "Suspicious", "high_risk": "High risk"}
WRONG = 0.25
NAMED = 3
NOTHING = 0.00005


class Standing(Struct, frozen=True):
    """How a session stands: the word, a claim, what else there is to say, and what comes next."""

    mark: str
    word: str
    claim: str
    text: str
    level: str
    next: str


class Step(Struct, frozen=True):
    """One row of the waterfall; several changes of one kind in a row are one."""

    name: str
    layer: str
    message: str
    mark: str
    by: float
    start: float
    width: float
    less: bool
    at_ms: int
    risk: float


def standing(file: SessionFile) -> Standing:
    """How the session stands."""
    line = file.line
    mark, word = _word(line)
    parts = [_passed(file), _waits(line)] if line.live or line.end == "blocked" else [_ended(line)]
    text = " ".join(part for part in parts if part)
    return Standing(mark, word, _claim(file), text, _level(line), _next(file))


def _word(line: SessionLine) -> tuple[str, str]:
    if line.end == "blocked":
        return "block", "Blocked"
    if not line.live:
        return "allow", ENDS.get(line.end, ("Ended", ""))[0]
    if line.asked:
        return "verify", "MPIN asked"
    if line.risk >= line.cuts[1]:
        return "verify", "Suspicious"
    return ("monitor", "Watched") if line.risk >= line.cuts[0] else ("allow", "Normal")


def _claim(file: SessionFile) -> str:
    """Who seems to act."""
    user, acts = file.line.user, "acted" if file.line.end else "acts"
    if not file.line.consent:
        return f"{user} did not consent to the use of behaviour; only rules and context are judged."
    if file.line.bots:
        names = [words.in_prose(code) for code in file.line.bots[:2]]
        more = [f"{words.number(len(file.line.bots) - 2)} more"] if len(file.line.bots) > 2 else []
        return f"A program {acts}, not a person: {words.listed([*names, *more])}."
    unlike, like = lanes(file)
    if unlike:
        return (
            f"Somebody {'was' if file.line.end else 'is'} {words.listed([DOING[one] for one in unlike])} unlike {user}."
        )
    if like:
        return f"{user} {words.listed([DOES[one] for one in like])} as usual."
    if file.trust is not None and file.trust.phase == "learning" and file.line.samples:
        return f"How {user} acts is still being learnt."
    return f"Too little was done to tell whether {user} {acts}."


def lanes(file: SessionFile) -> tuple[list[str], list[str]]:
    """The ways of behaving that are clearly unlike the owner's, and those that are like it."""
    unlike, like = [], []
    for reason in file.trust.reasons if file.trust is not None else ():
        lane, llr = reason.details.get("lane"), float(reason.details.get("llr", 0.0))
        if lane in DOING and llr <= UNLIKE / 2:
            unlike.append(str(lane))
        elif lane in DOING and llr >= LIKE:
            like.append(str(lane))
    return unlike, like


def _passed(file: SessionFile) -> str:
    """When the risk passed a threshold for the last time, and by what."""
    line, found = file.line, None
    for low in reversed(line.cuts):
        found = next(
            (one for one in reversed(file.changes) if one.risk_score >= low > one.risk_score - one.delta), None
        )
        if found is not None and line.mark != "allow":
            break
    raised = [one.factor for one in file.changes if one.delta > 0]
    causes = words.listed([words.story(name) for name in _most(file.changes)])
    if not raised:
        return "Nothing has raised its risk."
    if found is None or line.mark == "allow":
        return f"The risk was raised by {causes}."
    return f"{causes[:1].upper()}{causes[1:]} took the risk past {low:.2f} at {words.clock(found.at_ms)}."


def _most(changes: Iterable[FactorTold]) -> list[str]:
    sums: dict[str, float] = {}
    for one in changes:
        sums[one.factor] = sums.get(one.factor, 0.0) + one.delta
    found = sorted((-by, name) for name, by in sums.items() if by > NOTHING)
    return [name for _, name in found[:NAMED]]


def _waits(line: SessionLine) -> str:
    if line.end == "blocked":
        return "It ended on every socket, and its token opens nothing."
    return "The session waits for the MPIN." if line.asked else ""


def _ended(line: SessionLine) -> str:
    return f"{ENDS.get(line.end, ('', 'It ended'))[1]} at {words.clock(line.over_ms)}."


def _level(line: SessionLine) -> str:
    if line.mark == "monitor":
        return "Logged in full"
    return LEVELS["high_risk" if line.end == "blocked" else line.level]


def _next(file: SessionFile) -> str:
    """What comes next on the scale."""
    line = file.line
    _, low, high = line.cuts
    if not line.live:
        return f"Highest risk {line.peak:.2f}."
    if line.asked:
        if file.free_attempts:
            return (
                f"{words.count(file.free_attempts, 'wrong MPIN')} a challenge add nothing, then each adds {WRONG:.2f}."
            )
        ends = " and ends the session" if line.risk + WRONG >= high else ""
        return f"A wrong MPIN adds {WRONG:.2f}{ends}."
    if line.risk >= low:
        return f"{max(0.0, high - line.risk):.2f} more block the session; any further step asks again."
    return f"{low - line.risk:.2f} more ask for the MPIN, {high - line.risk:.2f} more block."


def steps(file: SessionFile) -> list[Step]:
    """The waterfall in the order in which it came; what moved nothing is left out."""
    made: list[Step] = []
    for one in file.changes:
        if abs(one.delta) < NOTHING and one.factor not in ("asked_by_hand", "mpin_failed"):
            continue
        before = made[-1] if made else None
        if before is not None and one.factor == "decay" and before.name == words.title("decay"):
            made[-1] = _step(one, before.by + one.delta, file.line.cuts)
        else:
            made.append(_step(one, one.delta, file.line.cuts))
    return made


def _step(one: FactorTold, by: float, cuts: Cuts) -> Step:
    after, before = 100 * one.risk_score, 100 * (one.risk_score - by)
    return Step(
        name=_named(one), layer=LAYERS.get(one.layer, one.layer), message=_said(one, by),
        mark=mark_of(one.risk_score, cuts), by=by,
        start=min(after, before), width=abs(after - before), less=by < 0, at_ms=one.at_ms, risk=one.risk_score,
    )  # fmt: skip


def _named(one: FactorTold) -> str:
    if one.factor == "ml_engine":
        return "Behaviour like the owner’s" if one.delta < 0 else "Behaviour unlike the owner’s"
    return words.title(one.factor)


def _said(one: FactorTold, by: float) -> str:
    if one.factor == "decay":
        minutes = round(-100 * by)
        return f"{words.count(minutes, 'minute')} without new evidence"
    said = one.message.rstrip(".") if one.message != words.title(one.factor) else ""
    if one.factor in ("mpin_failed", "mpin_verified"):
        return f"{said or 'By MPIN'}, at {words.clock(one.at_ms)}"
    return said


def mark_of(risk: float, cuts: Cuts) -> str:
    """The hue of a risk."""
    for mark, low in zip(("block", "verify", "monitor"), reversed(cuts), strict=True):
        if risk >= low:
            return mark
    return "monitor" if risk > 0 else "allow"


def by_layer(changes: Iterable[FactorTold]) -> list[tuple[str, float]]:
    """What each layer added, less what it took off."""
    sums = dict.fromkeys(("rules", "patterns", "context"), 0.0)
    for one in changes:
        sums[one.layer] += one.delta
    return [(name.capitalize(), round(by, 4)) for name, by in sums.items()]


def drawing(file: SessionFile, now_ms: int) -> dict[str, Any]:
    """What the chart draws."""
    line = file.line
    to_ms = line.over_ms or max(now_ms, line.opened_ms)
    begun = file.changes[0] if file.changes else None
    first = (begun.risk_score - begun.delta) if begun is not None else line.risk
    curve = [[line.opened_ms, round(first, 4)], *[[one.at_ms, one.risk_score] for one in file.changes]]
    marked = [
        [step.at_ms, step.risk, _short(step)] for step in steps(file) if abs(step.by) >= 0.01 and step.name != "Calm"
    ]
    return {
        "from": line.opened_ms, "to": max(to_ms, line.opened_ms + 10_000), "end": to_ms,
        "risk": [*curve, [to_ms, line.risk]], "steps": marked, "cuts": list(line.cuts), "mark": line.mark,
        "live": line.live,
        "lanes": [["Typing", file.lanes.typing], ["Pointer", file.lanes.pointer], ["Touch", file.lanes.touch]],
        "pages": file.lanes.pages,
    }  # fmt: skip


def _short(step: Step) -> str:
    name = step.name.partition(",")[0]
    return f"{name[:1].lower()}{name[1:]} {words.signed(step.by, 2)}"


def picture(file: SessionFile) -> str:
    """The finding of the chart, as a sentence."""
    line = file.line
    raised = sum(step.by > 0 for step in steps(file))
    acted = [name for name, times in (
        ("typing", file.lanes.typing), ("pointer", file.lanes.pointer), ("touch", file.lanes.touch),
        ("pages", file.lanes.pages),
    ) if times]  # fmt: skip
    return (
        f"Risk from {words.minute(line.opened_ms)}, {words.count(raised, 'step')} up to {line.peak:.2f}, now "
        f"{line.risk:.2f}; below it {words.listed(acted) or 'no events'}"
    )
