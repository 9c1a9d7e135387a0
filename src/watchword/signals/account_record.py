"""What the application's own record of the account says, against this event."""

from __future__ import annotations

from collections.abc import Iterable

from watchword.signals.signal import Band, Context, Finding, Outcome, signal
from watchword.signals.whereabouts import SURE, place_of
from watchword.state.plan import DAY_MS


@signal(
    "ACCOUNT",
    {
        "ACCOUNT_COUNTRY": Band("LOW", 20, 39),
        "ACCOUNT_AGE": Band("LOW", 20, 39),
        "DISPOSABLE_EMAIL": Band("LOW", 20, 39),
    },
    kinds=("login", "account_activity"),
    trait="record",
)
def account_record(context: Context) -> Iterable[Outcome]:
    """Minor inconsistencies between the account's record and the event.

    Fraud: accounts made up for one purpose, or used by others than their owners. Innocent: people abroad, people who
    protect their address: each is low. The event's country is neither the account's nor a usual one (a quarter of the
    intensity); the account was made more than a day after its own event (saturated, a record can not be more wrong);
    its e-mail domain gives out throw-away addresses (half). Read from the application's record and the lists only.
    """
    user, found = context.event.user, []
    if user is not None and user.country is not None:
        place = place_of(context)
        if place is not None and place.country != user.country and place.country not in context.history.countries:
            text = f"The account is registered in {user.country}, the log-in comes from {place.country}"
            details = {"registered": user.country, "country": place.country}
            found.append(Finding("ACCOUNT_COUNTRY", 0.25, SURE[place.source], text, details))
    if user is not None and user.created_at is not None:
        ahead_ms = int(user.created_at.timestamp() * 1000) - context.at_ms
        if ahead_ms > DAY_MS:
            text = f"The account was made {ahead_ms / DAY_MS:.1f} days after this event"
            found.append(Finding("ACCOUNT_AGE", 1.0, 1.0, text, {"days": round(ahead_ms / DAY_MS, 1)}))
    if context.facts.disposable_email:
        text = "The e-mail domain gives away addresses to throw away"
        found.append(Finding("DISPOSABLE_EMAIL", 0.5, 1.0, text, {"domain": context.facts.email_domain}))
    return found
