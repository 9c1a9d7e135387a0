"""Settings: defaults, the environment, and what is changed while the service runs. Unknown names are errors.

`FRAUD_*` and `WATCHWORD_*` variables are read; each is one field of `Service` (what a process needs to start) or of
`EngineSettings` (how it judges; live: changed through the admin API, kept in the store, with history and rollback).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
from msgspec import Meta, Struct

from watchword.errors import ConfigurationError
from watchword.policy.settings import EngineSettings

CONTRACT_NAMES = {
    "FRAUD_DETECTION_ENABLED": "enabled",
    "FRAUD_AUTO_BLOCK_THRESHOLD": "autoBlockThreshold",
    "FRAUD_VERIFICATION_THRESHOLD": "verificationThreshold",
    "FRAUD_VELOCITY_MAX_LOGINS_PER_MINUTE": "velocityThresholds.maxLoginsPerMinute",
    "FRAUD_VELOCITY_MAX_LOGINS_PER_HOUR": "velocityThresholds.maxLoginsPerHour",
    "FRAUD_GEO_ANOMALY_THRESHOLD": "geoAnomalyThreshold",
    "FRAUD_DEVICE_FINGERPRINTING": "deviceFingerprintEnabled",
    "FRAUD_BEHAVIORAL_ANALYSIS": "behavioralAnalysisEnabled",
    "FRAUD_ML_MODEL_ENABLED": "mlModelEnabled",
    "FRAUD_RETENTION_DAYS": "retentionDays",
}
"""Variables whose names the contract gives; every other live setting is `WATCHWORD_` and its name."""


class Service(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What a process needs to start. Read once, from `WATCHWORD_*`."""

    data_dir: Annotated[str, Meta(description="Where everything is kept: one directory.")] = "watchword-data"
    host: Annotated[str, Meta(description="Address to listen on. Beyond loopback, TRUSTED_PROXIES must be set.")] = (
        "127.0.0.1"
    )
    port: Annotated[int, Meta(ge=0, le=65_535, description="Port to listen on.")] = 8000
    store: Annotated[Literal["sqlite", "memory"], Meta(description="Where state and decisions live.")] = "sqlite"
    trusted_proxies: Annotated[
        str | None,
        Meta(description="CIDRs, comma-separated, whose X-Forwarded-For is believed; `none` for a bind without proxy."),
    ] = None
    allowed_origins: Annotated[
        str | None,
        Meta(description="Origins, comma-separated, whose pages may call the API from a browser, beside its own."),
    ] = None
    device_cookie: Annotated[
        Literal["off", "strict", "lax", "none"],
        Meta(description="SameSite of the device cookie; `none` for pages of other sites, `off` for no cookie."),
    ] = "lax"
    device_cookie_secure: Annotated[bool, Meta(description="Whether the device cookie is for HTTPS alone.")] = True
    service_name: Annotated[
        str, Meta(min_length=1, max_length=64, description="What letters and authenticator apps call your service.")
    ] = "Watchword"
    public_url: Annotated[
        str | None, Meta(description="Where people's browsers reach this service; links in notices lead there.")
    ] = None
    smtp_url: Annotated[
        str | None, Meta(description="Mail server: smtp://USER:PASSWORD@HOST:587 (STARTTLS), or smtps://...:465.")
    ] = None
    mail_from: Annotated[str, Meta(description="The sender of e-mails.")] = "watchword@localhost"
    sms_webhook_url: Annotated[str | None, Meta(description="Text messages are sent by a signed POST to this URL.")] = (
        None
    )
    sms_webhook_secret: Annotated[str | None, Meta(description="What those POSTs are signed with.")] = None
    notice_webhook_url: Annotated[
        str | None, Meta(description="Notices to accounts' owners are also sent by a signed POST to this URL.")
    ] = None
    notice_webhook_secret: Annotated[str | None, Meta(description="What those POSTs are signed with.")] = None
    alert_webhook_url: Annotated[
        str | None, Meta(description="Alerts that applications raise are sent by a signed POST to this URL.")
    ] = None
    alert_webhook_secret: Annotated[str | None, Meta(description="What those POSTs are signed with.")] = None
    webauthn_origins: Annotated[
        str | None, Meta(description="Origins, comma-separated, of the pages that ask for WebAuthn; first: yours.")
    ] = None
    webauthn_rp_id: Annotated[
        str | None, Meta(description="The domain that security keys are bound to; else the first origin's host.")
    ] = None
    ml_url: Annotated[
        str | None, Meta(description="An ML engine elsewhere (`watchword ml`), http://HOST:8001; in process without.")
    ] = None
    ml_key: Annotated[str | None, Meta(description="The service key to ask it with.")] = None
    city_file: Annotated[str | None, Meta(description="An MMDB of your own, instead of the fetched city file.")] = None
    feeds_refresh: Annotated[bool, Meta(description="Whether the service refreshes feeds on their schedule.")] = True
    commit_deadline_ms: Annotated[
        int, Meta(ge=50, le=30_000, description="How long a commit may take before the event is withdrawn.")
    ] = 2000
    deployment_key: Annotated[
        str | None, Meta(description="Base64 of 32 bytes, instead of the key file in the data directory.")
    ] = None
    console: Annotated[bool, Meta(description="Whether the console is served at /console.")] = True
    log_level: Annotated[Literal["debug", "info", "warning", "error"], Meta(description="Least level logged.")] = "info"

    def __repr__(self) -> str:
        shown = ((name, getattr(self, name)) for name in self.__struct_fields__)
        return f"Service({', '.join(f'{name}={_shown(name, value)}' for name, value in shown)})"


class Settings(Struct, frozen=True):
    """Everything a process starts with. `origins` says where each value that is not a default came from."""

    service: Service = Service()
    engine: EngineSettings = EngineSettings()
    origins: dict[str, str] = {}


class Setting(Struct, frozen=True):
    """One entry of the settings catalogue; `path` is its live name, None where it is read at start only."""

    variable: str
    path: str | None
    default: Any
    meaning: str


SECRETS = frozenset(
    {
        "deployment_key", "deploymentKey", "smtp_url", "smtpUrl", "sms_webhook_secret", "smsWebhookSecret",
        "notice_webhook_secret", "noticeWebhookSecret", "alert_webhook_secret", "alertWebhookSecret", "ml_key", "mlKey",
    }
)  # fmt: skip


def load(environment: Mapping[str, str]) -> Settings:
    """The settings in those variables. Raises ConfigurationError naming the variable that is unknown or wrong."""
    known = {one.variable: one for one in catalogue()}
    service: dict[str, Any] = {}
    engine: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for variable, text in sorted(environment.items()):
        if not variable.startswith(("FRAUD_", "WATCHWORD_")) or variable in OUTSIDE:
            continue
        if variable not in known:
            raise ConfigurationError(f"{variable} is no setting.{_suggestion(variable, known)}")
        origins[variable] = "environment"
        _check_alone(variable, known[variable], text)
        path = known[variable].path
        if path is None:
            service[_camel(variable.removeprefix("WATCHWORD_"))] = text
        else:
            _place(engine, path, text)
    settings = Settings(_convert(service, Service), _convert(engine, EngineSettings), origins)
    check_bind(settings.service)
    return settings


OUTSIDE = frozenset({"WATCHWORD_REFERENCE_DATA"})
"""Variables that tests and benchmarks read, which are no settings."""


def check_bind(service: Service) -> None:
    """Raises ConfigurationError for a public bind without a decision on proxies."""
    if service.trusted_proxies is None and not _is_loopback(service.host):
        raise ConfigurationError(
            f"WATCHWORD_HOST={service.host} is reachable from outside. Say who stands in front: "
            "WATCHWORD_TRUSTED_PROXIES=10.0.0.0/8 (or `none`)."
        )


def catalogue() -> Iterator[Setting]:
    """Every setting there is: the contract's first, then live ones, then those read at start."""
    variables = {path: variable for variable, path in CONTRACT_NAMES.items()}
    for path, default, meaning in _leaves(EngineSettings, ""):
        variable = variables.get(path) or f"WATCHWORD_{_prefix(path)}{_upper(path.rpartition('.')[2])}"
        yield Setting(variable, path, default, meaning)
    for path, default, meaning in _leaves(Service, ""):
        yield Setting(f"WATCHWORD_{_upper(path)}", None, "***" if path in SECRETS and default else default, meaning)


def _leaves(kind: type[Struct], prefix: str) -> Iterator[tuple[str, Any, str]]:
    for field in msgspec.structs.fields(kind):
        inner, meaning = _unwrapped(field.type)
        if isinstance(inner, type) and issubclass(inner, Struct):
            yield from _leaves(inner, f"{prefix}{field.encode_name}.")
        elif get_origin(inner) not in (tuple, dict, list, frozenset):
            yield f"{prefix}{field.encode_name}", field.default, meaning


def _unwrapped(annotation: Any) -> tuple[Any, str]:
    meaning = ""
    while get_origin(annotation) is Annotated:
        annotation, *notes = get_args(annotation)
        meaning = next((note.description for note in notes if getattr(note, "description", None)), meaning)
    return annotation, meaning


def _check_alone(variable: str, setting: Setting, text: str) -> None:
    tree: dict[str, Any] = {}
    kind = Service if setting.path is None else EngineSettings
    _place(tree, setting.path or _camel(variable.removeprefix("WATCHWORD_")), text)
    try:
        msgspec.convert(tree, kind, strict=False)
    except msgspec.ValidationError as error:
        secret = setting.path is None and _camel(variable.removeprefix("WATCHWORD_")) in SECRETS
        shown = "***" if secret else repr(text)
        raise ConfigurationError(f"{variable}={shown}: {re.sub(r' - at `.*', '', str(error))}") from None
    except ConfigurationError:
        return  # only wrong together with the other settings, which `_convert` sees


def _convert(tree: dict[str, Any], kind: type[Any]) -> Any:
    try:
        return msgspec.convert(tree, kind, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigurationError(str(error)) from None


def _place(tree: dict[str, Any], path: str, value: Any) -> None:
    *parents, name = path.split(".")
    for parent in parents:
        tree = tree.setdefault(parent, {})
    tree[name] = value


def _prefix(path: str) -> str:
    """What stands before the variables of sessions: their names alone would say too little."""
    return "SESSION_" if path.startswith("sessions.") else ""


def _upper(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()


def _camel(name: str) -> str:
    first, *rest = name.lower().split("_")
    return first + "".join(part.capitalize() for part in rest)


def _suggestion(variable: str, known: Mapping[str, Setting]) -> str:
    near = get_close_matches(variable, known, 1)
    return f" Did you mean {near[0]}?" if near else ""


def _shown(name: str, value: Any) -> str:
    return "'***'" if name in SECRETS and value else repr(value)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def data_dir(service: Service) -> Path:
    """The data directory as a path."""
    return Path(service.data_dir)
