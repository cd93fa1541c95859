"""Who may be called: what the settings name, at addresses that are public, named there, or in a network named there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import ip_address

from service.outgoing.addresses import Origin, callable_origin
from service.outgoing.failure import Forbidden
from service.outgoing.networks import Address, Network, is_never, is_public, plain

_LOCAL = "localhost"


@dataclass(frozen=True)
class Reach:
    """The servers that may be called, and where on the network they may be."""

    origins: frozenset[Origin]
    """What may be called."""
    hosts: frozenset[str]
    """The hosts that the settings name. An address or ``localhost`` among them may be private."""
    networks: tuple[Network, ...] = ()
    """Private networks that hosts may be in."""
    vouched: frozenset[str] = frozenset()
    """Hosts that a person has named just now, and that may be in any private network."""

    @classmethod
    def of(cls, urls: Iterable[str], networks: Iterable[Network] = ()) -> Reach:
        """What the settings name.

        Raises:
            ExchangeFailed: one of the addresses is none.
        """
        origins = frozenset(map(callable_origin, urls))
        return cls(origins, frozenset(host for _, host, _ in origins), tuple(networks))

    @classmethod
    def named(cls, urls: Iterable[str], networks: Iterable[Network] = ()) -> Reach:
        """What a person names who starts the call, such as on a command line.

        Raises:
            ExchangeFailed: one of the addresses is none.
        """
        made = cls.of(urls, networks)
        return replace(made, vouched=made.hosts)

    def also(self, url: str) -> Reach:
        """With an address that a listed server names, such as that of its token endpoint.

        It is called over https, or it is on the host of the listed server. To name a private address is no leave to
        call it.

        Raises:
            ExchangeFailed: it is no address that may be called.
        """
        made = callable_origin(url)
        scheme, host, _ = made
        if scheme != "https" and host not in self.hosts:
            raise Forbidden(
                "The server names an address that is not https, so it is not called. Correct it there: "
                "https://hospital.example/token."
            )
        wider = replace(self, origins=self.origins | {made})
        wider.check(url)
        return wider

    def check(self, url: str) -> None:
        """Refuses an address before anything is sent, the question for its name included.

        Raises:
            ExchangeFailed: it may not be called.
        """
        made = callable_origin(url)
        if made not in self.origins:
            raise not_listed()
        host = made[1]
        try:
            address = ip_address(host)
        except ValueError:
            if (host == _LOCAL or host.endswith(f".{_LOCAL}")) and host not in self.hosts:
                raise _private() from None
        else:
            self.check_addresses(host, [address])

    def check_addresses(self, host: str, addresses: Iterable[Address]) -> None:
        """Refuses a host if one of the addresses that it was found at may not be called.

        Raises:
            ExchangeFailed: one of them may not.
        """
        if not all(self._may(host, address) for address in addresses):
            raise _private()

    def _may(self, host: str, address: Address) -> bool:
        if is_public(address):
            return True
        if host in self.hosts and (host == str(address) or (host == _LOCAL and address.is_loopback)):
            return True
        if is_never(address):
            return False
        return host in self.vouched or any(plain(address) in network for network in self.networks)


def not_listed() -> Forbidden:
    """Why a server that nobody has named is not called."""
    return Forbidden("This address may not be called, so it is not. Let the site name its server in the settings.")


def _private() -> Forbidden:
    return Forbidden(
        "The address of the server is in a private network, so it is not called. Let the site add that network to "
        "SPINEMETS_PRIVATE_NETWORKS."
    )
