"""Two log-ins that no journey joins."""

from __future__ import annotations

from collections.abc import Iterable

from watchword.enrichment.facts import Place
from watchword.signals.signal import Band, Context, Finding, NotEvaluable, Outcome, ramp, signal
from watchword.signals.whereabouts import SURE, apart_km, place_of, why_no_place
from watchword.state.geometry import distance_km
from watchword.state.places import was_there
from watchword.state.plan import HOUR_MS, MINUTE_MS
from watchword.state.profile import Visit

MOST_KMH = 900.0
SATURATED_KMH = 12_000.0
LONGEST_MS = round(20_040 / MOST_KMH * HOUR_MS)
"""After that long every place on earth can be reached."""


@signal("GEOLOCATION", {"IMPOSSIBLE_TRAVEL": Band("CRITICAL", 90, 95)})
def impossible_travel(context: Context) -> Iterable[Outcome]:
    """A log-in too far from another one to be reached in the time between, at 900 km/h, the speed of an airliner.

    Fraud: somebody else, somewhere else, has the password. Every learnt log-in within a flight's time before and after
    this one is compared (events come late). Off the distance go the radii of both places; under 500 km (the setting
    `geoAnomalyThreshold`) it never counts. Innocent, and therefore not evaluable: VPN, proxy, hosting, Tor, relay,
    satellite and in-flight networks; a phone on a carrier of a usual country, whose gateway may be anywhere, even
    abroad; places of two providers of geographic data or of two versions, which disagree. No travel either: a device
    where it was learnt before, joined to another that also was (a computer at home and a phone). Saturates at
    12,000 km/h, where no doubt about minutes or places is left.
    """
    trail = context.history.trail
    if not trail:
        return ()
    place = place_of(context)
    if place is None:
        return (NotEvaluable("IMPOSSIBLE_TRAVEL", why_no_place(context)),)
    if context.facts.network.mobile and place.source != "trusted" and place.country in context.history.countries:
        return (NotEvaluable("IMPOSSIBLE_TRAVEL", "MOBILE_CARRIER"),)
    reason, lat, lng = None, place.lat, place.lng
    for visit in reversed(trail):
        spot = visit.spot
        if (spot.lat == lat and spot.lng == lng) or abs(context.at_ms - visit.at_ms) > LONGEST_MS:
            continue
        apart = apart_km(place, spot)
        if apart < context.limits.geo_anomaly_km or not _too_fast(apart, context.at_ms - visit.at_ms):
            continue
        reason = _excuse(context, place, visit)
        if reason is None:
            return (_finding(context, place, visit, apart),)
    return (NotEvaluable("IMPOSSIBLE_TRAVEL", reason),) if reason else ()


def _too_fast(apart: float, gap_ms: int) -> bool:
    return apart * HOUR_MS > MOST_KMH * abs(gap_ms)


def _excuse(context: Context, place: Place, visit: Visit) -> str | None:
    """Why the pair says nothing, or None."""
    if visit.spot.source == "mobile":
        return "MOBILE_CARRIER"
    seen = context.seen
    if seen is None:
        return None
    if "trusted" not in (place.source, visit.spot.source) and seen.provider != visit.provider:
        return "PROVIDER_SWITCH"
    here, there = (seen.device, seen.spot), (visit.device, visit.spot)
    known = all(spot is not None and was_there(context.history, device, spot) for device, spot in (here, there))
    return "KNOWN_PLACES" if known else None


def _finding(context: Context, place: Place, visit: Visit, apart: float) -> Finding:
    gap_ms = abs(context.at_ms - visit.at_ms)
    speed = apart * HOUR_MS / max(1000, gap_ms)
    which = "last" if visit.at_ms <= context.at_ms else "next"
    when = _duration(gap_ms) + (" ago" if which == "last" else " later")
    distance = distance_km(place, visit.spot)
    return Finding(
        "IMPOSSIBLE_TRAVEL",
        ramp(speed, MOST_KMH, SATURATED_KMH),
        min(SURE[place.source], SURE[visit.spot.source]),
        f"{distance:,.0f} km from the {which} log-in {when}: {speed:,.0f} km/h",
        {
            "distanceKm": round(distance),
            "atLeastKm": round(apart),
            "minutes": round(gap_ms / MINUTE_MS, 1),
            "speedKmh": round(speed),
            "place": place.source,
            "from": visit.spot.country,
            "to": place.country,
        },
    )


def _duration(gap_ms: int) -> str:
    minutes = gap_ms / MINUTE_MS
    if minutes < 1:
        return f"{gap_ms / 1000:.0f} seconds"
    return f"{minutes:.0f} minutes" if minutes < 120 else f"{minutes / 60:.1f} hours"
