"""What the store hands to the judge: the state of every entity an event touches, this event included."""

from __future__ import annotations

from msgspec import Struct

from watchword.state.log import Log
from watchword.state.profile import Profile


class Observed(Struct, gc=False):
    """State around one event.

    `logs` by name, for those that the event touches: a log whose entity the event lacks is absent, and so is one that
    the event came too late for, which `too_late` names; `crowd_days` are the days (since 1970) on which twenty users or
    more succeeded from this address; `linked` is the event key of the same observation from another source, which was
    counted then.
    """

    logs: dict[str, Log]
    profile: Profile
    crowd_days: tuple[int, ...] = ()
    too_late: tuple[str, ...] = ()
    linked: bytes | None = None
