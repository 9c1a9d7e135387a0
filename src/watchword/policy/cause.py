"""A decision in words: its cause in half a line, and a paragraph for people, both worked out from the evidence."""

from __future__ import annotations

from functools import lru_cache

from watchword.policy.counterfactual import Counterfactual, outcome
from watchword.policy.decision import RANK, Decision, PolicyEffect
from watchword.scoring.evidence import Evidence
from watchword.signals.signal import UNIT

BORDERS = (30, 60, 80)
THINGS = {
    "login": "log-in",
    "logout": "log-out",
    "api_call": "API call",
    "account_activity": "account change",
    "transaction": "payment",
    "behavior": "behaviour",
    "queue_join": "queue entry",
    "demand_registration": "registration",
}
DONE = {"allow": "allowed", "monitor": "allowed and monitored", "verify": "sent to verification", "block": "blocked"}


def headline(decision: Decision) -> str:
    """The action with its cause, as pages and the command line print it: `block: IMPOSSIBLE_TRAVEL 93 alone; ...`."""
    told = f" (answered {decision.action})" if decision.action != decision.would_act else ""
    return f"{decision.would_act}{told}: {cause_of(decision)}"


def cause_of(decision: Decision) -> str:
    """Why the action is what it is, in half a line."""
    if decision.mode == "disabled":
        return "detection is switched off"
    if decision.policies:
        said = _by_effect(decision, decision.policies)
        if said:
            return said
    return _by_evidence(decision)


def _by_effect(decision: Decision, effects: tuple[PolicyEffect, ...]) -> str | None:
    """The list, override or rule that decided; None where evidence did."""
    combined = f"; combined score {figure(decision.score)}" if decision.evidence else ""
    for mode in ("override", "list"):
        for effect in effects:
            if effect.mode == mode and effect.action == decision.would_act:
                return f"{effect.name}{combined}"
    demanding = [one for one in effects if one.mode == "live" and one.action == decision.would_act]
    if not demanding or RANK[outcome(decision).ruling.action] == RANK[decision.would_act]:
        return None
    if demanding[0].name == "missing_part":
        return f"decided without {', '.join(missing.part for missing in decision.degraded)}{combined}"
    return f"policy {', '.join(one.name for one in demanding)}{combined}"


def _by_evidence(decision: Decision) -> str:
    evidence, combined = decision.evidence, f"combined score {figure(decision.score)}"
    relief = "; velocity may ask for no more here" if decision.relief else ""
    if not evidence:
        if decision.degraded and not decision.durable:
            return f"decided without {', '.join(missing.part for missing in decision.degraded)}"
        return combined if decision.score else "no evidence"
    top = evidence[0]
    if decision.floor is not None:
        top = _raised_by(decision)
        said = "alone" if decision.floor.name == "strongest" else "is critical"
        number = f" {figure(top.score)}" if said == "alone" else ""
        return f"{top.code}{number} {said}; {combined}{relief}"
    own = {code for code, part in decision.contributions if part}
    parts = [one for one in evidence if one.code in own]
    if len(parts) == 1 and len(decision.contributions) == 1:
        return f"{parts[0].code} {figure(parts[0].score)}{relief}"
    listed = ", ".join(f"{one.code} {figure(one.score)}" for one in parts[:3])
    return f"{combined}: {listed}{relief}" if listed else f"{combined}{relief}"


def _raised_by(decision: Decision) -> Evidence:
    """The evidence on whose account the floor raised the action; under relief not velocity, where there is other."""
    floor, evidence = decision.floor, decision.evidence
    assert floor is not None
    if floor.name == "critical":
        return next((one for one in evidence if one.severity == "CRITICAL"), evidence[0])
    rest = [one for one in evidence if one.type != "VELOCITY"] if decision.relief and floor.now == "block" else []
    return rest[0] if rest else evidence[0]


def figure(score: int) -> str:
    """A score to the nearest point; with a decimal, cut off, where rounding would put it over a border."""
    rounded = (2 * score + UNIT) // (2 * UNIT)
    if any(rounded == border and score < border * UNIT for border in BORDERS):
        return f"{score * 10 // UNIT / 10:.1f}"
    return str(rounded)


def analysis(decision: Decision, turn: Counterfactual | None) -> str:
    """A plain paragraph on the decision, from its evidence by templates."""
    kind = str(decision.event.__struct_config__.tag)
    if not decision.evidence and not decision.policies and not decision.degraded and decision.action == "allow":
        return _quiet(kind, tuple(one.code for one in decision.not_evaluable), decision.mode, decision.would_act)
    said = [f"This {_thing(kind)} was {DONE[decision.action]}."]
    if decision.action != decision.would_act:
        said.append(f"It is recorded only: enforcement would have answered {decision.would_act}.")
    if decision.evidence:
        said += _evidence(decision)
    said += [_policy(effect) for effect in decision.policies]
    if decision.floor is not None:
        floor = decision.floor
        said.append(f"The floor {floor.name} raised the action from {floor.was} to {floor.now}.")
    if decision.relief:
        said.append(f"Velocity evidence asks for verification at most here. {decision.relief}.")
    if turn is not None:
        without = _listed([plain(name) for name in turn.without])
        said.append(f"Without {without} the answer would be {turn.action}, at a score of {turn.score / UNIT:.1f}.")
    said += _unknown(tuple(one.code for one in decision.not_evaluable))
    if decision.degraded:
        parts = _listed([missing.part for missing in decision.degraded])
        said.append(f"Missing or late: {parts}; evidence from there may be absent.")
    return " ".join(said)


@lru_cache(maxsize=512)
def _quiet(kind: str, unknown: tuple[str, ...], mode: str, would_act: str) -> str:
    if mode == "disabled":
        return f"This {_thing(kind)} was allowed without being looked at: detection is switched off."
    said = f"Nothing speaks against this {_thing(kind)}; it was allowed."
    if would_act != "allow":
        said += f" It is recorded only: enforcement would have answered {would_act}."
    return " ".join((said, *_unknown(unknown)))


def _evidence(decision: Decision) -> list[str]:
    top, rest = decision.evidence[0], decision.evidence[1:]
    name = plain(top.code)
    loudest = f"with {top.score / UNIT:.1f} of 100 ({top.severity.lower()}): {top.message}."
    said = [f"{name[0].upper()}{name[1:]} speaks loudest, {loudest}"]
    if rest:
        said.append(f"Also seen: {_listed([f'{plain(one.code)} ({one.score / UNIT:.1f})' for one in rest])}.")
    together = "Together the evidence scores" if rest else "The score is"
    said.append(f"{together} {decision.score / UNIT:.1f} of 100 ({decision.level.lower()}).")
    return said


def _policy(effect: PolicyEffect) -> str:
    if effect.mode in ("list", "override"):
        return f"The {effect.name.replace(':', ' for the ')} says {effect.action}."
    if effect.name == "missing_part":
        return f"Because a part was missing, the answer is at least {effect.action}."
    return f"The policy {effect.name} {'changes the' if effect.change else 'asks for'} {effect.effect}."


def _unknown(codes: tuple[str, ...]) -> list[str]:
    names = list(dict.fromkeys(plain(code) for code in codes))
    return [f"Not evaluable: {_listed(names)}."] if names else []


def plain(code: str) -> str:
    """A code in small letters with spaces; other names stay as they are."""
    return code.replace("_", " ").lower() if code.isupper() else code


def _thing(kind: str) -> str:
    return THINGS.get(kind, kind.replace("_", " "))


def _listed(items: list[str]) -> str:
    return " and ".join((", ".join(items[:-1]), items[-1])) if len(items) > 1 else items[0]
