"""What the person who was stopped reads: localised, editable, with another way in and a contact, and without a word
about how they were found out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from watchword.actions.wordings import SHIPPED, Wording

FALLBACK = "en"


class UserMessage(Struct, frozen=True, rename="camel"):
    """A message to a person. `alternatives` are other ways in; `support_contact` is None where none is set."""

    title: str
    text: str
    alternatives: tuple[str, ...]
    support_contact: str | None


class Messages:
    """The messages of one deployment, made once from its settings.

    `changes` are texts by locale and action (`verify`, `block`) in place of the shipped ones; each may have a `title`,
    a `text` and `alternatives`. A locale falls back to its language, an unknown one to English.
    """

    def __init__(self, support_contact: str | None = None, changes: Mapping[str, Any] | None = None) -> None:
        self._contact = support_contact
        self._ready: dict[tuple[str, str], UserMessage] = {}
        changes = {locale.lower(): changed for locale, changed in (changes or {}).items()}
        for locale in (*SHIPPED, *changes):
            for action in ("verify", "block"):
                self._ready[action, locale] = self._made(action, locale, changes)

    def tell(self, action: str, locale: str) -> UserMessage | None:
        """The message for that action in that locale ("de-AT"); None for an action that stops nobody."""
        locale = locale.lower().replace("_", "-")
        wanted = (locale, locale.partition("-")[0], FALLBACK)
        return next((self._ready[action, one] for one in wanted if (action, one) in self._ready), None)

    def _made(self, action: str, locale: str, changes: Mapping[str, Any]) -> UserMessage:
        language = locale.partition("-")[0]
        shipped = SHIPPED.get(language, SHIPPED[FALLBACK])[action]
        own = [getattr(changes[name], action) for name in (locale, language) if name in changes]
        return UserMessage(
            _first(own, "title", shipped),
            _first(own, "text", shipped),
            tuple(_first(own, "alternatives", shipped)),
            self._contact,
        )


def _first(own: list[Any], part: str, shipped: Wording) -> Any:
    return next((value for one in own if (value := getattr(one, part)) is not None), getattr(shipped, part))
