"""How the engine judges: every live setting of scoring and policy, its default and its bounds."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from watchword.errors import ConfigurationError
from watchword.policy.breaker import Rest
from watchword.policy.decision import FloorName, Terms
from watchword.policy.lists import Lists
from watchword.policy.pace import MS, Budget, Ticks
from watchword.policy.rule import Policy
from watchword.policy.rulebook import compile_rules
from watchword.policy.session_settings import SessionSettings
from watchword.policy.shipped import SHIPPED
from watchword.policy.world import Scheme, Scorecard, Tell, World
from watchword.scoring import log_odds
from watchword.scoring.scorecard import weighted_average
from watchword.signals.limits import Limits, VelocityThresholds
from watchword.signals.signal import UNIT, Signal
from watchword.state.stepup import Rules

ScorecardName = Literal["weighted_average", "log_odds"]
Points = Annotated[float, Meta(ge=0, le=100)]
Country = Annotated[str, Meta(pattern="^[A-Z]{2}$")]
Locale = Annotated[str, Meta(pattern="^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]

SCORECARDS: dict[ScorecardName, Scorecard] = {
    "weighted_average": lambda found, _context: weighted_average(found),
    "log_odds": log_odds.scorecard(),
}

WIRE = {"frozen": True, "kw_only": True, "rename": "camel", "forbid_unknown_fields": True}


class Variant(Struct, **WIRE, omit_defaults=True):
    """Thresholds or a whole policy under test: judged beside the live one and recorded in `shadow`, never acted on.

    What is absent is as in the live settings.
    """

    name: Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,63}$")]
    monitor_threshold: Points | None = None
    verification_threshold: Points | None = None
    auto_block_threshold: Points | None = None
    floor: FloorName | None = None
    scorecard: ScorecardName | None = None
    policies: tuple[Policy, ...] | None = None


class Wording(Struct, **WIRE, omit_defaults=True):
    """The texts of one message in one language; what is absent is as shipped."""

    title: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    text: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None
    alternatives: Annotated[tuple[str, ...], Meta(max_length=8)] | None = None


class Wordings(Struct, **WIRE, omit_defaults=True):
    """The messages of one language: for who must verify, and for who is blocked."""

    verify: Wording = Wording()
    block: Wording = Wording()


class EngineSettings(Struct, **WIRE):
    """How the engine judges. Live: a change applies to the next event.

    Raises ConfigurationError where thresholds are not ascending, or two variants have one name.
    """

    enabled: Annotated[
        bool, Meta(description="Off: every answer is allow, marked disabled; no session is asked or blocked.")
    ] = True
    mode: Annotated[
        Literal["enforce", "monitor"],
        Meta(description="monitor: decide and record, but answer allow, and ask or block no session."),
    ] = "enforce"
    rollout_share: Annotated[
        float, Meta(ge=0, le=1, description="Share of users, by a stable hash, for whom decisions are enforced.")
    ] = 1.0
    monitor_threshold: Annotated[Points, Meta(description="Score from which an event is monitored.")] = 30.0
    verification_threshold: Annotated[Points, Meta(description="Score from which the user must verify.")] = 60.0
    auto_block_threshold: Annotated[Points, Meta(description="Score from which an event is blocked.")] = 80.0
    floor: Annotated[
        FloorName,
        Meta(description="The mildest action: that of the strongest single evidence, verify for critical, or none."),
    ] = "strongest"
    scorecard: Annotated[
        ScorecardName, Meta(description="How evidence becomes a score: the weighted average, or additive log-odds.")
    ] = "weighted_average"
    velocity_thresholds: VelocityThresholds = VelocityThresholds()
    geo_anomaly_threshold: Annotated[
        float, Meta(ge=0, le=20_037, description="Kilometres under which a distance never counts.")
    ] = 500.0
    high_risk_countries: Annotated[
        tuple[Country, ...], Meta(max_length=250, description="Countries (ISO 3166) that are evidence by themselves.")
    ] = ()
    device_fingerprint_enabled: Annotated[bool, Meta(description="Off: no device is collected, and none speaks.")] = (
        True
    )
    behavioral_analysis_enabled: Annotated[
        bool, Meta(description="Off: no behaviour is collected, and none speaks.")
    ] = True
    ml_model_enabled: Annotated[bool, Meta(description="Whether the log-in model's probability is blended in.")] = False
    retention_days: Annotated[int, Meta(ge=1, le=3650, description="Days for which events and decisions are kept.")] = (
        90
    )
    log_all_events: Annotated[bool, Meta(description="Whether allowed events are logged too.")] = False
    debug_mode: Annotated[
        bool, Meta(description="Whether decisions carry the state that was read and the time of every signal.")
    ] = False
    missing_part: Annotated[
        Literal["allow", "verify"], Meta(description="What is answered at least where a part of the engine is missing.")
    ] = "allow"
    budget_ms: Annotated[float, Meta(gt=0, le=10_000, description="Time for gathering and judging together.")] = 50.0
    part_share_ms: Annotated[
        float, Meta(gt=0, le=10_000, description="Time for any one part; more is late, and named.")
    ] = 10.0
    part_strikes: Annotated[
        int, Meta(ge=1, le=100, description="How often within a minute a part may be late before it is left out.")
    ] = 3
    part_rest_s: Annotated[float, Meta(gt=0, le=3600, description="For how long a late part is left out.")] = 30.0
    step_up: Rules = Rules()
    sessions: SessionSettings = SessionSettings()
    support_contact: Annotated[
        Annotated[str, Meta(max_length=256)] | None,
        Meta(description="Where somebody who was stopped finds help: address or telephone."),
    ] = None
    messages: Annotated[
        dict[Locale, Wordings], Meta(description="Own texts, by language, for people who must verify or are blocked.")
    ] = {}
    policies: Annotated[tuple[Policy, ...], Meta(max_length=200, description="The rules; replaced as a whole.")] = (
        SHIPPED
    )
    variants: Annotated[
        tuple[Variant, ...], Meta(max_length=4, description="Thresholds or policies under test, judged in shadow.")
    ] = ()

    def __post_init__(self) -> None:
        _terms(self, None)
        names = [variant.name for variant in self.variants]
        if len(set(names)) < len(names):
            raise ConfigurationError("two variants have one name", "variants")
        for variant in self.variants:
            _terms(self, variant)

    @property
    def limits(self) -> Limits:
        """What signals compare with."""
        return Limits(
            velocity=self.velocity_thresholds,
            geo_anomaly_km=self.geo_anomaly_threshold,
            high_risk_countries=frozenset(self.high_risk_countries),
            device_fingerprinting=self.device_fingerprint_enabled,
            behavioral_analysis=self.behavioral_analysis_enabled,
        )

    @property
    def sessions_in_force(self) -> SessionSettings:
        """How sessions are judged now: where events are not acted on, neither are they."""
        enforced = self.enabled and self.mode == "enforce" and self.sessions.enforced
        return msgspec.structs.replace(self.sessions, enforced=enforced)

    @property
    def rest(self) -> Rest:
        """When a late part is left out."""
        return Rest(self.part_strikes, rest_ms=round(1000 * self.part_rest_s))


def build_world(
    settings: EngineSettings,
    signals: Sequence[Signal],
    ticks: Ticks,
    lists: Lists = Lists(),
    tell: Tell = lambda _action, _locale: None,
    version: str | None = None,
) -> World:
    """The world of these settings. `version` names the policy in decisions; a digest of the settings where it is None.

    `ticks` is a monotonic clock in nanoseconds, with which rules are timed before they may run. Raises
    ConfigurationError for a rule that is wrong, with line and column.
    """
    limits = settings.limits
    rulebook = compile_rules(settings.policies, ticks)
    live = Scheme("live", _terms(settings, None), SCORECARDS[settings.scorecard], rulebook)
    return World(
        signals=tuple(one for one in signals if one.setting is None or getattr(limits, one.setting)),
        limits=limits,
        scheme=live,
        variants=tuple(_scheme(settings, variant, live, ticks) for variant in settings.variants),
        lists=lists,
        mode=settings.mode,
        rollout_share=settings.rollout_share,
        enabled=settings.enabled,
        missing=settings.missing_part,
        budget=Budget(round(MS * settings.budget_ms), round(MS * settings.part_share_ms)),
        rest=settings.rest,
        model_wanted=settings.ml_model_enabled,
        tell=tell,
        debug=settings.debug_mode,
        versions=_versions(settings, version),
    )


def _scheme(settings: EngineSettings, variant: Variant, live: Scheme, ticks: Ticks) -> Scheme:
    terms = _terms(settings, variant)
    rulebook = live.rulebook if variant.policies is None else compile_rules(variant.policies, ticks)
    return Scheme(variant.name, terms, SCORECARDS[variant.scorecard or settings.scorecard], rulebook)


def _terms(settings: EngineSettings, variant: Variant | None) -> Terms:
    """The terms, the variant's where it names any. Raises ConfigurationError for thresholds out of order."""

    def chosen(name: str) -> Any:
        own = getattr(variant, name) if variant is not None else None
        return getattr(settings, name) if own is None else own

    names = ("monitor_threshold", "verification_threshold", "auto_block_threshold")
    points = [chosen(name) for name in names]
    for lower, upper, name in zip(points, points[1:], ("verificationThreshold", "autoBlockThreshold"), strict=False):
        if lower >= upper:
            where = f"variants.{variant.name}.{name}" if variant is not None else name
            order = "monitorThreshold < verificationThreshold < autoBlockThreshold"
            raise ConfigurationError(f"{where}: {upper:g} is not over {lower:g}; {order}.", where)
    monitor, verify, block = (round(UNIT * value) for value in points)
    return Terms(monitor, verify, block, chosen("floor"), chosen("scorecard"))


def _versions(settings: EngineSettings, version: str | None) -> dict[str, Any]:
    digest = blake2b(msgspec.json.encode(settings, order="deterministic"), digest_size=6).hexdigest()
    scorecard = f"log_odds-{log_odds.SHIPPED.version}" if settings.scorecard == "log_odds" else settings.scorecard
    return {"policy": version or digest, "scorecard": scorecard, "model": None}
