"""Watchword judges what happens on people's accounts, in milliseconds, with reasons. These are the public names."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from watchword.bootstrap import open_engine as open_engine
    from watchword.errors import WatchwordError as WatchwordError
    from watchword.events.account_activity import AccountActivity as AccountActivity
    from watchword.events.api_call import ApiCall as ApiCall
    from watchword.events.event import Event as Event
    from watchword.events.label import Label as Label
    from watchword.events.login import Login as Login
    from watchword.events.logout import Logout as Logout
    from watchword.events.verification import Verification as Verification
    from watchword.policy.cause import headline as headline
    from watchword.policy.decision import Decision as Decision
    from watchword.policy.explanation import view as explain  # noqa: F401
    from watchword.signals.signal import Band as Band
    from watchword.signals.signal import Context as Context
    from watchword.signals.signal import Finding as Finding
    from watchword.signals.signal import NotEvaluable as NotEvaluable
    from watchword.signals.signal import signal as signal
    from watchword.web.middleware import RiskMiddleware as RiskMiddleware

_HOMES = {
    "AccountActivity": "events.account_activity",
    "ApiCall": "events.api_call",
    "Band": "signals.signal",
    "Context": "signals.signal",
    "Decision": "policy.decision",
    "Event": "events.event",
    "Finding": "signals.signal",
    "Label": "events.label",
    "Login": "events.login",
    "Logout": "events.logout",
    "NotEvaluable": "signals.signal",
    "RiskMiddleware": "web.middleware",
    "Verification": "events.verification",
    "WatchwordError": "errors",
    "explain": "policy.explanation:view",
    "headline": "policy.cause",
    "open_engine": "bootstrap",
    "signal": "signals.signal",
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home, _, other = _HOMES[name].partition(":")
    return getattr(import_module(f"{__name__}.{home}"), other or name)
