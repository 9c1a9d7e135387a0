"""How far from every normal place."""

from __future__ import annotations

from collections.abc import Iterable

from watchword.signals.oddity import is_repeated
from watchword.signals.signal import Band, Context, Finding, NotEvaluable, Outcome, ramp, signal
from watchword.signals.whereabouts import SURE, from_usual_km, place_of, why_no_place

VERY_FAR_KM = 5000.0
FAR_KM = 2000.0
HALF_WAY_ROUND_KM = 20_000.0


@signal(
    "GEOLOCATION",
    {
        "FAR_OVER_5000_KM": Band("HIGH", 60, 89),
        "FAR_OVER_2000_KM": Band("MEDIUM", 30, 59),
        "FAR_FROM_USUAL": Band("LOW", 10, 29),
        "NEW_COUNTRY": Band("LOW", 10, 29),
    },
    kinds=("login", "account_activity"),
)
def unusual_place(context: Context) -> Iterable[Outcome]:
    """A log-in far from all of the last five normal places, or from a country where the user never was.

    Fraud: a stolen password used from elsewhere. Innocent: holidays, a move, a new job; so distance alone asks for
    verification at most, and what is passed or agrees for three days is a normal place. The bands follow flights: over
    5,000 km (another continent), over 2,000 km (another region), over the setting `geoAnomalyThreshold` of 500 km
    (another city); each saturates where the next one begins, the farthest at 20,000 km, half way round the earth. Where
    only countries are known the borders are compared, and a carrier's gateway stands for its whole country. VPN, proxy,
    hosting, Tor and relay exits are no place. A first log-in is no deviation.
    """
    history = context.history
    if not history.logins:
        return ()
    place = place_of(context)
    if place is None:
        return (NotEvaluable("FAR_FROM_USUAL", why_no_place(context)),)
    away = from_usual_km(context, place)
    if away is None or (away <= context.limits.geo_anomaly_km and place.country in history.countries):
        return ()
    if is_repeated(context):
        return ()
    sure = SURE[place.source]
    details = {"distanceKm": round(away), "country": place.country, "place": place.source}
    found = [one for one in (_distance(away, context.limits.geo_anomaly_km, sure, details),) if one]
    if place.country not in history.countries:
        count = len(history.countries)
        usual = "one country" if count == 1 else f"{count} countries"
        far = f"{away:,.0f} km from the nearest normal place"
        text = f"The first log-in from {place.country}, {far}; all before from {usual}"
        found.append(Finding("NEW_COUNTRY", ramp(away, 0, FAR_KM), sure, text, details))
    return found


def _distance(away: float, nearest: float, sure: float, details: dict[str, object]) -> Finding | None:
    text = f"{away:,.0f} km from the nearest normal place"
    if away > VERY_FAR_KM:
        return Finding("FAR_OVER_5000_KM", ramp(away, VERY_FAR_KM, HALF_WAY_ROUND_KM), sure, text, details)
    if away > FAR_KM:
        return Finding("FAR_OVER_2000_KM", ramp(away, FAR_KM, VERY_FAR_KM), sure, text, details)
    if away > nearest:
        return Finding("FAR_FROM_USUAL", ramp(away, nearest, FAR_KM), sure, text, details)
    return None
