"""What the middleware may be told, and what it looks at in a request. Nothing here needs more than the scope."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from ipaddress import ip_address
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from watchword.events.login import FormBehavior
from watchword.web.asgi import Headers, Scope

MAX_FORM_BYTES = 48_000
"""Behaviour of a form that is carried with a log-in at most, as JSON: an event takes 64,000 bytes in all."""

MAX_TEXT = 256
FINGERPRINT_FIELD = "deviceFingerprint"
SHOWN_HEADERS = frozenset(
    {
        "host", "connection", "user-agent", "accept", "accept-language", "accept-encoding", "origin", "dnt", "sec-gpc",
        "upgrade-insecure-requests", "cache-control", "pragma", "priority", "te", "x-requested-with",
        "x-forwarded-proto",
    }
)  # fmt: skip
"""Headers that tell a browser from a script. No cookies, no credentials, no addresses of pages."""

Points = Annotated[float, Meta(ge=0, le=100)]


class RiskOptions(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The middleware's settings. Paths cover what lies below them; thresholds are scores 0-100.

    `trusted_proxies` are CIDRs whose X-Forwarded-For is believed; a judgement that takes longer than `timeout_ms` is
    not waited for.
    """

    enabled: bool = True
    exempt_paths: tuple[str, ...] = ("/health", "/ready", "/metrics")
    exempt_user_roles: tuple[str, ...] = ("admin", "super_admin")
    block_threshold: Points = 80.0
    verification_threshold: Points = 60.0
    enable_device_fingerprinting: bool = True
    trusted_proxies: tuple[str, ...] = ()
    timeout_ms: Annotated[int, Meta(ge=1, le=60_000)] = 2_500


class LoginRule(Struct, frozen=True):
    """How a log-in is recognised, and how its outcome is told from the application's answer.

    `user_field` are the names under which a JSON or form body may hold the user id; give the one that the application
    reads, for where two of them name different users, or one is given twice, nobody is believed. Statuses in neither
    set say nothing, and nothing is assessed. An application that answers a wrong password with 200 and a right one with
    a redirect has `succeeded={302, 303}, failed={200}`. With `behavior_field`, what the collector saw of the form is
    judged with the log-in: the body's field of that name holds the log-in event's `behavior` (an object in JSON, its
    text in a form). What is no such object, or too large, is left out.

    A success of which the user can not be told (too large a body, no such field, an unclear one) is judged by address
    alone; with `refuse_unread` nobody is let in by it: 413 or 422 in the application's place.
    """

    path: str = "/login"
    method: str = "POST"
    user_field: tuple[str, ...] = ("username", "userId", "email", "user", "login")
    succeeded: frozenset[int] = frozenset(range(200, 400))
    failed: frozenset[int] = frozenset({400, 401, 403, 422})
    behavior_field: str | None = None
    refuse_unread: bool = False

    def outcome(self, status: int) -> Literal["success", "failure"] | None:
        """What that status says of the log-in."""
        return "success" if status in self.succeeded else "failure" if status in self.failed else None

    @property
    def wanted(self) -> frozenset[str]:
        """The fields of a body that are looked at."""
        return frozenset(
            (*self.user_field, FINGERPRINT_FIELD, *((self.behavior_field,) if self.behavior_field else ()))
        )

    def claimed(self, fields: Mapping[str, Any]) -> tuple[str, ...]:
        """The user ids that the body holds: one, mostly; several where its fields name different people."""
        return tuple(dict.fromkeys(text for name in self.user_field if (text := bounded(fields.get(name)))))

    def behavior(self, fields: Mapping[str, Any]) -> FormBehavior | None:
        """How the form was filled in, where it says so."""
        sent = fields.get(self.behavior_field) if self.behavior_field else None
        try:
            text = sent if isinstance(sent, str) else msgspec.json.encode(sent)
            form = msgspec.json.decode(text, type=FormBehavior)
            return form if len(msgspec.json.encode(form)) <= MAX_FORM_BYTES else None
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return None


class Person(Struct, frozen=True):
    """Who is signed in, as the application knows them."""

    user_id: str
    roles: tuple[str, ...] = ()


Identify = Callable[[Scope], Person | None]


def person_of(scope: Scope) -> Person | None:
    """Who is signed in: what the application put into `state.watchword_user` (and `_roles`), or `scope["user"]`."""
    state = scope.get("state") or {}
    roles = tuple(str(role) for role in state.get("watchword_roles") or ())
    if state.get("watchword_user"):
        return Person(str(state["watchword_user"]), roles)
    user = scope.get("user")
    if user is None or getattr(user, "is_authenticated", True) is False:
        return None
    found = next((str(value) for name in _ID_NAMES if (value := _own(user, name))), None)
    return Person(found, roles or tuple(str(role) for role in _own(user, "roles") or ())) if found else None


_ID_NAMES = ("user_id", "id", "identity", "username")


def _own(user: Any, name: str) -> Any:
    try:
        return user.get(name) if isinstance(user, dict) else getattr(user, name, None)
    except Exception:  # the application's own property: the edge
        return None


def read_header(headers: Headers, name: bytes) -> str | None:
    """A header's value as text, if it was sent."""
    return next((value.decode("latin-1") for key, value in headers if key == name), None)


def shown_headers(headers: Headers) -> tuple[tuple[str, str], ...]:
    """The headers that may be looked at, in the order in which they were sent."""
    texts = ((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers)
    kept = ((name, value[:2048]) for name, value in texts if _is_shown(name))
    return tuple(kept)[:64]


def _is_shown(name: str) -> bool:
    return name in SHOWN_HEADERS or name.startswith(("sec-ch-", "sec-fetch-"))


def covers(prefixes: Iterable[str], path: str) -> bool:
    """Whether the path is one of these, or lies below one."""
    return any(path == prefix or path.startswith(f"{prefix.rstrip('/')}/") for prefix in prefixes)


def as_address(text: str) -> str:
    """The address, or this machine's where the server gave none (a Unix socket, a test client)."""
    try:
        return str(ip_address(text))
    except ValueError:
        return "127.0.0.1"


def bounded(value: Any) -> str | None:
    """A user id or fingerprint that an event can carry: text of 1 to 256 characters, or a number."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value)
    return text if 1 <= len(text) <= MAX_TEXT else None


class Seen(Struct, frozen=True):
    """What is known of one request before any answer."""

    path: str
    method: str
    ip: str
    at: datetime
    headers: tuple[tuple[str, str], ...] = ()
    user_agent: str | None = None
    fingerprint: str | None = None
