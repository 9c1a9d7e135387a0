"""A decision put in words and drawn as arithmetic: the sentence, the waterfall, the journey."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from watchword.events.event import Event
from watchword.web.console import words
from watchword.web.console.records import Dossier, Visitor, Wire
from watchword.web.console.titles import contribution

SEVERITY_MARK = {"LOW": "allow", "MEDIUM": "monitor", "HIGH": "verify", "CRITICAL": "block"}


class Row(Struct, frozen=True):
    """One bar of the waterfall: from where, by how much; `less` where it lowers the score."""

    name: str
    mark: str
    by: float
    start: float
    width: float
    less: bool = False
    severity: str | None = None
    score: float | None = None
    confidence: float | None = None
    message: str = ""
    sort: str = ""


class Journey(Struct, frozen=True):
    """The way from the log-in before to this one."""

    from_at: tuple[float, float]
    to_at: tuple[float, float]
    from_name: str
    to_name: str
    from_ms: int | None
    to_ms: int
    km: float
    minutes: float | None
    kmh: float | None
    from_radius: float | None = None
    to_radius: float | None = None
    decision_id: str = ""


def waterfall(decision: Wire) -> list[Row]:
    """The bars in the order in which they add up, then nothing that adds zero."""
    by_code = {item["code"]: item for item in decision.get("evidence", [])}
    rows = []
    for bar in decision.get("waterfall", []):
        found = by_code.get(bar["label"], {})
        change = bar["to"] - bar["from"]
        if abs(change) < 0.00005:
            continue
        name, sort = _named(bar["label"], change, bool(found))
        said = found.get("message") or _effect(decision, bar["label"])
        rows.append(
            Row(
                name=name,
                mark=SEVERITY_MARK.get(found.get("severity", ""), "monitor"),
                by=change,
                start=min(bar["from"], bar["to"]),
                width=abs(change),
                less=change < 0,
                severity=found.get("severity"),
                score=found.get("score"),
                confidence=found.get("confidence"),
                message=said,
                sort=sort,
            )
        )
    return rows


def _named(label: str, change: float, is_evidence: bool) -> tuple[str, str]:
    if is_evidence:
        return words.title(label), ""
    return contribution(label, change) or (label, "rule")


def _effect(decision: Wire, name: str) -> str:
    return next(
        (str(rule.get("effect") or "") for rule in decision.get("policies", []) if rule.get("name") == name), ""
    )


def supporting(decision: Wire) -> list[Wire]:
    """Evidence that adds nothing, because a stronger piece of its type does."""
    return [item for item in decision.get("evidence", []) if not item.get("contribution")]


def strongest(decision: Wire) -> Wire | None:
    """The piece of evidence with the highest score of its own."""
    return max(decision.get("evidence", []), key=lambda item: item["score"], default=None)


def subject(dossier: Dossier, visitor: Visitor) -> str:
    """What happened, to whom, from where: "A failed log-in for ines.duarte from Toronto"."""
    event, facts = dossier.event, dossier.facts
    done = "" if event.succeeded else "failed "
    noun = words.kind(dossier.decision.get("type"))
    activity = getattr(event, "activity", None)
    if activity:
        noun = activity.replace("_", " ")
    name = (event.user_id or "nobody known") if visitor.sees_persons else "a user"
    said = words.article(f"{done}{noun}").capitalize().replace("api call", "API call") + f" for {name}"
    return said + (f" from {spot}" if (spot := _spot(facts.place, visitor)) else "")


def _spot(place: Any, visitor: Visitor) -> str:
    if place is None:
        return ""
    return (place.city if visitor.sees_persons else None) or words.country(place.country)


def explanation(decision: Wire) -> list[str]:
    """Why the action is what it is, one sentence after another."""
    said: list[str] = []
    top, floor, action = strongest(decision), decision.get("floor"), decision.get("wouldAct") or decision["action"]
    deciding = [rule for rule in decision.get("policies", []) if rule.get("action")]
    if top is None and not deciding:
        said.append("Nothing speaks for fraud.")
    elif floor and top:
        said.append(
            f"The score asks for {floor['from']}. The floor “{floor['name']}” raised it to {floor['to']}, because "
            f"{words.in_prose(top['code'])} alone scores {top['score']:.1f}."
        )
    elif top:
        parts = [item for item in decision.get("evidence", []) if item.get("contribution")]
        many, verb = ("One piece", "makes") if len(parts) == 1 else (f"{words.spelled(len(parts))} pieces", "make")
        first = words.in_prose(top["code"])
        said.append(
            f"{many} of evidence, {first}{' above all' * (len(parts) > 1)}, {verb} a score of {decision['score']:.1f}."
        )
    said += [_demand(rule) for rule in deciding]
    if decision.get("relief"):
        said.append(f"Relief: {decision['relief']}.")
    if decision.get("mode") == "monitor" and decision["action"] != action:
        said.append(f"Only recorded: in monitor mode the caller was told {decision['action']}.")
    if decision.get("mode") == "disabled":
        said.append("Detection is switched off: the caller was told allow.")
    return said


def _demand(rule: Wire) -> str:
    kind, _, what = rule["name"].partition(":")
    if rule["mode"] == "override":
        return f"An override for this {what.replace('_', ' ')} says {rule['action']}, and decides alone."
    if rule["mode"] == "list":
        return f"The {kind} names this {'address' if what == 'ip' else what.replace('_', ' ')}: {rule['action']}."
    return f"The rule {rule['name']} asks for {rule['action']}."


def journey(dossier: Dossier) -> Journey | None:
    """The travel that the evidence speaks of, where both ends are still known."""
    place, before = dossier.facts.place, dossier.before
    found = next((item for item in dossier.decision.get("evidence", []) if item["code"] == "IMPOSSIBLE_TRAVEL"), None)
    if found is None or place is None or before is None:
        return None
    details = found.get("details") or {}
    return Journey(
        from_at=(before.lng, before.lat),
        to_at=(place.lng, place.lat),
        from_name=words.place(before.city, before.country),
        to_name=words.place(place.city, place.country),
        from_ms=before.at_ms,
        to_ms=dossier.event.occurred_ms,
        km=float(details.get("distanceKm", 0)),
        minutes=details.get("minutes"),
        kmh=details.get("speedKmh"),
        from_radius=before.radius_km,
        to_radius=place.radius_km,
        decision_id=before.decision_id,
    )


def network_words(dossier: Dossier) -> str:
    """AS64502, residential"""
    network = dossier.facts.network
    kind = network.special or (
        "" if network.asn and network.kind == "access" else words.NETWORKS.get(network.kind, network.kind)
    )
    parts = [f"AS{network.asn}" if network.asn else "", kind]
    return ", ".join(part for part in parts if part)


def agent_words(dossier: Dossier) -> str:
    """Chrome 141 on Linux"""
    agent = dossier.facts.agent
    browser = " ".join(str(part) for part in (agent.browser, agent.browser_version) if part)
    said = f"{browser} on {agent.os}" if browser and agent.os else browser or agent.os or agent.automation or ""
    return said or "not told"


def event_words(event: Event, type_: str) -> str:
    """login, password, success"""
    parts = [
        words.kind(type_),
        getattr(event, "activity", None),
        getattr(event, "method", None),
        getattr(event, "result", None),
    ]
    return ", ".join(str(part).replace("_", " ") for part in parts if part)
