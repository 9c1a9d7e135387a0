"""Errors as RFC 9457 problem documents: the one place where a class of error becomes a status."""

from __future__ import annotations

import logging
import traceback
from http import HTTPStatus

import msgspec
from msgspec import Struct

from watchword import errors

MEDIA_TYPE = "application/problem+json"
STATUSES: tuple[tuple[type[Exception], int], ...] = (
    (errors.TooLarge, 413),
    (errors.TooOld, 422),
    (errors.TooFarAhead, 422),
    (errors.InvalidInput, 400),
    (errors.Conflict, 409),
    (errors.Erased, 410),
    (errors.NotFound, 404),
    (errors.Unauthenticated, 401),
    (errors.Forbidden, 403),
    (errors.LimitExceeded, 429),
    (errors.ConfigurationError, 400),
    (errors.StoreError, 503),
    (errors.DeliveryFailed, 502),
)
"""The first match counts. Anything else that is raised is a fault of ours: 500, without detail."""

RETRY_S = 1
_logger = logging.getLogger("watchword.web")


class Problem(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A problem document. `code` is stable, for programs; `field` a JSON path; `request_id` is also in the log."""

    type: str
    title: str
    status: int
    code: str
    request_id: str
    detail: str | None = None
    field: str | None = None


class Answer(Struct, frozen=True):
    """A problem made ready to send: status, body and the headers that belong to it."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


def describe(error: BaseException, request_id: str) -> Problem:
    """The problem document of an error. Texts come only from errors that we raised on purpose."""
    status = status_of(error)
    code = _code(error, status)
    known = isinstance(error, errors.WatchwordError) and status < HTTPStatus.INTERNAL_SERVER_ERROR
    return Problem(
        type=f"urn:watchword:problem:{code.lower().replace('_', '-')}",
        title=HTTPStatus(status).phrase,
        status=status,
        code=code,
        request_id=request_id,
        detail=str(error) if known else _explain(status),
        field=getattr(error, "field", None),
    )


def answer(error: BaseException, request_id: str) -> Answer:
    """What to send for an error, which is logged as `told` says."""
    problem = told(error, request_id)
    return Answer(problem.status, msgspec.json.encode(problem), headers_of(error, problem.status))


def told(error: BaseException, request_id: str) -> Problem:
    """The problem document of an error; unexpected ones are logged, by place and kind only."""
    problem = describe(error, request_id)
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log(error, request_id)
    return problem


def status_of(error: BaseException) -> int:
    """The status of an error."""
    own = getattr(error, "status_code", None)  # the framework's: no such path, method, ...
    if isinstance(own, int):
        return own
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 500)


def headers_of(error: BaseException, status: int) -> tuple[tuple[str, str], ...]:
    """The headers that a status demands."""
    if isinstance(error, errors.LimitExceeded):
        return (("retry-after", str(error.retry_after_s)),)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return (("retry-after", str(RETRY_S)),)
    if status == HTTPStatus.UNAUTHORIZED:
        return (("www-authenticate", 'Bearer realm="watchword"'),)
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        sent: dict[str, str] = getattr(error, "headers", None) or {}
        return tuple((name.lower(), value) for name, value in sent.items() if name.lower() == "allow")
    return ()


def _code(error: BaseException, status: int) -> str:
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return "INTERNAL"
    return error.code if isinstance(error, errors.WatchwordError) else HTTPStatus(status).name


def _explain(status: int) -> str | None:
    texts = {
        404: "There is nothing at this path.",
        405: "This path does not take that method.",
        413: "The body is too large.",
        500: "Something failed on our side. The request id finds it in the log.",
        502: "The message could not be delivered just now.",
        503: "The store can not answer just now.",
    }
    return texts.get(status)


def _log(error: BaseException, request_id: str) -> None:
    """Where it failed and how, without the message: that may carry what a caller sent."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    where = " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in reversed(frames))
    _logger.error("%s in request %s at %s", type(error).__name__, request_id, where)
