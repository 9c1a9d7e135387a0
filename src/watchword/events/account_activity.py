"""Something was done to an account."""

from __future__ import annotations

from typing import Literal

from watchword.events.event import Event, Text

SENSITIVE = frozenset(
    {
        "update_email",
        "update_phone",
        "update_password",
        "reset_password",
        "update_address",
        "add_payment_method",
        "privilege_change",
        "delete_account",
    }
)
"""Activities that hand the account, or what it can pay with, to somebody else."""


class AccountActivity(Event, tag="account_activity", kw_only=True):
    """A change of, or on, an account. An `activity` of `login` or `logout` is normalised to that event kind."""

    activity: Text
    result: Literal["success", "failure"] = "success"
