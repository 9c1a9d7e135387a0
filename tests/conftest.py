"""For every test: Hypothesis judges what code does, not how busy the machine is."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("any_machine", deadline=None)
settings.load_profile("any_machine")
