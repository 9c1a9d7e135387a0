"""Step-up as one whole: couriers, challenges, factors, notices, alerts; made from a deployment's settings."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from watchword import actions
from watchword.actions.challenges import Challenge, Site
from watchword.catalog import discover
from watchword.challenging.alerts import Alerts, Wire
from watchword.challenging.challenges import Challenging, Settled
from watchword.challenging.dialogue import Tools
from watchword.challenging.factors import Factors
from watchword.challenging.notices import Notices, Post
from watchword.challenging.shelf import Shelf
from watchword.delivery.loopback import is_loopback
from watchword.delivery.outbox import Nobody, Outbox
from watchword.delivery.routes import Routes
from watchword.delivery.smtp import Mail, parse_server
from watchword.delivery.webhook import Webhook
from watchword.engine import Engine
from watchword.errors import ConfigurationError, WatchwordError
from watchword.events.verification import Verification
from watchword.ports import Courier, Records
from watchword.privacy.cipher import Cipher
from watchword.privacy.keyring import KeyRing
from watchword.privacy.secret_hash import Cost, SecretHasher
from watchword.sessions.engine import SessionEngine
from watchword.state.stepup import Rules

SOURCE = "challenge"
Derive = Callable[[str], bytes]
"""From a purpose to a key of its own; see `privacy.keyring`."""


class Channels(Struct, frozen=True, kw_only=True):
    """How people are reached, and where their browsers come from. Raises ConfigurationError for what does not hold.

    `outbox` takes what would be sent by a channel that has no server of its own.
    """

    name: str = "Watchword"
    public_url: str | None = None
    smtp_url: str | None = None
    mail_from: str = "watchword@localhost"
    sms_url: str | None = None
    sms_secret: str | None = None
    notice_url: str | None = None
    notice_secret: str | None = None
    alert_url: str | None = None
    alert_secret: str | None = None
    origins: tuple[str, ...] = ()
    rp_id: str | None = None
    outbox: Outbox | None = None

    def __post_init__(self) -> None:
        for url in (*self.origins, *((self.public_url,) if self.public_url else ())):
            parts = urlsplit(url)
            if not parts.hostname or not (
                parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
            ):
                raise ConfigurationError(f"{url} does not begin with https:// (http:// on this machine only).")

    @property
    def site(self) -> Site:
        """Who asks, for WebAuthn and for letters."""
        own = (self.public_url,) if self.public_url else ()
        origins = tuple(origin.rstrip("/") for origin in self.origins or own)
        return Site(self.name, self.rp_id or (urlsplit(origins[0]).hostname if origins else None), origins)

    def courier(self) -> Courier:
        """What carries letters."""
        mail: Courier = self.outbox or Nobody("WATCHWORD_SMTP_URL")
        if self.smtp_url:
            mail = Mail(parse_server(self.smtp_url), self.mail_from)
        text = self._webhook(self.sms_url, self.sms_secret, "WATCHWORD_SMS_WEBHOOK_URL")
        notice = self._webhook(self.notice_url, self.notice_secret, "WATCHWORD_NOTICE_WEBHOOK_URL")
        alert = self._webhook(self.alert_url, self.alert_secret, "WATCHWORD_ALERT_WEBHOOK_URL")
        return Routes({"email": mail, "sms": text, "notice": notice, "alert": alert})

    @property
    def mails(self) -> bool:
        """Whether e-mail goes anywhere."""
        return self.smtp_url is not None or self.outbox is not None

    def _webhook(self, url: str | None, secret: str | None, setting: str) -> Courier:
        if url is None:
            return self.outbox or Nobody(setting)
        return Webhook(url, secret or "", time.time)


class StepUp(Struct, frozen=True):
    """The parts of step-up."""

    challenging: Challenging
    factors: Factors
    notices: Notices
    alerts: Alerts
    outbox: Outbox | None = None

    def follow(self, sessions: SessionEngine) -> None:
        """Has challenges that name a session move its risk."""

        async def move(settled: Settled) -> None:
            if settled.session_id is None:
                return
            with suppress(WatchwordError):  # a session that ended meanwhile has no risk to move
                claim = await sessions.claim(settled.session_id, settled.user_id)
                await sessions.answered(claim, settled.passed, settled.type)

        self.challenging.listen(move)


def open_step_up(
    engine: Engine, records: Records, derive: Derive, rules: Callable[[], Rules], channels: Channels = Channels()
) -> StepUp:
    """The step-up of an engine, which from now on offers challenges, learns from them, and has owners told."""
    shelf = Shelf(records, engine.pseudonyms, Cipher(derive("factors")), engine.clock)
    courier, site = channels.courier(), channels.site
    tools = Tools(courier, SecretHasher(derive("pepper")), derive("codes"), channels.name)
    challenging = Challenging(shelf, tools, discover(actions, Challenge, "watchword.challenges"), rules, site)
    post = Post(
        courier, derive("links"), channels.name, channels.public_url,
        mail=channels.mails,
        hook=channels.notice_url is not None or channels.outbox is not None,
    )  # fmt: skip
    notices = Notices(shelf, engine.store, post, rules)
    hook = channels.alert_url is not None or channels.outbox is not None
    alerts = Alerts(shelf, Wire(courier, channels.name, channels.mails, hook), rules)

    async def teach(settled: Settled) -> None:
        with suppress(WatchwordError):  # a person who was erased meanwhile is taught nothing
            await engine.assess(_told(settled), SOURCE)

    challenging.listen(teach)
    engine.listen(notices.note)
    engine.world = replace(engine.world, offer=challenging.offer)
    return StepUp(challenging, Factors(challenging), notices, alerts, channels.outbox)


def memory_step_up(engine: Engine, records: Records, rules: Callable[[], Rules] = Rules) -> StepUp:
    """Step-up with keys of its own and an outbox, which delivers nothing: tests and trials."""
    channels = Channels(outbox=Outbox(), public_url="http://localhost:8000")
    step_up = open_step_up(engine, records, KeyRing.fresh().derive, rules, channels)
    quick = SecretHasher(b"memory", Cost(memory_kib=64, passes=1))
    step_up.challenging.tools = replace(step_up.challenging.tools, hasher=quick)
    return step_up


def _told(settled: Settled) -> Verification:
    return Verification(
        id=settled.id,
        occurred_at=datetime.fromtimestamp(settled.at_ms / 1000, UTC),
        user_id=settled.user_id,
        session_id=settled.session_id,
        method=settled.type,
        result="success" if settled.passed else "failure",
        decision_id=settled.decision_id,
    )
