"""The numbers that settings may change in signals; every default is the contract's."""

from __future__ import annotations

from msgspec import Struct


class VelocityThresholds(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Rates that are still normal; more than these is evidence."""

    max_logins_per_minute: int = 5
    max_logins_per_hour: int = 30
    max_failed_attempts_per_hour: int = 10
    max_api_calls_per_minute: int = 100


class Limits(Struct, frozen=True):
    """What signals compare with. `geo_anomaly_km`: distances under it never count."""

    velocity: VelocityThresholds = VelocityThresholds()
    geo_anomaly_km: float = 500.0
    high_risk_countries: frozenset[str] = frozenset()
    device_fingerprinting: bool = True
    behavioral_analysis: bool = True
