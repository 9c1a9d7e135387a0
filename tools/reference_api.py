"""The page of the HTTP API, from the OpenAPI document that the service serves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from watchword.web.schema import document

Shape = dict[str, Any]
INTRO = """# HTTP API

The running service serves this as OpenAPI 3.1, with examples, at `/schema` (a page) and `/schema/openapi.json`.

Every request but those of the group *service* carries an API key: `Authorization: Bearer KEY`
([keys, roles and limits](../how-to/keys.md)). Answers are JSON. Errors are problem documents (RFC 9457) with a stable
`code`, the `field` that is wrong and the `requestId` that stands in the log. Paths below `/api/admin` wrap their answer
in `{"success": true, "data": ...}`.
"""
COMMON = {"401", "403", "429"}
COMMON_NOTE = "Where a key is needed, 401, 403 and 429 are possible too and are left out below.\n"


def api_page() -> str:
    """Every route by group, then every shape that travels."""
    described = document()
    groups: dict[str, list[tuple[str, str, Shape]]] = {}
    for path, methods in sorted(described["paths"].items()):
        for method, operation in sorted(methods.items()):
            groups.setdefault(operation["tags"][0], []).append((method.upper(), path, operation))
    lines = [INTRO, COMMON_NOTE]
    for group, routes in sorted(groups.items(), key=lambda one: (one[0] in ("service", "admin"), one[0])):
        lines += [f"## {group.capitalize()}", ""]
        for method, path, operation in routes:
            lines += _route(method, path, operation)
    lines += ["## Shapes", ""]
    for name, shape in sorted(described["components"]["schemas"].items()):
        if not name.startswith("Envelope_"):
            lines += _shape(name, shape)
    return "\n".join(lines)


def _route(method: str, path: str, operation: Shape) -> Iterator[str]:
    yield from (f"### {method} {path}", "", operation["summary"], "")
    if operation["description"]:
        yield from (operation["description"], "")
    if operation["parameters"]:
        yield from ("| parameter | in | type |", "|---|---|---|")
        for one in operation["parameters"]:
            note = f". {one['description']}" if one.get("description") else ""
            yield f"| `{one['name']}` | {one['in']} | {_kind(one['schema'])}{note} |"
        yield ""
    if "requestBody" in operation:
        body = operation["requestBody"]["content"]["application/json"]
        yield from (f"Takes {_kind(body['schema'])}.", "")
        if "example" in body:
            example = msgspec.json.format(msgspec.json.encode(body["example"]), indent=2).decode()
            yield from ("```json", example, "```", "")
    yield from ("| status | answer |", "|---|---|")
    for status, answer in sorted(operation["responses"].items()):
        if status not in COMMON:
            yield f"| {status} | {_answer(answer)} |"
    yield ""


def _answer(answer: Shape) -> str:
    content = next(iter(answer.get("content", {}).items()), None)
    if content is None or content[0] == "application/problem+json":
        return str(answer["description"])
    media, given = content
    kind = _kind(given["schema"])
    return kind if media == "application/json" else f"{kind} as `{media}`"


def _shape(name: str, shape: Shape) -> Iterator[str]:
    yield from (f"### {name}", "", " ".join(shape.get("description", "").split()), "")
    fields = shape.get("properties", {})
    if not fields:
        return
    needed = set(shape.get("required", ()))
    yield from ("| field | type | |", "|---|---|---|")
    for field, kind in fields.items():
        yield f"| `{field}`{' (needed)' if field in needed else ''} | {_kind(kind)} | {_note(kind)} |"
    yield ""


def _note(kind: Shape) -> str:
    default = kind.get("default")
    shown = f"Default `{msgspec.json.encode(default).decode()}`." if _is_plain(default) else ""
    return " ".join(part for part in (str(kind.get("description", "")), shown) if part).replace("|", "\\|")


def _is_plain(default: Any) -> bool:
    return default is not None and not isinstance(default, dict | list)


def _kind(shape: Shape) -> str:
    """A type in words, with its bounds; shapes are links."""
    if "$ref" in shape:
        return _link(shape["$ref"].rpartition("/")[2])
    if "anyOf" in shape:
        kinds = [_kind(one) for one in shape["anyOf"] if one != {"type": "null"}]
        return " or ".join([*kinds, *(["null"] if {"type": "null"} in shape["anyOf"] else [])])
    if "enum" in shape:
        return ", ".join(f"`{value}`" for value in shape["enum"])
    kind = shape.get("type", "anything")
    if kind == "array":
        inner = shape.get("items") or {}
        return f"list of {_kind(inner)}{_bounds(shape, 'Items')}" if inner else "list"
    if kind == "object" and isinstance(shape.get("additionalProperties"), dict):
        return f"object of {_kind(shape['additionalProperties'])}{_bounds(shape, 'Properties')}"
    if kind == "string":
        return "time (RFC 3339)" if shape.get("format") == "date-time" else f"text{_bounds(shape, 'Length')}"
    if kind in ("integer", "number"):
        return f"{kind}{_range(shape)}"
    return str(kind)


def _link(name: str) -> str:
    wrapped = re.fullmatch(r"Envelope_(.+)_", name)
    name = wrapped[1] if wrapped else name
    return f"[{name}](#{name.lower()})"


def _bounds(shape: Shape, what: str) -> str:
    least, most = shape.get(f"min{what}"), shape.get(f"max{what}")
    if most is None:
        return ""
    return f" ({least} to {most:,})" if least else f" (up to {most:,})"


def _range(shape: Shape) -> str:
    least, most = shape.get("minimum"), shape.get("maximum")
    if least is None:
        return ""
    return f" ({least:,} to {most:,})" if most is not None else f" (from {least:,})"
