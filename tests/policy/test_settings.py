"""Live settings: defaults of the contract, bounds, and the world that is made of them."""

from __future__ import annotations

from time import perf_counter_ns
from typing import Any

import msgspec
import pytest
from tests.bench_of_evidence import decided, piece

from watchword.bootstrap import all_signals
from watchword.errors import ConfigurationError
from watchword.policy.pace import MS
from watchword.policy.rule import Policy
from watchword.policy.settings import EngineSettings, Variant, build_world
from watchword.policy.shipped import SHIPPED

CONTRACT: dict[str, Any] = {
    "enabled": True, "geoAnomalyThreshold": 500.0, "deviceFingerprintEnabled": True, "behavioralAnalysisEnabled": True,
    "mlModelEnabled": False, "autoBlockThreshold": 80.0, "verificationThreshold": 60.0, "monitorThreshold": 30.0,
    "floor": "strongest", "scorecard": "weighted_average", "mode": "enforce", "retentionDays": 90,
    "logAllEvents": False,
    "debugMode": False, "rolloutShare": 1.0, "budgetMs": 50.0,
    "velocityThresholds": {
        "maxLoginsPerMinute": 5, "maxLoginsPerHour": 30, "maxFailedAttemptsPerHour": 10, "maxApiCallsPerMinute": 100,
    },
}  # fmt: skip


def test_names_and_defaults_are_the_contracts() -> None:
    document = msgspec.to_builtins(EngineSettings())
    assert {name: document[name] for name in CONTRACT} == CONTRACT
    assert [policy["name"] for policy in document["policies"]] == [policy.name for policy in SHIPPED]


def test_settings_travel_and_come_back() -> None:
    settings = EngineSettings(
        floor="critical",
        high_risk_countries=("KP",),
        policies=(Policy(name="r", sentence="s", when="vpn", change=5.0, mode="shadow"),),
        variants=(Variant(name="b", auto_block_threshold=70.0),),
    )
    assert msgspec.json.decode(msgspec.json.encode(settings), type=EngineSettings) == settings


DISORDER = [
    ({"monitor_threshold": 60.0}, "verificationThreshold"),
    ({"verification_threshold": 80.0}, "autoBlockThreshold"),
    ({"auto_block_threshold": 10.0}, "autoBlockThreshold"),
    ({"variants": (Variant(name="b", monitor_threshold=70.0),)}, "variants.b.verificationThreshold"),
    ({"variants": (Variant(name="b"), Variant(name="b"))}, "variants"),
]


@pytest.mark.parametrize(("changes", "field"), DISORDER)
def test_another_order_is_refused_naming_the_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        EngineSettings(**changes)
    assert refused.value.field == field
    assert field in str(refused.value)


WRONG = [
    {"rolloutShare": 1.1}, {"autoBlockThreshold": 101}, {"floor": "weakest"}, {"mode": "off"}, {"retentionDays": 0},
    {"velocityThresholds": {"maxLoginsPerMinut": 5}}, {"unknown": 1}, {"highRiskCountries": ["Korea"]}, {"budgetMs": 0},
    {"policies": [{"name": "Bad Name", "sentence": "s", "when": "vpn", "action": "block"}]},
    {"policies": [{"name": "r", "sentence": "", "when": "vpn", "action": "block"}]},
    {"policies": [{"name": "r", "sentence": "s", "when": "vpn", "action": "stop"}]},
    {"policies": [{"name": "r", "sentence": "s", "when": "vpn", "change": 101}]},
    {"messages": {"english": {}}}, {"messages": {"en": {"allow": {}}}},
]  # fmt: skip


@pytest.mark.parametrize("document", WRONG, ids=repr)
def test_wrong_values_and_unknown_names_are_refused(document: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(document, EngineSettings)


def test_a_world_is_made_of_them() -> None:
    settings = EngineSettings(
        monitor_threshold=20.0, verification_threshold=50.5, floor="none", rollout_share=0.25, budget_ms=20.0,
        part_share_ms=2.5, part_rest_s=5.0, high_risk_countries=("KP",), missing_part="verify", debug_mode=True,
    )  # fmt: skip
    world = build_world(settings, all_signals(), perf_counter_ns, version="v7")
    terms = world.scheme.terms
    assert (terms.monitor, terms.verify, terms.block, terms.floor) == (200_000, 505_000, 800_000, "none")
    assert (world.budget.whole_ns, world.budget.share_ns, world.rest.rest_ms) == (20 * MS, 2.5 * MS, 5_000)
    assert (world.rollout_share, world.missing, world.debug) == (0.25, "verify", True)
    assert world.limits.high_risk_countries == {"KP"}
    assert world.versions == {"policy": "v7", "scorecard": "weighted_average", "model": None}


def test_without_a_version_the_policy_is_named_by_what_it_says() -> None:
    versions = {
        build_world(settings, (), perf_counter_ns).versions["policy"]
        for settings in (EngineSettings(), EngineSettings(), EngineSettings(floor="none"))
    }
    assert len(versions) == 2


@pytest.mark.parametrize("setting", ["device_fingerprint_enabled", "behavioral_analysis_enabled"])
def test_a_family_that_is_off_has_no_signals(setting: str) -> None:
    limit = {
        "device_fingerprint_enabled": "device_fingerprinting",
        "behavioral_analysis_enabled": "behavioral_analysis",
    }
    everything = build_world(EngineSettings(), all_signals(), perf_counter_ns).signals
    less = build_world(EngineSettings(**{setting: False}), all_signals(), perf_counter_ns).signals
    assert {one.setting for one in everything} - {one.setting for one in less} == {limit[setting]}
    assert len(less) < len(everything)


def test_a_bad_rule_keeps_the_world_from_being_made() -> None:
    settings = EngineSettings(policies=(Policy(name="r", sentence="s", when="vpn &&\n nope", action="block"),))
    with pytest.raises(ConfigurationError, match="r, line 2, column 2"):
        build_world(settings, (), perf_counter_ns)


def test_thresholds_move_actions_and_not_levels() -> None:
    found = [piece("DEVICE", "SIGN", "LOW", 35)]
    assert (decided(found).action, decided(found).level) == ("monitor", "MEDIUM")
    strict = decided(found, monitor_threshold=10.0, verification_threshold=20.0, auto_block_threshold=35.0)
    assert (strict.action, strict.level) == ("block", "MEDIUM")
