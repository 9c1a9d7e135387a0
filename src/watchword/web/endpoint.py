"""What an endpoint is: a path, what it takes and gives, and the function that answers. One value, found by the app."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from msgspec import Struct

from watchword.sessions.records import Claim
from watchword.web.asgi import App, Headers
from watchword.web.authentication import Caller, Gate
from watchword.web.service import Service

JSON = "application/json"
MAX_BODY_BYTES = 64_000


class Call(Struct, frozen=True):
    """One request, parsed: path parameters by name, the query and the body as the endpoint's types.

    Instead of a `caller`, who has a key, there may be a session's `token`; `claim` is what it opens, where the path
    names the session.
    """

    service: Service
    caller: Caller | None
    path: dict[str, str]
    query: Any
    body: Any
    request_id: str
    accept: str = ""
    headers: Headers = []
    address: str = ""
    token: str | None = None
    claim: Claim | None = None

    @property
    def who(self) -> Caller:
        """The caller, where the endpoint needs a key."""
        assert self.caller is not None, "this endpoint takes no key"
        return self.caller


class Reply(Struct, frozen=True):
    """An answer that is more than JSON with the endpoint's status. `body` is bytes, or a stream of them."""

    body: bytes | AsyncIterator[bytes] = b""
    media_type: str = JSON
    status: int = 200
    headers: dict[str, str] = {}


Answer = Callable[[Call], Awaitable[Any]]
Raw = Callable[[Service, Gate], App]


class Endpoint(Struct, frozen=True, kw_only=True):
    """One method on one path.

    `takes`, `query` and `gives` are msgspec types (a query is a Struct of parameters; `gives` None is an empty answer);
    `documented` stands for `takes` in the reference where that is read in pieces. `problems` are the statuses it may
    fail with beside those that follow from keys, parameters and bodies; `example` is a body that works. `raw` makes an
    ASGI application that does all of it by itself, instead of `answer`.
    """

    method: str
    path: str
    answer: Answer | None = None
    raw: Raw | None = None
    takes: Any = None
    documented: Any = None
    query: type[Struct] | None = None
    gives: Any = None
    status: int = 200
    media_type: str = JSON
    problems: tuple[int, ...] = ()
    example: Any = None
    max_bytes: int = MAX_BODY_BYTES

    @property
    def name(self) -> str:
        """Method and path, as in the table of roles."""
        return f"{self.method} {self.path}"

    @property
    def tag(self) -> str:
        """Under which heading it stands in the reference."""
        if not self.path.startswith("/api/"):
            return "service"
        return "admin" if self.path.startswith("/api/admin/") else self.path.split("/")[3]

    @property
    def doc(self) -> str:
        """What it does, from the docstring."""
        return inspect.cleandoc((self.answer or self.raw).__doc__ or "")


def endpoint(method: str, path: str, **traits: Any) -> Callable[[Answer], Endpoint]:
    """Makes an endpoint of a function; see `Endpoint` for the traits."""

    def make(answer: Answer) -> Endpoint:
        return Endpoint(method=method, path=path, answer=answer, **traits)

    return make
