"""The OpenAPI document, made from the endpoints and the table of roles. Schemas are msgspec's own: exact."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

import msgspec

from watchword.events.codec import NEEDS_USER
from watchword.events.samples import Pattern
from watchword.web.endpoint import Endpoint
from watchword.web.problems import MEDIA_TYPE, Problem
from watchword.web.roles import BY_TOKEN, ENDPOINTS

ADDRESSES = ({"type": "string", "format": "ipv4"}, {"type": "string", "format": "ipv6"})
TEXT = {"type": "string", "minLength": 1, "maxLength": 256}
REF = "#/components/schemas/{name}"
Document = dict[str, Any]
TEXTS = {
    400: "The request is wrong; `field` says where.", 401: "No valid key came with the request.",
    403: "The key's role is not enough.", 404: "There is no such thing, or not for this caller.",
    409: "The id was used for other content.",
    410: "The person was erased.", 413: "The body is too large.",
    422: "The event is too old, or lies in the future.",
    429: "Too many requests; `Retry-After` says when to come back.",
    502: "The message could not be delivered just now.",
    503: "The store can not answer just now.",
}  # fmt: skip


def describe(endpoints: Iterable[Endpoint]) -> Document:
    """The document of these endpoints."""
    listed = sorted(endpoints, key=lambda one: (one.path, one.method))
    kinds = [kind for one in listed for kind in (_taken(one), *_given(one)) if kind is not None]
    shapes, components = msgspec.json.schema_components([*kinds, Problem, Pattern], ref_template=REF)
    schemas = iter(shapes)
    paths: Document = {}
    for one in listed:
        taken = next(schemas) if _taken(one) is not None else None
        given = [next(schemas) for _ in _given(one)]
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, taken, given)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Watchword", "version": version("watchword"),
            "summary": "Judges what happens on people's accounts, in milliseconds, with reasons.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": _refined(components),
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "An API key."},
                "session": {"type": "http", "scheme": "bearer", "description": "The token of a session."},
            },
        },
    }  # fmt: skip


def _taken(one: Endpoint) -> Any:
    return one.documented or one.takes


def _given(one: Endpoint) -> tuple[Any, ...]:
    return one.gives if isinstance(one.gives, tuple) else () if one.gives is None else (one.gives,)


def _operation(one: Endpoint, taken: Document | None, given: list[Document]) -> Document:
    roles = ENDPOINTS[one.name]
    named = [*sorted(roles), *(["the session's own token"] if one.name in BY_TOKEN else [])]
    open_to = f"\n\nOpen to: {', '.join(named)}." if roles else "\n\nNeeds no key."
    summary, _, rest = one.doc.partition("\n\n")
    made: Document = {
        "operationId": one.name.replace("/api/v1", "").replace("/api/admin/fraud", "/admin").strip(),
        "summary": " ".join(summary.split()),
        "description": (rest + open_to).strip(),
        "tags": [one.tag],
        "parameters": [*_path_parameters(one), *_query_parameters(one), *_header_parameters(one)],
        "responses": _responses(one, given),
        "security": [{"key": []}, *([{"session": []}] if one.name in BY_TOKEN else [])] if roles else [],
    }
    if taken is not None:
        content: Document = {"schema": taken} | ({"example": one.example} if one.example is not None else {})
        made["requestBody"] = {"required": True, "content": {"application/json": content}}
    return made


def _path_parameters(one: Endpoint) -> list[Document]:
    names = [part.partition("}")[0] for part in one.path.split("{")[1:]]
    text = {"type": "string", "minLength": 1}
    return [{"name": name, "in": "path", "required": True, "schema": text} for name in names]


def _query_parameters(one: Endpoint) -> list[Document]:
    if one.query is None:
        return []
    (_, components) = msgspec.json.schema_components([one.query], ref_template=REF)
    properties = components[one.query.__name__]["properties"]
    return [
        {"name": name, "in": "query", "required": False, "schema": _without_null(schema)}
        for name, schema in properties.items()
    ]


def _without_null(schema: Document) -> Document:
    """A query parameter is absent or there; it is never null."""
    kept = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if "enum" in schema:
        return {"enum": [value for value in schema["enum"] if value is not None]} | _default(schema)
    return (kept[0] if len(kept) == 1 else schema if not kept else {"anyOf": kept}) | _default(schema)


def _default(schema: Document) -> Document:
    return {"default": schema["default"]} if schema.get("default") is not None else {}


def _header_parameters(one: Endpoint) -> list[Document]:
    if one.name != "POST /api/v1/events":
        return []
    text = "Stands for the event's `id`; where both are given they are equal."
    schema = {"type": "string", "minLength": 1, "maxLength": 256, "pattern": "^[!-~]+$"}
    return [{"name": "Idempotency-Key", "in": "header", "required": False, "schema": schema, "description": text}]


def _responses(one: Endpoint, given: list[Document]) -> Document:
    good: Document = {"description": HTTPStatus(one.status).phrase}
    if given:
        good["content"] = {one.media_type: {"schema": given[0] if len(given) == 1 else {"anyOf": given}}}
    statuses = set(one.problems)
    if ENDPOINTS[one.name]:
        statuses |= {401, 403, 429}
    if one.takes is not None:
        statuses |= {400, 413}
    if one.query is not None or one.takes is None:
        statuses |= {400}
    return {str(one.status): good} | {str(status): _problem(status) for status in sorted(statuses)}


def _problem(status: int) -> Document:
    schema = {"$ref": REF.format(name=Problem.__name__)}
    return {"description": TEXTS[status], "content": {MEDIA_TYPE: {"schema": schema}}}


def _refined(components: Document) -> Document:
    """The schemas with what types alone can not say: addresses, summaries among samples, kinds that need a user."""
    for schema in components.values():
        properties = schema.get("properties", {})
        for property_ in properties.values():
            if property_.get("default", ...) in (None, [], {}):
                property_.pop("default")
        samples = properties.get("events", {}).get("items", {})
        if "pointer" in samples.get("discriminator", {}).get("mapping", {}):
            properties["events"]["items"] = {"anyOf": [*samples["anyOf"], {"$ref": REF.format(name=Pattern.__name__)}]}
        if "ip" in properties:
            properties["ip"] = {"anyOf": [*ADDRESSES, *([{"type": "null"}] if "anyOf" in properties["ip"] else [])]}
    for kind in NEEDS_USER:
        components[kind.__name__]["oneOf"] = [{"required": ["userId"]}, {"required": ["globalUserId"]}]
        for name in ("userId", "globalUserId"):
            components[kind.__name__]["properties"][name] = TEXT
    return components
