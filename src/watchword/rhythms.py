"""The rhythm of log-ins: compared with the owner's template before a log-in is judged, learnt when the log-in is."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from watchword.behaviour.clock_grain import believed
from watchword.behaviour.rhythm import NO_BACKGROUNDS, Backgrounds, learn_entries, read_rhythm
from watchword.behaviour.samples import gather
from watchword.errors import StoreError
from watchword.events.pseudonym import short
from watchword.policy.assessment import Assessment
from watchword.ports import Recorded, Records, Templates

PURPOSE = "behavior"
"""The purpose to which a person consents, or not."""

PART = "templates"


class Rhythms:
    """Reads and learns how log-in forms are filled in.

    `backgrounds` is replaced whole when population models change; `enabled` and `consent_required` follow the settings.
    A template that can not be read is missing evidence, and named: the log-in is judged without it.
    """

    def __init__(self, templates: Templates, records: Records | None = None) -> None:
        self.templates = templates
        self.backgrounds: Backgrounds = NO_BACKGROUNDS
        self.enabled = True
        self.consent_required = False
        self._records = records

    async def read(self, assessment: Assessment) -> Assessment:
        """The assessment with its rhythm; as it was where the form may not be used, or came without a user."""
        form, owner = assessment.form, assessment.entities.user
        if form is None or owner is None or not self.enabled:
            return assessment
        try:
            if not await self._may(assessment, owner):
                return assessment
            template = await self.templates.template(owner)
            samples = believed(gather(form.events, form.clock, form.screen))
            return replace(assessment, rhythm=read_rhythm(samples, template, self.backgrounds))
        except StoreError as error:
            reason = str(error)
        except Exception as error:  # modalities are plug-ins: the edge
            reason = type(error).__name__
        missing = assessment.facts.missing | {PART: reason}
        return replace(assessment, facts=replace(assessment.facts, missing=missing))

    async def learn(self, assessment: Assessment, recorded: Recorded) -> None:
        """Puts the form's entries into the template where the profile learnt the log-in, and no machine typed."""
        rhythm, owner = assessment.rhythm, assessment.entities.user
        learnt = recorded.fresh and recorded.decision.learnt
        if not learnt or rhythm is None or owner is None or rhythm.bots or not rhythm.entries:
            return
        session = short(assessment.entities.session) if assessment.entities.session else 0
        await self.templates.change(
            owner, lambda template: learn_entries(template, rhythm.entries, assessment.at_ms, session)
        )

    async def _may(self, assessment: Assessment, owner: bytes) -> bool:
        said = assessment.event.consent.get(PURPOSE)
        if said is None and self._records is not None:
            record = await self._records.get("consent", owner.hex())
            said = msgspec.json.decode(record.body, type=dict[str, bool]).get(PURPOSE) if record else None
        return not self.consent_required if said is None else said
