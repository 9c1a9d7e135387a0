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
        name="new_device_on_foreign_hosting",
        sentence="A new device in a datacentre of a country where this user never was; datacentres at home are let be",
        when='type == "login" && new_device && hosting && !usual_country && !usual_network',
        action="verify",
    ),
    Policy(
        name="new_device_on_listed_address",
        sentence="A new device from an address that fresh abuse lists name",
        when='type == "login" && new_device && abuse_lists > 0',
        action="verify",
    ),
    Policy(
        name="sensitive_change_from_new_place",
        sentence="A change that hands over the account or its money, from a place that is new for this user",
        when="sensitive && new_place",
        action="verify",
    ),
)
