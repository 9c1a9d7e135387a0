"""Every call to a browser ends: Playwright bounds clicks and visits, but neither scripts, keys, mouse nor closing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

PATIENCE_S = 120.0
"""How long one call may take, on a machine that is busy with other things."""


class Silent(AssertionError):
    """The browser did not answer: it hangs, or a script in the page waits for what never comes."""


def bound_calls() -> None:
    """Has every call of Playwright's sync API raise `Silent`, where it was made, once `PATIENCE_S` have passed."""
    from playwright._impl._sync_base import SyncBase

    if not hasattr(SyncBase, "unbounded"):
        SyncBase.unbounded = SyncBase._sync  # type: ignore[attr-defined]
        SyncBase._sync = _sync  # type: ignore[method-assign]


def _sync(self: Any, awaitable: Awaitable[Any]) -> Any:
    __tracebackhide__ = True
    return self.unbounded(_within(awaitable, PATIENCE_S))


async def _within(awaitable: Awaitable[Any], seconds: float) -> Any:
    try:
        async with asyncio.timeout(seconds) as limit:
            return await awaitable
    except TimeoutError:
        if not limit.expired():
            raise
        raise Silent(f"The browser did not answer within {seconds:g} s.") from None
