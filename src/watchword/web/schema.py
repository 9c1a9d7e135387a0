"""The description of the API: OpenAPI for programs, a page without foreign parts for people."""

from __future__ import annotations

from functools import cache
from html import escape
from typing import Any

import msgspec

from watchword import web
from watchword.catalog import discover
from watchword.web.endpoint import JSON, Call, Endpoint, Reply, endpoint
from watchword.web.openapi import describe

STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:15px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem}"
    "h2{margin-top:2.5rem;text-transform:capitalize}details{border-top:1px solid #8884;padding:.5rem 0}"
    "summary{cursor:pointer}code,pre{font:13px/1.5 ui-monospace,monospace}"
    "pre{overflow:auto;padding:.75rem;background:#8881}"
    "b{display:inline-block;min-width:4.5rem}"
)


@endpoint("GET", "/schema/openapi.json", gives=dict[str, Any])
async def read_openapi(_call: Call) -> Reply:
    """This API in OpenAPI 3.1. Needs no key."""
    return Reply(msgspec.json.encode(document()))


@endpoint("GET", "/schema", gives=dict[str, Any])
async def read_schema(call: Call) -> Reply:
    """This API: a page where HTML is asked for, OpenAPI otherwise. Needs no key."""
    if "text/html" not in call.accept:
        return Reply(msgspec.json.encode(document()), JSON)
    headers = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return Reply(page(document()).encode(), "text/html", headers=headers)


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document of all endpoints."""
    return describe(discover(web, Endpoint).values())


def page(described: dict[str, Any]) -> str:
    """The document as a page to read."""
    groups: dict[str, list[str]] = {}
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            groups.setdefault(operation["tags"][0], []).append(_entry(method, path, operation))
    body = "".join(f"<h2>{escape(name)}</h2>{''.join(entries)}" for name, entries in groups.items())
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>Watchword API</title><style>{STYLE}</style><h1>Watchword API</h1>"
        f"<p>For programs: <a href=/schema/openapi.json>openapi.json</a>.</p>{body}"
    )


def _entry(method: str, path: str, operation: dict[str, Any]) -> str:
    example = operation.get("requestBody", {}).get("content", {}).get(JSON, {}).get("example")
    shown = f"<pre>{escape(msgspec.json.format(msgspec.json.encode(example)).decode())}</pre>" if example else ""
    paragraphs = "".join(f"<p>{escape(text)}</p>" for text in operation["description"].split("\n\n"))
    answers = ", ".join(operation["responses"])
    head = f"<b>{method.upper()}</b> <code>{escape(path)}</code> {escape(operation['summary'])}"
    return f"<details><summary>{head}</summary>{paragraphs}<p>Answers: {answers}.</p>{shown}</details>"
