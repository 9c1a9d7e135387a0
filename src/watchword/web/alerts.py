"""Alerts of applications: what they noticed, kept, audited, and told to whoever should know."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from watchword.challenging.alerts import Alert, Raising, Reached, Severity, Wanted
from watchword.events.codec import from_ms
from watchword.events.event import Moment, Record, Text
from watchword.web.endpoint import Call, endpoint

PATH = "/api/v1/alerts"
MAX_BYTES = 16_000
Type = Annotated[str, Meta(pattern="^[A-Z][A-Z0-9_]{2,63}$")]
Said = Annotated[str, Meta(max_length=512)]
Details = Annotated[dict[Text, Said | bool | int | float | None], Meta(max_length=32)]


class AlertIn(Record, kw_only=True):
    """What an application noticed. `INFO` is kept and audited, and told to nobody.

    `message` is a sentence for people. With `notifyOwner` it is written to the account's owner, with `notifyUser` to
    one more user: each by the address that they enrolled as `email_otp`. `id` makes it idempotent.
    """

    type: Type
    severity: Severity
    id: Text | None = None
    user_id: Text | None = None
    session_id: Text | None = None
    message: Said = ""
    details: Details = {}
    notify_owner: bool = False
    notify_user: Text | None = None
    locale: Annotated[str, Meta(max_length=35)] = "en"


class AlertOut(Struct, frozen=True, rename="camel", kw_only=True):
    """An alert as it is kept. `told` is who was told so far, `due` who will be."""

    id: str
    type: str
    severity: Severity
    raised_at: datetime
    raised_by: str
    user_id: str | None
    session_id: str | None
    message: str | None
    details: dict[str, str | bool | int | float | None]
    told: list[Reached]
    due: list[Reached]


class AlertList(Struct, frozen=True):
    """Alerts, newest first."""

    alerts: list[AlertOut]


class AlertQuery(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Which alerts to list: equality, `[from, to)` by the time they were raised."""

    type: Type | None = None
    severity: Severity | None = None
    user_id: Text | None = None
    session_id: Text | None = None
    since: Moment | None = msgspec.field(name="from", default=None)
    until: Moment | None = msgspec.field(name="to", default=None)
    limit: Annotated[int, Meta(ge=1, le=500)] = 50


@endpoint(
    "POST", PATH, takes=AlertIn, gives=AlertOut, status=201, problems=(409, 503), max_bytes=MAX_BYTES,
    example={
        "type": "ACCOUNT_TAKEOVER_ATTEMPT", "severity": "CRITICAL", "userId": "ada",
        "details": {"trustScore": 12.4, "ipAddress": "192.0.2.10"}, "notifyOwner": True,
    },
)  # fmt: skip
async def raise_alert(call: Call) -> AlertOut:
    """Raises an alert. It is on disk and in the audit log when this answers; the alert webhook is told beside.

    The same `id` by the same key is one alert; with other content it is refused. What can not be delivered is tried
    again for hours. Owners get as many letters a day as `stepUp.ownerNoticesPerDay` allows.
    """
    given: AlertIn = call.body
    raising = Raising(
        type=given.type, severity=given.severity, actor=call.who.actor, source=call.who.source, id=given.id,
        user_id=given.user_id, session_id=given.session_id, message=given.message, details=given.details,
        notify_owner=given.notify_owner, notify_user=given.notify_user, locale=given.locale,
    )  # fmt: skip
    alert, fresh = await call.service.step_up.alerts.put(raising)
    if fresh:
        subject = f"user:{given.user_id}" if given.user_id is not None else alert.id
        told = {"alert": alert.id, "type": given.type, "severity": given.severity, "sessionId": given.session_id}
        await call.service.ledger.note(call.who.actor, "alert.raise", subject, told | {"details": given.details})
    return shown(alert)


@endpoint("GET", PATH, query=AlertQuery, gives=AlertList, problems=(503,))
async def list_alerts(call: Call) -> AlertList:
    """Alerts, newest first, at most `limit`; `to` set to the last one's `raisedAt` goes on with older ones."""
    query: AlertQuery = call.query
    found = await call.service.step_up.alerts.find(
        Wanted(
            type=query.type, severity=query.severity, user_id=query.user_id, session_id=query.session_id,
            since_ms=_ms(query.since), until_ms=_ms(query.until), limit=query.limit,
        )
    )  # fmt: skip
    subject = f"user:{query.user_id}" if query.user_id is not None else ""
    await call.service.ledger.note(call.who.actor, "alerts.read", subject, {"found": len(found)})
    return AlertList([shown(alert) for alert in found])


def shown(alert: Alert) -> AlertOut:
    """An alert as it travels."""
    raised = alert.raised
    return AlertOut(
        id=alert.id, type=raised.type, severity=raised.severity, raised_at=from_ms(alert.at_ms),
        raised_by=raised.actor, user_id=raised.user_id, session_id=raised.session_id, message=raised.message or None,
        details=raised.details, told=list(alert.told), due=list(alert.due),
    )  # fmt: skip


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)
