"""Has logs go to what stderr is when they are written, not to what it was when a test of long ago set them up."""

from __future__ import annotations

import logging
import sys
from types import SimpleNamespace

from structlog.stdlib import ProcessorFormatter

from watchword.web import logs


class _Now:
    """The present stderr."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def follow_stderr() -> None:
    """From now on."""
    logs.sys = SimpleNamespace(stderr=_Now())  # type: ignore[attr-defined]


def forget_handlers() -> None:
    """Takes away what the service put in the place of other handlers of the root logger."""
    for handler in logging.root.handlers[:]:
        if isinstance(handler.formatter, ProcessorFormatter):
            logging.root.removeHandler(handler)
