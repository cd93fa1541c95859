"""Which addresses of the network are public, and which are never called by a name."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def _networks(listed: str) -> tuple[Network, ...]:
    return tuple(map(ip_network, listed.split()))


#: IANA IPv4 and IPv6 Special-Purpose Address Registries: this machine, private, shared by a carrier, link-local,
#: documentation, benchmarks, relays, multicast, reserved. The module ipaddress differs between versions of Python.
_SPECIAL = _networks(
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
    "192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 "
    "2001::/23 2001:db8::/32 2620:4f:8000::/48 3fff::/20"
)
#: All that is given out of IPv6; nothing beyond it is public.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
#: RFC 6052: an IPv4 address behind a translator.
_NAT64 = IPv6Network("64:ff9b::/96")
#: Where a cloud tells a machine its secrets, link-local, multicast, reserved: no network of the settings opens these.
_NEVER = _networks(
    "169.254.0.0/16 168.63.129.16/32 100.100.100.200/32 192.0.0.192/32 0.0.0.0/8 224.0.0.0/4 240.0.0.0/4 "
    "fe80::/10 fec0::/10 ff00::/8 ::/128 fd00:ec2::254/128 fd20:ce::254/128"
)


def is_public(address: Address) -> bool:
    """Whether an address is one of the internet. One that holds another is what that one is.

    >>> from ipaddress import ip_address
    >>> [is_public(ip_address(a)) for a in ("8.8.8.8", "10.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::")]
    [True, False, False, False, False]
    """
    if any(address in network for network in _SPECIAL) or is_never(address):
        return False
    if isinstance(address, IPv4Address):
        return True
    held = _held(address)
    if held is not None:
        return is_public(held)
    return address in _GLOBAL_UNICAST


def is_never(address: Address) -> bool:
    """Whether an address is called only where it is itself written in the settings."""
    held = _held(address) if isinstance(address, IPv6Address) else None
    return any(address in network for network in _NEVER) or (held is not None and is_never(held))


def plain(address: Address) -> Address:
    """An IPv4 address that is written as one of IPv6 as what it is."""
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address


def _held(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an address of IPv6 leads to: mapped, 6to4, or behind NAT64."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None
