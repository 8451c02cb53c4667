"""Which address a host has, looked up once; addresses inside this network only where the operator allows them."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from cshub.kernel.refusal import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable


class CannotReach(Refused):
    """The other server was not reached, or may not be."""

    code = "cannot_reach"


def address_of(host: str, port: int) -> str:
    """The one IP address to connect to, as text. Raises CannotReach for unknown hosts and for addresses of this network.

    The path of a Unix socket's folder is such an address too, and itself.
    Whoever connects uses this address and not the name, so that a second look-up cannot lead elsewhere. A host named in
    CSHUB_PRIVATE_HOSTS may have any address.
    """
    if host.startswith("/"):
        if host.lower() not in settings.PRIVATE_HOSTS:
            raise _refused(host, host)
        return host
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise CannotReach(
            _("No server called “%(host)s” is known. Check the name.") % {"host": host}, field="host"
        ) from error
    addresses = [str(entry[4][0]) for entry in found]
    if host.lower() not in settings.PRIVATE_HOSTS and (inside := _inside(addresses)):
        raise _refused(host, inside)
    return addresses[0]


def _refused(host: str, address: str) -> CannotReach:
    return CannotReach(
        _(
            "“%(host)s” is at %(address)s, an address inside this network. Whoever runs this server can allow it with CSHUB_PRIVATE_HOSTS=%(host)s."
        )
        % {"host": host, "address": address},
        field="host",
    )


def _inside(addresses: Iterable[str]) -> str:
    """The first address that is not of the open internet, or nothing."""
    for text in addresses:
        address = ipaddress.ip_address(text.partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
        if not address.is_global or address.is_multicast or (mapped is not None and not mapped.is_global):
            return text
    return ""
