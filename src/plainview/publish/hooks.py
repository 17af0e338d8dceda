# SPDX-License-Identifier: Apache-2.0
"""One signed message to one address, and to no other place than that address is.

What this module keeps true: the name is resolved once, and the connection goes to what it resolved to; an address that
is not of the public internet is refused unless the office listed that host; only HTTPS, but for listed hosts; no
redirect is followed, and nothing of an answer is kept but its status.

The receiver checks ``Plainview-Signature: t=<seconds>,v1=<hex>``: HMAC-SHA256, with the shared secret, over the
seconds, a full stop and the body.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
from urllib.parse import urlsplit

from plainview.errors import StepFailed, WrongUsage

TIMEOUT = 10


def signature(body: bytes, *, secret: bytes, seconds: int) -> str:
    """What stands in the header."""
    mac = hmac.new(secret, f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={mac}"


def send(address: str, body: bytes, *, secret: bytes, seconds: int, listed: frozenset[str]) -> int:
    """The answer's status; ``WrongUsage`` for an address that may not be used, ``StepFailed`` when none answers."""
    url = urlsplit(address)
    host, port = url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
    if url.scheme != "https" and not (url.scheme == "http" and host in listed):
        raise WrongUsage(f"{address}: a webhook goes over https, but for hosts that the office has listed")
    place = _resolved(host, port, listed)
    try:
        connection = _connect(place, host, port, secure=url.scheme == "https")
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "plainview",
            "Plainview-Signature": signature(body, secret=secret, seconds=seconds),
        }
        connection.request("POST", f"{url.path or '/'}{f'?{url.query}' if url.query else ''}", body, headers)
        status = connection.getresponse().status
        connection.close()
    except (OSError, http.client.HTTPException) as error:
        raise StepFailed(f"{host} does not answer ({type(error).__name__})") from error
    return status


def _resolved(host: str, port: int, listed: frozenset[str]) -> str:
    """The one address that is connected to; every one that the name has must be allowed."""
    try:
        found = sorted({str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})
    except OSError as error:
        raise StepFailed(f"{host} cannot be resolved") from error
    inside = [each for each in found if not ipaddress.ip_address(each.partition("%")[0]).is_global]
    if inside and host not in listed:
        raise WrongUsage(f"{host} is {inside[0]}, no address of the public internet; list the host to allow it")
    return found[0]


def _connect(place: str, host: str, port: int, *, secure: bool) -> http.client.HTTPConnection:
    """A connection to the resolved address that still asks for the name's own certificate."""
    stream = socket.create_connection((place, port), timeout=TIMEOUT)
    if secure:
        stream = ssl.create_default_context().wrap_socket(stream, server_hostname=host)
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT)
    connection.sock = stream
    return connection
