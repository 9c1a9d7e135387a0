"""Random bodies: rubbish, broken events, and events that are valid by the published schema."""

from __future__ import annotations

import random
import string
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import msgspec

PIECES = [
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b",",
    b":",
    b"null",
    b"1e999",
    b"-0",
    b"\\u0000",
    b"\xff",
    b"\xed\xa0\x80",
    b"true",
    b" ",
]
ODD: list[Any] = [
    None, True, -1, 0, 1e308, 2**63, 2**200, "", " ", "\x00", "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
    "x" * 300, [], {}, [[]], {"a": {"b": 1}}, "2026-02-30T00:00:00Z", "0000-01-01T00:00:00Z", "::ffff:1.2.3.4", "1.2.3.4%eth0",
]  # fmt: skip


class Bodies:
    """A seeded source of bodies. `schema` is the OpenAPI document; times are of the day before `now`."""

    def __init__(self, seed: int, schema: dict[str, Any], now: datetime) -> None:
        self._rng = random.Random(seed)
        self._components = schema["components"]["schemas"]
        request = schema["paths"]["/api/v1/events"]["post"]["requestBody"]
        self._event = request["content"]["application/json"]["schema"]
        self._now = now

    def rubbish(self) -> bytes:
        """Bytes that are hardly JSON."""
        if self._rng.random() < 0.5:
            return self._rng.randbytes(self._rng.randrange(200))
        return b"".join(self._rng.choice(PIECES) for _ in range(self._rng.randrange(60)))

    def broken(self) -> bytes:
        """A valid event with one to three things changed for the worse."""
        event = self.valid()
        for _ in range(self._rng.randrange(1, 4)):
            name = self._rng.choice([*event, "surprise", "type", "occurredAt", "metadata", "headers", "user"])
            if self._rng.random() < 0.2:
                event.pop(name, None)
            else:
                event[name] = self._rng.choice(ODD)
        body = msgspec.json.encode(event)
        return body[: self._rng.randrange(len(body))] if self._rng.random() < 0.1 else body

    def valid(self) -> dict[str, Any]:
        """An event that is valid by the schema, from the last day."""
        event: dict[str, Any] = self._make(self._event)
        event["occurredAt"] = (self._now - timedelta(seconds=self._rng.uniform(0, 86_400))).isoformat()
        return event

    def _make(self, schema: dict[str, Any]) -> Any:
        rng = self._rng
        if "$ref" in schema:
            return self._make(self._components[schema["$ref"].rpartition("/")[2]])
        if "enum" in schema:
            return rng.choice(schema["enum"])
        if "const" in schema:
            return schema["const"]
        if "anyOf" in schema and "type" not in schema:
            return self._make(rng.choice(schema["anyOf"]))
        return getattr(self, f"_{schema.get('type', 'anything')}")(schema)

    def _anything(self, _schema: dict[str, Any]) -> Any:
        return self._rng.choice([1, "a", None, True, [1], {"b": 2}])

    def _null(self, _schema: dict[str, Any]) -> None:
        return None

    def _boolean(self, _schema: dict[str, Any]) -> bool:
        return self._rng.random() < 0.5

    def _integer(self, schema: dict[str, Any]) -> int:
        return self._rng.randint(schema.get("minimum", -(2**31)), schema.get("maximum", 2**31))

    def _number(self, schema: dict[str, Any]) -> float:
        return self._rng.uniform(schema.get("minimum", -1e9), schema.get("maximum", 1e9))

    def _string(self, schema: dict[str, Any]) -> str:
        rng = self._rng
        if schema.get("format") == "date-time":
            return (self._now - timedelta(days=rng.uniform(0, 1000))).isoformat()
        if schema.get("format") == "ipv4":
            return str(IPv4Address(rng.getrandbits(32)))
        if schema.get("format") == "ipv6":
            return str(IPv6Address(rng.getrandbits(128)))
        if "pattern" in schema:
            return "".join(rng.choices(string.ascii_uppercase, k=int(schema["pattern"].partition("{")[2][0])))
        longest = min(schema.get("maxLength", 30), 30 if rng.random() < 0.98 else 5_000)
        letters = string.printable + "äß語🙂\u2028\x00"
        return "".join(rng.choices(letters, k=rng.randint(schema.get("minLength", 0), longest)))

    def _array(self, schema: dict[str, Any]) -> list[Any]:
        if "prefixItems" in schema:
            return [self._make(one) for one in schema["prefixItems"]]
        many = self._rng.randint(schema.get("minItems", 0), min(schema.get("maxItems", 4), 4))
        return [self._make(schema["items"]) for _ in range(many)]

    def _object(self, schema: dict[str, Any]) -> dict[str, Any]:
        rng = self._rng
        alternatives = schema.get("oneOf", [])
        chosen = rng.choice(alternatives)["required"] if alternatives else []
        excluded = {name for one in alternatives for name in one["required"]} - set(chosen)
        must = {*schema.get("required", ()), *chosen}
        made = {
            name: self._make(inner)
            for name, inner in schema.get("properties", {}).items()
            if name in must or (name not in excluded and rng.random() < 0.3)
        }
        if "properties" not in schema and isinstance(schema.get("additionalProperties"), dict):
            made = {f"k{n}": self._make(schema["additionalProperties"]) for n in range(rng.randrange(3))}
        return made
