"""The numbers that settings may change in signals; every default is the contract's."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

MOST = 1_000
"""Windows hold 1,024 entries, so a threshold above this could never be passed."""


class VelocityThresholds(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Rates that are still normal; more than these is evidence."""

    max_logins_per_minute: Annotated[
        int,
        Meta(ge=1, le=MOST, description="Log-in attempts in a minute, for one user or from one address."),
    ] = 5
    max_logins_per_hour: Annotated[
        int,
        Meta(ge=1, le=MOST, description="Log-in attempts in an hour from one address."),
    ] = 30
    max_failed_attempts_per_hour: Annotated[
        int,
        Meta(ge=1, le=MOST, description="Failed log-ins in an hour, for one user or from one address."),
    ] = 10
    max_api_calls_per_minute: Annotated[
        int,
        Meta(ge=1, le=MOST, description="API calls in a minute by one user, or from an address without one."),
    ] = 100


class Limits(Struct, frozen=True):
    """What signals compare with. `geo_anomaly_km`: distances under it never count."""

    velocity: VelocityThresholds = VelocityThresholds()
    geo_anomaly_km: float = 500.0
    high_risk_countries: frozenset[str] = frozenset()
    device_fingerprinting: bool = True
    behavioral_analysis: bool = True
