"""Evidence to order, for tests of scoring and policy: signals that find exactly what a test says."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import count
from time import perf_counter_ns
from typing import Any

from hypothesis import strategies as st

from watchword.enrichment.facts import Facts
from watchword.events.event import Event
from watchword.events.login import Login
from watchword.events.pseudonym import Pseudonyms
from watchword.policy.assessment import Assessment, Received, prepare
from watchword.policy.decision import Decision
from watchword.policy.judge import Verdict, judge
from watchword.policy.lists import Lists
from watchword.policy.settings import EngineSettings, build_world
from watchword.policy.world import World
from watchword.scoring.evidence import SEVERITIES, Evidence
from watchword.signals.signal import UNIT, Band, Context, Finding, Outcome, Signal
from watchword.state.observed import Observed
from watchword.state.profile import Profile

TYPES = ("VELOCITY", "GEOLOCATION", "DEVICE", "BEHAVIORAL", "NETWORK", "ACCOUNT")
PSEUDONYMS = Pseudonyms(b"k" * 32)
NOW = datetime(2026, 11, 20, 0, 19, 42, tzinfo=UTC)
_ids = count()


def piece(kind: str, code: str, severity: str, points: float, message: str = "", **details: Any) -> Evidence:
    """One piece of evidence of that many points."""
    return Evidence(kind, code, severity, round(points * UNIT), UNIT, message or code.lower(), details)  # type: ignore[arg-type]


def finding(one: Evidence) -> Signal:
    """A signal that finds exactly this."""
    points = one.score / UNIT
    found = Finding(one.code, 0.0, one.confidence / UNIT, one.message, one.details)

    def detect(context: Context) -> Iterable[Outcome]:
        return (found,)

    band = Band(one.severity, points, points)
    return Signal(f"finds_{one.code.lower()}_{next(_ids)}", one.type, KINDS, {one.code: band}, detect)


KINDS = ("login", "api_call", "account_activity")


def login(**fields: Any) -> Login:
    """A log-in of ada's."""
    fields = {"id": f"event-{next(_ids)}", "user_id": "ada", "ip": "203.0.113.84", "result": "success", **fields}
    return Login(**{"occurred_at": NOW, **fields})


def assessed(event: Event | None = None, facts: Facts = Facts(), gathered_ns: int = 0) -> Assessment:
    """An event made ready."""
    received = Received(round(NOW.timestamp() * 1000), gathered_ns=gathered_ns)
    return prepare(event or login(), facts, PSEUDONYMS, received)


def world(evidence: Iterable[Evidence] = (), lists: Lists = Lists(), **settings: Any) -> World:
    """A world whose signals find this, with these settings (Python names); without rules where none are given."""
    return build_world(
        EngineSettings(**{"policies": (), **settings}), [finding(one) for one in evidence], perf_counter_ns, lists
    )


def verdict(
    evidence: Iterable[Evidence] = (), event: Event | None = None, facts: Facts = Facts(), **settings: Any
) -> Verdict:
    """The verdict on a log-in with this evidence."""
    return judged(assessed(event, facts), world(evidence, **settings))


def judged(assessment: Assessment, by: World, left_out: frozenset[str] = frozenset()) -> Verdict:
    """The verdict of a world on an event of a user who is well known."""
    return judge(assessment, Observed({}, Profile(logins=50, agreeing=10)), by, perf_counter_ns, left_out)


def decided(
    evidence: Iterable[Evidence] = (), event: Event | None = None, facts: Facts = Facts(), **settings: Any
) -> Decision:
    """The decision on a log-in with this evidence."""
    return verdict(evidence, event, facts, **settings).decision


BANDS = {"CRITICAL": (80, 95), "HIGH": (60, 90), "MEDIUM": (25, 69), "LOW": (10, 39)}


@st.composite
def pieces(draw: st.DrawFn, most: int = 8) -> list[Evidence]:
    """Any evidence there can be: scores in ten-thousandths, several of one type among it."""
    chosen = draw(
        st.lists(
            st.tuples(st.sampled_from(TYPES), st.sampled_from(SEVERITIES), st.integers(0, UNIT), st.booleans()),
            max_size=most,
        )
    )
    return [_drawn(number, *one) for number, one in enumerate(chosen)]


def _drawn(number: int, kind: str, severity: str, place: int, deviation: bool) -> Evidence:
    low, high = BANDS[severity]
    points = low + (high - low) * place / UNIT
    names = {0: "NEW_COUNTRY", 1: "NEW_PLACE"} if deviation else {}
    return piece(kind, names.get(number, f"SIGN_{number}"), severity, points)
