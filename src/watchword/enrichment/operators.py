"""What kind of business runs a network, from its AS number and its registered name.

A coarse built-in table, so that an installation without any feed still knows the large clouds, hosters, VPN services,
content networks, security gateways, satellites and mobile carriers. Feeds say it finer and fresher.
"""

from __future__ import annotations

import re
from functools import lru_cache

NUMBERS: dict[str, frozenset[int]] = {
    "hosting": frozenset({
        8075, 8068, 396982, 45090, 132203, 63949, 20473, 46606, 26347, 19871, 34788, 62904, 22363, 14576, 35916, 25820,
        9370, 32244, 9123, 43350, 60404, 12824, 24961, 198610, 23470, 53850, 3223, 33387, 36352, 54290, 55286,
    }),
    "vpn": frozenset({136787, 272096, 207137, 147049, 141039, 209854, 20448, 39351, 49399, 214813, 209103, 199218}),
    "relay": frozenset({36183}),  # Akamai's half of iCloud Private Relay
    "mobile": frozenset({
        6167, 22394, 20057, 55836, 45609, 38266, 55410, 35228, 206067, 60339, 9605, 9644, 16135, 15897, 31133, 25159,
        15895, 29975, 36994, 16637, 23693, 4761, 24203, 132199, 10139, 24378, 26599, 26615, 28403,
    }),
    "satellite": frozenset({14593, 27277, 7155, 40306, 6621, 1358, 12440, 44795, 63062, 22351, 29286, 800}),
}  # fmt: skip

# Searched in the registered name. A word list, not a judgement: a network of that name mostly sells that.
NAMES: dict[str, re.Pattern[str]] = {
    "hosting": re.compile(
        r"(?i)\b(?:web)?hosting\b|[a-z]hosting\b|\bvps|vps\b|data ?cent(?:er|re)s?\b|\bdedicated\b|\bservers?\b"
        r"|\bcloud (?:comput|tech|serv|host|hk|limited|llc|infra|corp)|\w{3}cloud\b|^(?!afri)\w{2,}host\b"
        r"|^(?:amazon\.com|alibaba|hangzhou alibaba|huawei (?:cloud|international)|ibm cloud|oracle corporation|ovh\b"
        r"|rackspace|hetzner|digitalocean|contabo|leaseweb|scaleway|ionos|strato ag|godaddy|hostinger|m247|netcup"
        r"|selectel|jsc selectel|jsc .?timeweb|clouvider|psychz|frantech|hivelocity|sharktech|namecheap|interserver"
        r"|worldstream|hostkey|velia\.net|plusserver|firstcolo|enzu|masterhost|hostdime|hostroyale|datacamp|quadranet"
        r"|zenlayer|multacom|kamatera|aruba s\.p\.a|g-core|aeza|alexhost|reliablesite|i3d\.net|equinix|internap"
        r"|greencloud|vultr|linode|upcloud|exoscale|infomaniak|gandi|ovhcloud|packet host|fly\.io|oneprovider)\b"
    ),
    "vpn": re.compile(r"(?i)\bvpn\b(?! (?:de|infra))|packethub|surfshark|mullvad|windscribe|nordvpn|^31173 services"),
    "residential_proxy": re.compile(r"(?i)oxylabs|iproyal|packetstream|bright ?data|luminati|smartproxy|netnut"),
    "proxy": re.compile(r"(?i)\b(?:key|red|x)-?prox(?:y|ies)\b|\bprox(?:y|ies) (?:vn|llc)|proxyomega|proxy-hub"),
    "cdn": re.compile(r"(?i)^(?:cloudflare|fastly|akamai|limelight|incapsula|imperva|cachefly|bunny ?(?:way|tech))"),
    "relay": re.compile(r"(?i)^(?:zscaler|netskope|iboss|menlo security|cato networks|forcepoint|cisco opendns)"),
    "mobile": re.compile(
        r"(?i)(?<!exxon )\bmobile?\b|(?<!cable & )(?<!cable and )\bwireless\b|\bm[oó]vil(?:es|net)?\b|\bcell?ular\b"
        r"|\bgsm\b|mobil(?:ink|inil|tel|fon)|mobi(?:ly|fone|tel)\b|radiomovil|telemovil|ntt docomo|sk telecom|vodacom"
    ),
    "satellite": re.compile(
        r"(?i)\bsatellite(?! (?:tele|radio|tv|medi|net service|netcom|publ|information))|satelit(?:al|es)\b|satcom"
        r"|space exploration technologies|viasat(?!digital)|hughes (?:network|communications)|inmarsat|iridium|intelsat"
        r"|eutelsat|skylogic|speedcast|marlink|kacific|thuraya telecom|oneweb|panasonic avionics|anuvu|\bgogo business"
        r"|onair\b|\bairlines?\b|in-?flight|isotropic networks|kvh industries"
    ),
}  # fmt: skip

KINDS = tuple(NAMES)


@lru_cache(maxsize=16_384)
def kinds_of(asn: int, organisation: str | None) -> frozenset[str]:
    """The kinds of business the network is known for; empty for an ordinary access network or an unknown one."""
    found = {kind for kind, numbers in NUMBERS.items() if asn in numbers}
    if organisation and not found:
        found = {kind for kind, pattern in NAMES.items() if pattern.search(organisation)}
    return frozenset(found)
