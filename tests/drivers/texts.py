"""What is typed into the demo bank."""

from __future__ import annotations

PASSWORD = "violet-harbour"
FIELDS = {
    "to": "tomas pereira",
    "iban": "pt50 0002 0123 1234",
    "amount": "820",
    "reference": "deposit for the flat in braga as we agreed in june",
}
