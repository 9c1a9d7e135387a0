"""What the device and the place of a session say against its owner: doubts beside its behaviour. Pure.

They are weighed as the log-odds scorecard weighs a log-in from there: what is new for this user and what is known of
the address, less what is familiar. A familiar place says nothing for the owner: whoever sits at their desk has it, too.
"""

from __future__ import annotations

from watchword.behaviour.trust import Doubt
from watchword.policy.decision import Decision
from watchword.scoring.evidence import Evidence
from watchword.scoring.log_odds import LABELS, counted
from watchword.signals.signal import UNIT

PLACE, DEVICE = "UNFAMILIAR_PLACE", "UNFAMILIAR_DEVICE"
MOST = 7.0
"""How much each may say (natural log-odds), as a lane of behaviour may."""

LEAST = 0.1
_PLACES = frozenset(LABELS[name] for name in ("ip", "net24", "asn", "country"))
_DEVICES = frozenset(LABELS[name] for name in ("agent", "browser", "os", "device", "look"))
_OF_PLACES, _OF_DEVICES = frozenset({"GEOLOCATION", "NETWORK"}), frozenset({"DEVICE"})
_SAYS = {
    PLACE: "This is no place that the user is known to act from.",
    DEVICE: "This is no device that the user is known to have.",
}


def doubts_of(judged: Decision) -> tuple[Doubt, ...]:
    """The doubts that a log-in raises which the log-odds scorecard judged, but for those of its pace and its account.

    What is familiar of the one makes up for what is strange of the other, and so does a long history: of somebody who
    logs in every day a new address is nothing special.
    """
    worth = counted(judged.evidence, judged.logits)
    place = _sum(worth, judged.evidence, _PLACES, _OF_PLACES)
    device = _sum(worth, judged.evidence, _DEVICES, _OF_DEVICES)
    both = place + device + worth.get(LABELS["history"], 0) / UNIT
    shares = ((PLACE, min(place, both), _OF_PLACES), (DEVICE, min(device, both), _OF_DEVICES))
    return tuple([_doubt(code, llr, judged.evidence, types) for code, llr, types in shares if llr >= LEAST])


def _sum(worth: dict[str, int], evidence: tuple[Evidence, ...], names: frozenset[str], types: frozenset[str]) -> float:
    codes = names | {one.code for one in evidence if one.type in types}
    return sum(value for name, value in worth.items() if name in codes) / UNIT


def _doubt(code: str, llr: float, evidence: tuple[Evidence, ...], types: frozenset[str]) -> Doubt:
    told = [one for one in evidence if one.type in types]
    loudest = max(told, key=lambda one: one.score, default=None)
    return Doubt(code, loudest.message if loudest else _SAYS[code], -min(MOST, llr), {"llr": round(-min(MOST, llr), 3)})
