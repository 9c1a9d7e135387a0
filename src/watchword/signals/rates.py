"""What the velocity signals share: windows with a verdict, offices and carriers, and how sure a rate makes one."""

from __future__ import annotations

from typing import Any

from watchword.signals.signal import Context, NotEvaluable
from watchword.state.log import Count
from watchword.state.plan import DAY_MS

CROWD_DAYS = 3
"""From so many earlier days with twenty users or more an address is an office's or a carrier's."""

UNSURE = 0.5
"""Confidence where success speaks against fraud: keeps a MEDIUM under the threshold of verification."""


def mostly_failed(count: Count) -> bool:
    """Whether more than half of the attempts failed."""
    return 2 * count.failures > count.total


def is_crowd(context: Context) -> bool:
    """Whether the address is known for many people: twenty users or more succeeded on at least three earlier days."""
    days = context.observed.crowd_days
    if len(days) < CROWD_DAYS:
        return False
    today = context.at_ms // DAY_MS
    return sum(day < today for day in days) >= CROWD_DAYS


def unknown(context: Context, code: str, log: str) -> NotEvaluable | None:
    """Why a log is missing: the event came too late for it. None where the event merely has no such entity."""
    return NotEvaluable(code, "TOO_LATE") if log in context.observed.too_late else None


def figures(count: Count) -> dict[str, Any]:
    """The numbers behind a rate; `atLeast` says that older entries were dropped."""
    return {"attempts": count.total, "failed": count.failures, "atLeast": count.saturated}


def at_least(count: Count) -> str:
    """Words that go before a number which may be greater."""
    return "At least " if count.saturated else ""
