"""Settings: the contract's names, errors that name the variable, secrets that stay secret."""

from __future__ import annotations

import pytest

from watchword.config import CONTRACT_NAMES, Service, catalogue, check_bind, load
from watchword.errors import ConfigurationError


def test_defaults_are_the_contracts() -> None:
    settings = load({})
    engine = settings.engine
    assert (engine.monitor_threshold, engine.verification_threshold, engine.auto_block_threshold) == (30, 60, 80)
    assert (engine.enabled, engine.mode, engine.floor, engine.scorecard) == (
        True,
        "enforce",
        "strongest",
        "weighted_average",
    )
    assert (engine.geo_anomaly_threshold, engine.retention_days, engine.ml_model_enabled) == (500, 90, False)
    rates = engine.velocity_thresholds
    assert (rates.max_logins_per_minute, rates.max_logins_per_hour) == (5, 30)
    assert (rates.max_failed_attempts_per_hour, rates.max_api_calls_per_minute) == (10, 100)
    assert (settings.service.host, settings.service.port, settings.service.data_dir) == (
        "127.0.0.1",
        8000,
        "watchword-data",
    )


def test_every_setting_can_be_read_back_from_its_variable() -> None:
    for one in catalogue():
        assert load({one.variable: str(one.default)} if one.default is not None else {})


def test_contract_names_reach_their_settings() -> None:
    settings = load({"FRAUD_AUTO_BLOCK_THRESHOLD": "85.5", "FRAUD_VELOCITY_MAX_LOGINS_PER_HOUR": "40",
                     "FRAUD_DETECTION_ENABLED": "false", "PATH": "/bin"})  # fmt: skip
    assert settings.engine.auto_block_threshold == 85.5
    assert settings.engine.velocity_thresholds.max_logins_per_hour == 40
    assert settings.engine.enabled is False
    assert set(settings.origins) == {
        "FRAUD_AUTO_BLOCK_THRESHOLD", "FRAUD_VELOCITY_MAX_LOGINS_PER_HOUR", "FRAUD_DETECTION_ENABLED"}  # fmt: skip


def test_variables_are_unique() -> None:
    names = [one.variable for one in catalogue()]
    assert len(names) == len(set(names))
    assert set(CONTRACT_NAMES) <= set(names)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("FRAUD_AUTO_BLOCK_TRESHOLD", "80"),
        ("WATCHWORD_PORTT", "80"),
        ("WATCHWORD_PORT", "eighty"),
        ("WATCHWORD_PORT", "70000"),
        ("WATCHWORD_STORE", "paper"),
        ("FRAUD_RETENTION_DAYS", "0"),
        ("WATCHWORD_MODE", "angry"),
    ],
)
def test_what_is_wrong_is_named(variable: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=variable):
        load({variable: value})


def test_a_near_miss_is_suggested() -> None:
    with pytest.raises(ConfigurationError, match="Did you mean FRAUD_AUTO_BLOCK_THRESHOLD"):
        load({"FRAUD_AUTO_BLOCK_TRESHOLD": "80"})


def test_thresholds_out_of_order_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="verificationThreshold"):
        load({"FRAUD_VERIFICATION_THRESHOLD": "90"})


def test_secrets_are_never_shown() -> None:
    service = Service(deployment_key="hunter2-hunter2")
    assert "hunter2" not in repr(service)
    assert "hunter2" not in str(service)


@pytest.mark.parametrize(
    ("host", "proxies"), [("0.0.0.0", "none"), ("::", "10.0.0.0/8"), ("localhost", None), ("::1", None)]
)
def test_a_decided_bind_is_taken(host: str, proxies: str | None) -> None:
    check_bind(Service(host=host, trusted_proxies=proxies))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_a_public_bind_without_a_decision_is_refused(host: str) -> None:
    with pytest.raises(ConfigurationError, match="WATCHWORD_TRUSTED_PROXIES"):
        check_bind(Service(host=host))
