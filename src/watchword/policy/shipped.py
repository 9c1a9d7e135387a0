"""The rules that ship: corroboration, which an average can not give. Live, and as editable as any other."""

from __future__ import annotations

from watchword.policy.rule import Policy

SHIPPED = (
    Policy(
        name="new_device_and_new_country",
        sentence="The device and the country are both new for this user",
        when='type == "login" && new_device && new_country',
        action="verify",
    ),
    Policy(
        name="new_device_on_anonymiser",
        sentence="A new device behind a VPN, a proxy or Tor, which is not this user's habit",
        when='type == "login" && new_device && (vpn || proxy || tor) && !usual_network',
        action="verify",
    ),
    Policy(
        name="sensitive_change_from_new_place",
        sentence="A change that hands over the account or its money, from a place that is new for this user",
        when="sensitive && new_place",
        action="verify",
    ),
)
