"""Decoding errors in the product's words."""

from __future__ import annotations

import re

from watchword.errors import InvalidInput

_path = re.compile(r" - at `\$?\.?(.*?)`$")
_field = re.compile(r"(?:missing required field|contains unknown field) `(.*?)`")


def as_invalid(error: Exception) -> InvalidInput:
    """A decoding error in the product's words, with the field it names."""
    text = str(error)
    where = _path.search(text)
    what = _field.search(text)
    inside = where.group(1) if where else ""
    field = ".".join(part for part in (inside, what.group(1) if what else "") if part) or None
    return InvalidInput(_path.sub("", text), field)
