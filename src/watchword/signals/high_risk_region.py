"""Countries that the operator has named."""

from __future__ import annotations

from collections.abc import Iterable

from watchword.signals.signal import Band, Context, Finding, NotEvaluable, Outcome, signal
from watchword.signals.whereabouts import SURE, place_of, why_no_place


@signal("GEOLOCATION", {"HIGH_RISK_REGION": Band("LOW", 10, 29)}, kinds=("login", "account_activity"))
def high_risk_region(context: Context) -> Iterable[Outcome]:
    """A log-in from a country on the operator's list (setting `highRiskCountries`, empty by default).

    Fraud: attacks come from some countries more than an operator's customers do. Innocent: everybody who lives there or
    travels there, so it is low, and lowest (intensity 0) where the country is usual for the user; else saturated at
    once, for there is nothing to be past. VPN, proxy, hosting, Tor and relay exits are no place.
    """
    risky = context.limits.high_risk_countries
    if not risky:
        return ()
    place = place_of(context)
    if place is None:
        return (NotEvaluable("HIGH_RISK_REGION", why_no_place(context)),)
    if place.country not in risky:
        return ()
    usual = place.country in context.history.countries
    text = f"{place.country} is on the list of high-risk countries" + (", and usual for this user" if usual else "")
    return (Finding("HIGH_RISK_REGION", float(not usual), SURE[place.source], text, {"country": place.country}),)
