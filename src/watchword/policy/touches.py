"""Which logs an event touches, and what it leaves in them."""

from __future__ import annotations

from msgspec import Struct

from watchword.enrichment.facts import NETWORK_KINDS, Facts
from watchword.events.account_activity import SENSITIVE, AccountActivity
from watchword.events.api_call import ApiCall
from watchword.events.event import Event
from watchword.events.label import Label
from watchword.events.login import Login
from watchword.events.pseudonym import Pseudonyms, short
from watchword.events.verification import Verification
from watchword.state.incidents import (
    FAILED_CHALLENGE,
    FAILED_PRIVILEGE,
    FAILED_RECOVERY,
    FRAUD,
    RESTORED,
    incident_touches,
)
from watchword.state.plan import (
    DEVICE_LOGINS,
    IP_CALLS,
    IP_LOGINS,
    USER_CALLS,
    USER_CHANGES,
    USER_INCIDENTS,
    USER_LABELS,
    USER_LOGINS,
    Touch,
)  # fmt: skip


class Entities(Struct, frozen=True, gc=False):
    """Keyed hashes of what an event touches; None where it has no such entity.

    `ip` is the address as history knows it; windows are those of the `subscriber`, whom an IPv6 /64 belongs to.
    """

    user: bytes | None = None
    ip: bytes | None = None
    device: bytes | None = None
    session: bytes | None = None
    subscriber: bytes | None = None


def touches_of(event: Event, facts: Facts, entities: Entities, pseudonyms: Pseudonyms) -> list[Touch]:
    """The logs that an event reads and is put into."""
    flags = event.succeeded | NETWORK_KINDS.index(facts.network.kind) << 1
    if isinstance(event, Login):
        return _of_login(event, facts, entities, flags)
    touches: list[Touch] = []
    if isinstance(event, ApiCall):
        if entities.user:
            touches.append(Touch(USER_CALLS, entities.user, (), flags))
        elif entities.subscriber:
            touches.append(Touch(IP_CALLS, entities.subscriber, (), flags))
    elif isinstance(event, AccountActivity) and entities.user:
        activity = short(pseudonyms.of("activity", event.activity))
        touches.append(Touch(USER_CHANGES, entities.user, (activity, int(event.activity in SENSITIVE)), flags))
        touches += Touch(USER_LOGINS, entities.user), Touch(USER_INCIDENTS, entities.user, _incident(event))
        touches.append(Touch(USER_LABELS, entities.user))
    elif isinstance(event, (Verification, Label)) and entities.user:
        touches += incident_touches(entities.user, _incident(event))
    return touches


def _of_login(event: Login, facts: Facts, entities: Entities, flags: int) -> list[Touch]:
    user, ip, device = entities.user, entities.subscriber, entities.device
    who, what = short(user) if user else 0, short(device) if device else 0
    touches: list[Touch] = []
    if user:
        touches.append(Touch(USER_LOGINS, user, (short(ip) if ip else 0, what), flags))
        touches += Touch(USER_INCIDENTS, user), Touch(USER_LABELS, user)
    if ip and facts.network.special != "loopback":
        touches.append(Touch(IP_LOGINS, ip, (who, what), flags))
    if device and event.device_hash is not None:
        touches.append(Touch(DEVICE_LOGINS, device, (who,), flags))
    return touches


def _incident(event: Event) -> tuple[int] | None:
    """What the event puts into `user.incidents`, or None."""
    if isinstance(event, Label):
        return (FRAUD if event.label in ("fraud", "chargeback") else RESTORED,)
    if isinstance(event, Verification):
        return (RESTORED if event.succeeded else FAILED_CHALLENGE,)
    if isinstance(event, AccountActivity) and not event.succeeded:
        failed = {"reset_password": FAILED_RECOVERY, "privilege_change": FAILED_PRIVILEGE}.get(event.activity)
        return (failed,) if failed else None
    return None
