"""What the client claims of its place, against what its address says."""

from __future__ import annotations

from collections.abc import Iterable

from watchword.enrichment.countries import offset_min
from watchword.enrichment.facts import Place
from watchword.events.event import DeviceFingerprint, Geolocation
from watchword.signals.signal import Band, Context, Finding, NotEvaluable, Outcome, ramp, signal
from watchword.signals.whereabouts import SURE, place_of, why_no_place
from watchword.state.geometry import distance_km

SATURATED_KM = 5000.0
OFF_CLOCK_MIN = 210
"""No zone keeps a time further than this from the sun's (western China and Spain in summer come near)."""

HALF_A_DAY_MIN = 720


@signal(
    "GEOLOCATION", {"CLAIMED_PLACE_MISMATCH": Band("LOW", 10, 29)}, kinds=("login", "account_activity"), trait="claim"
)
def claimed_place(context: Context) -> Iterable[Outcome]:
    """The client says that it is somewhere else than its address, or than its own clock.

    Fraud: a forged position, to seem at the victim's home. Innocent: a phone that roams through its home carrier, a
    company's gateway, an old position. The client may claim what it likes, so agreement clears nothing and a mismatch
    is low. Counted from 500 km (the setting `geoAnomalyThreshold`) beyond the radius of the address's place; saturates
    at 5,000 km. The browser's time zone may be 3.5 hours from the claimed place's sun; saturates at twelve. A carrier's
    address says the country only. A place that the calling service vouches for is no claim.
    """
    claim = context.event.geolocation
    if claim is None or claim.trusted:
        return ()
    place = place_of(context)
    away = distance_km(claim, place) - place.radius_km if place else 0.0
    if place and away > context.limits.geo_anomaly_km:
        return (_off_place(away, context.limits.geo_anomaly_km, place),)
    off_min = _off_clock_min(context, claim)
    if off_min > OFF_CLOCK_MIN:
        return (_off_clock(off_min),)
    return () if place else (NotEvaluable("CLAIMED_PLACE_MISMATCH", why_no_place(context)),)


def _off_clock_min(context: Context, claim: Geolocation) -> float:
    """Minutes between the browser's time zone and the sun at the claimed place; 0 where there is no time zone."""
    device = context.event.device_fingerprint
    zone = device.timezone if isinstance(device, DeviceFingerprint) else None
    offset = offset_min(zone, context.at_ms) if zone and zone.upper() not in ("UTC", "GMT", "ETC/UTC") else None
    if offset is None:
        return 0.0
    apart = abs(offset - 4 * claim.lng) % (2 * HALF_A_DAY_MIN)
    return min(apart, 2 * HALF_A_DAY_MIN - apart)


def _off_clock(off_min: float) -> Finding:
    return Finding(
        "CLAIMED_PLACE_MISMATCH",
        ramp(off_min, OFF_CLOCK_MIN, HALF_A_DAY_MIN),
        0.7,
        f"The client claims a place {off_min / 60:.1f} hours from its own time zone",
        {"minutes": round(off_min)},
    )


def _off_place(away: float, limit: float, place: Place) -> Finding:
    return Finding(
        "CLAIMED_PLACE_MISMATCH",
        ramp(away, limit, SATURATED_KM),
        SURE[place.source],
        f"The client claims a place {away:,.0f} km beyond where its address can be",
        {"distanceKm": round(away), "country": place.country},
    )
