"""Addresses that must not be called where ``https://ehr.example/fhir`` is listed, and what names may lead to."""

from __future__ import annotations

LISTED = "https://ehr.example/fhir"

#: What may be written where an address is expected, by what is wrong with it.
ADDRESSES: dict[str, str] = {
    # this machine
    "loopback": "https://127.0.0.1/fhir",
    "loopback without TLS": "http://127.0.0.1/fhir",
    "the rest of loopback": "http://127.8.7.6:8080/fhir",
    "localhost": "http://localhost:8000/fhir",
    "localhost in capitals": "http://LOCALHOST/fhir",
    "localhost with a dot": "https://localhost./fhir",
    "a name below localhost": "https://ehr.localhost/fhir",
    "loopback of IPv6": "https://[::1]/fhir",
    "loopback of IPv6 in full": "https://[0:0:0:0:0:0:0:1]/fhir",
    "unspecified": "https://0.0.0.0/fhir",
    "unspecified of IPv6": "https://[::]/fhir",
    # private, shared, link-local, group, reserved
    "private, 10": "https://10.0.0.1/fhir",
    "private, 172.16": "https://172.16.5.4/fhir",
    "private, 192.168": "https://192.168.1.1/fhir",
    "shared by a carrier": "https://100.64.0.1/fhir",
    "link-local": "https://169.254.1.1/fhir",
    "secrets of a cloud": "http://169.254.169.254/latest/meta-data/",
    "secrets of a cloud, over TLS": "https://169.254.169.254/fhir",
    "secrets of a cloud, IPv6": "https://[fd00:ec2::254]/fhir",
    "secrets of a cloud, shared": "https://100.100.100.200/fhir",
    "secrets of a cloud, public": "https://168.63.129.16/fhir",
    "link-local of IPv6": "https://[fe80::1]/fhir",
    "link-local of IPv6 with its zone": "https://[fe80::1%25eth0]/fhir",
    "unique-local of IPv6": "https://[fd12:3456::1]/fhir",
    "site-local of IPv6": "https://[fec0::1]/fhir",
    "multicast": "https://224.0.0.1/fhir",
    "multicast of IPv6": "https://[ff02::1]/fhir",
    "reserved": "https://240.0.0.1/fhir",
    "broadcast": "https://255.255.255.255/fhir",
    "for documentation": "https://192.0.2.1/fhir",
    "for benchmarks": "https://198.18.0.1/fhir",
    # an address within another
    "mapped loopback": "https://[::ffff:127.0.0.1]/fhir",
    "mapped private": "https://[::ffff:10.0.0.1]/fhir",
    "mapped secrets of a cloud": "https://[::ffff:a9fe:a9fe]/fhir",
    "compatible loopback": "https://[::127.0.0.1]/fhir",
    "loopback behind NAT64": "https://[64:ff9b::7f00:1]/fhir",
    "secrets of a cloud behind NAT64": "https://[64:ff9b::169.254.169.254]/fhir",
    "private behind a local NAT64": "https://[64:ff9b:1::a00:1]/fhir",
    "loopback by 6to4": "https://[2002:7f00:1::]/fhir",
    "private by 6to4": "https://[2002:c0a8:101::1]/fhir",
    "Teredo": "https://[2001:0:7f00:1::]/fhir",
    # written oddly
    "a whole number": "https://2130706433/fhir",
    "hexadecimal": "https://0x7f000001/fhir",
    "hexadecimal in parts": "https://0x7f.0x0.0x0.0x1/fhir",
    "octal": "https://0177.0.0.1/fhir",
    "short": "https://127.1/fhir",
    "with a dot at its end": "https://127.0.0.1./fhir",
    "with zeros": "https://127.000.000.001/fhir",
    "percent signs": "https://127%2e0%2e0%2e1/fhir",
    "digits in circles": "https://①②⑦.⓪.⓪.①/fhir",
    "wide full stops": "https://127。0。0。1/fhir",
    "a host of Unicode": "https://ｅｈｒ.example/fhir",
    "a soft hyphen": "https://ehr\u00ad.example/fhir",
    "a tab": "https://127.0.0.1\t/fhir",
    "a line break": "https://127.0.0.1/fhir\r\nHost: ehr.example",
    "a zero byte": "https://ehr.example\x00.evil.example/fhir",
    # what looks like the listed one
    "as a user": "https://ehr.example@127.0.0.1/fhir",
    "as user and password": "https://ehr.example:443@127.0.0.1/fhir",
    "as a user of itself": "https://user:secret@ehr.example/fhir",
    "a backslash": "https://127.0.0.1\\@ehr.example/fhir",
    "a backslash behind the host": "https://evil.example\\.ehr.example/fhir",
    "as a fragment": "https://127.0.0.1#@ehr.example/fhir",
    "as a query": "https://127.0.0.1?@ehr.example/fhir",
    "as a part of the name": "https://ehr.example.evil.example/fhir",
    "as the end of a name": "https://evilehr.example/fhir",
    "another name": "https://evil.example/fhir",
    "a name of a cloud": "http://metadata.google.internal/computeMetadata/v1/",
    "without TLS": "http://ehr.example/fhir",
    "another port": "https://ehr.example:8443/fhir",
    "the port of SSH": "https://ehr.example:22/fhir",
    "port 0": "https://ehr.example:0/fhir",
    "a port that is none": "https://ehr.example:99999/fhir",
    "a port of letters": "https://ehr.example:abc/fhir",
    "without a host": "https:///fhir",
    "an unfinished address": "https://[::1/fhir",
    # other schemes
    "a file": "file:///etc/passwd",
    "a file of the host": "file://ehr.example/fhir",
    "gopher": "gopher://127.0.0.1:6379/_FLUSHALL",
    "ftp": "ftp://ehr.example/fhir",
    "dict": "dict://127.0.0.1:11211/stat",
    "ldap": "ldap://ehr.example/fhir",
    "data": "data:application/json,%7B%7D",
    "javascript": "javascript:alert(1)",
    "a socket of this machine": "http+unix://%2Fvar%2Frun%2Fdocker.sock/info",
}

#: Of these, what a listed server may name as its token endpoint: a public name, over TLS.
MAY_BE_NAMED = frozenset(
    ADDRESSES[name]
    for name in (
        "as a part of the name",
        "as the end of a name",
        "another name",
        "another port",
        "the port of SSH",
    )
)

PUBLIC, PUBLIC_6 = "93.184.216.34", "2606:2800:220:1::1"

#: What the name server says of a listed name.
ANSWERS: dict[str, list[str]] = {
    "loopback": ["127.0.0.1"],
    "the rest of loopback": ["127.1.2.3"],
    "loopback of IPv6": ["::1"],
    "unspecified": ["0.0.0.0"],
    "private, 10": ["10.1.2.3"],
    "private, 172.16": ["172.31.255.255"],
    "private, 192.168": ["192.168.0.1"],
    "shared by a carrier": ["100.127.0.1"],
    "secrets of a cloud": ["169.254.169.254"],
    "secrets of a cloud, public": ["168.63.129.16"],
    "link-local of IPv6": ["fe80::1%2"],
    "unique-local of IPv6": ["fd00::1"],
    "mapped": ["::ffff:127.0.0.1"],
    "behind NAT64": ["64:ff9b::7f00:1"],
    "6to4": ["2002:a00:1::1"],
    "multicast": ["239.1.1.1"],
    "reserved": ["250.0.0.1"],
    "a good one and a bad one": [PUBLIC, "10.0.0.1"],
    "a bad one and a good one": ["127.0.0.1", PUBLIC],
    "a good one and a bad one of IPv6": [PUBLIC, PUBLIC_6, "::1"],
    "a bad one behind many good ones": [*(f"93.184.216.{n}" for n in range(1, 40)), "169.254.169.254"],
}
