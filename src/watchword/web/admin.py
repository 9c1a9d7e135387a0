"""The admin API: assessments without effect, statistics, live settings, reference and health, in one envelope."""

from __future__ import annotations

import secrets
from collections import Counter
from datetime import datetime
from typing import Annotated, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from watchword.errors import InvalidInput
from watchword.events.event import (
    DeviceFingerprint,
    Geolocation,
    Identifiers,
    LongText,
    Moment,
    Record,
    Text,
    UserFacts,
)  # fmt: skip
from watchword.events.login import Login
from watchword.policy.decision import ACTIONS, Decision
from watchword.policy.explanation import WireDecision
from watchword.web.endpoint import Call, Reply, endpoint
from watchword.web.events import check_claims
from watchword.web.reference import Reference, reference
from watchword.web.wire import shown

T = TypeVar("T")
BASE = "/api/admin/fraud"
MAX_SCENARIOS = 200
TOP_TYPES = 6


class Envelope(Struct, Generic[T], frozen=True, kw_only=True):
    """What every answer of the admin API looks like."""

    success: Literal[True] = True
    data: T


class Device(Record, kw_only=True):
    """What is known of the client in a trial."""

    hash: Text | None = None
    user_agent: LongText | None = None
    screen_resolution: Text | None = None
    timezone: Text | None = None
    language: Text | None = None
    platform: Text | None = None
    webdriver: bool | None = None


class Where(Record, kw_only=True):
    """What was called."""

    endpoint: LongText | None = None


class Trial(Record, kw_only=True):
    """A log-in that did not happen, to be judged as if it did. Everything but `ip` and `userId` may be left out."""

    ip: Annotated[str, Meta(min_length=2, max_length=45)]
    user_id: Text
    device_fingerprint: Device | None = None
    metadata: Where | None = None
    result: Literal["success", "failure"] = "success"
    occurred_at: Moment | None = None
    user_agent: LongText | None = None
    session_id: Text | None = None
    geolocation: Geolocation | None = None
    user: UserFacts | None = None
    identifiers: Identifiers | None = None


class Scenario(Trial, kw_only=True):
    """A trial with a name."""

    name: Text


class Bulk(Record, kw_only=True):
    """Several trials, each judged as if none of the others was."""

    scenarios: Annotated[list[Scenario], Meta(min_length=1, max_length=MAX_SCENARIOS)]


class Outcome(Struct, frozen=True):
    """What a scenario led to."""

    name: str
    decision: WireDecision


class Summary(Struct, frozen=True, rename="camel"):
    """All scenarios at a glance."""

    total: int
    actions: dict[str, int]
    average_fraud_score: float
    strictest: str


class BulkAnswer(Struct, frozen=True):
    """A decision per name, and a summary."""

    results: list[Outcome]
    summary: Summary


class Span(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From when to when events occurred; everything kept where left out."""

    since: Moment | None = msgspec.field(name="from", default=None)
    until: Moment | None = msgspec.field(name="to", default=None)


class TypeCount(Struct, frozen=True):
    """How many pieces of evidence were of a type."""

    type: str
    count: int


class StatisticsOut(Struct, frozen=True, rename="camel"):
    """Sums over decisions. `blockRate` in percent."""

    total_events: int
    blocked_events: int
    block_rate: float
    average_fraud_score: float
    top_signal_types: list[TypeCount]


@endpoint(
    "POST", BASE + "/test-analysis", takes=Trial, gives=Envelope[WireDecision], problems=(410, 422, 503),
    example={
        "ip": "192.0.2.10", "userId": "ada", "deviceFingerprint": {"userAgent": "curl/8.5", "timezone": "Europe/Paris"},
        "metadata": {"endpoint": "/login"},
    },
)  # fmt: skip
async def analyse(call: Call) -> Reply:
    """Judges a log-in without any effect: nothing is recorded, counted or learnt."""
    await call.service.ledger.note(call.who.actor, "analysis.test", f"user:{call.body.user_id}", {})
    decision = await _try(call, call.body)
    return Reply(b'{"success":true,"data":' + shown(call, decision) + b"}")


@endpoint(
    "POST", BASE + "/bulk-analysis", takes=Bulk, gives=Envelope[BulkAnswer], problems=(410, 422, 503),
    max_bytes=1_000_000,    example={"scenarios": [{"name": "from home", "ip": "192.0.2.10", "userId": "ada"}]},
)  # fmt: skip
async def analyse_scenarios(call: Call) -> Reply:
    """Judges named scenarios without any effect, each by itself."""
    scenarios: list[Scenario] = call.body.scenarios
    repeated = [name for name, count in Counter(one.name for one in scenarios).items() if count > 1]
    if repeated:
        raise InvalidInput(f"Two scenarios are named {repeated[0]!r}.", "scenarios")
    await call.service.ledger.note(call.who.actor, "analysis.bulk", "", {"scenarios": len(scenarios)})
    decisions = [await _try(call, one) for one in scenarios]
    results = b",".join(
        b'{"name":' + msgspec.json.encode(one.name) + b',"decision":' + shown(call, decision) + b"}"
        for one, decision in zip(scenarios, decisions, strict=True)
    )
    summary = msgspec.json.encode(_summary(decisions))
    return Reply(b'{"success":true,"data":{"results":[' + results + b'],"summary":' + summary + b"}}")


@endpoint("GET", BASE + "/statistics", query=Span, gives=Envelope[StatisticsOut], problems=(503,))
async def read_statistics(call: Call) -> Envelope[StatisticsOut]:
    """How many events there were and how many were blocked, by occurredAt in `[from, to)`; by default all kept."""
    tally = await call.service.statistics.tally(_ms(call.query.since), _ms(call.query.until))
    rate = 100 * tally.blocked / max(tally.total, 1)
    average = tally.score_sum / max(tally.total, 1) / 10_000
    families = {code: one.family for one in call.service.engine.world.signals for code in one.bands}
    types: Counter[str] = Counter()
    for code, count in tally.codes.items():
        types[families.get(code, "OTHER")] += count
    top = [TypeCount(name, count) for name, count in types.most_common(TOP_TYPES)]
    return Envelope(data=StatisticsOut(tally.total, tally.blocked, round(rate, 4), round(average, 4), top))


@endpoint("GET", BASE + "/signals-reference", gives=Envelope[Reference])
async def read_reference(call: Call) -> Envelope[Reference]:
    """Every signal: what it sees, the evidence it may give with severity and scores, and what it compares with."""
    return Envelope(data=reference(call.service.engine.world))


@endpoint("DELETE", BASE + "/user-profile/{userId}", status=204, problems=(503,))
async def clear_user_profile(call: Call) -> None:
    """Forgets a user's profile; also where there is none."""
    await call.service.ledger.note(call.who.actor, "profile.clear", f"user:{call.path['userId']}", {})
    await call.service.people.change_profile(call.path["userId"], lambda _profile: None)


async def _try(call: Call, trial: Trial) -> Decision:
    event = as_login(trial, call.service.engine.clock())
    check_claims(event, call.who)
    return await call.service.engine.preview(event, "analysis")


def as_login(trial: Trial, now: datetime) -> Login:
    """The log-in that a trial describes."""
    device = trial.device_fingerprint or Device()
    known = {name: getattr(device, name) for name in device.__struct_fields__ if name != "hash"}
    return Login(
        id=f"trial-{secrets.token_hex(12)}",
        occurred_at=trial.occurred_at or now,
        user_id=trial.user_id,
        ip=trial.ip,
        result=trial.result,
        user_agent=trial.user_agent or device.user_agent,
        device_fingerprint=DeviceFingerprint(hash=device.hash, **known) if device.hash else None,
        endpoint=trial.metadata.endpoint if trial.metadata else None,
        session_id=trial.session_id,
        geolocation=trial.geolocation,
        user=trial.user,
        identifiers=trial.identifiers,
    )


def _summary(decisions: list[Decision]) -> Summary:
    actions = dict.fromkeys(ACTIONS, 0) | Counter(decision.would_act for decision in decisions)
    average = sum(decision.score for decision in decisions) / len(decisions) / 10_000
    strictest = max((decision.would_act for decision in decisions), key=ACTIONS.index)
    return Summary(len(decisions), {str(name): count for name, count in actions.items()}, round(average, 4), strictest)


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)
