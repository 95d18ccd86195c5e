"""The way in for other devices of the network: addresses, the page that shows it, QR codes."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path

import segno
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from posture.errors import PostureError
from posture.web.access.admission import Admission, admission_of, signed_in_user
from posture.web.access.one_time_codes import INVITED_S
from posture.web.access.security import may_stop
from posture.web.access.tls import Tls, authority_der, fingerprint, lan_addresses, tls_files
from posture.web.config import LOOPBACK, Config, is_for_devices
from posture.web.responses import Refused, page

_EVERYWHERE = "0.0.0.0"  # noqa: S104 - asked for with --lan; TLS and users are a must then
_CERTIFICATE = "application/x-x509-ca-cert"  # what makes a tablet offer to install it


class NoNetwork(PostureError):
    """There is no local network that this machine is in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnLan:
    """What to tell whoever started the server."""

    addresses: tuple[str, ...]  # to open on other devices
    authority: Path  # for this machine's own browser to trust
    set_up: str | None  # a one-time link to make the first owner; None where there are users


def opened_to_lan(
    config: Config, addresses: Callable[[], tuple[str, ...]] = lan_addresses
) -> tuple[Config, Tls]:
    """Return a configuration for the local network, and the files of its TLS.

    Raises
    ------
    NoNetwork
        There is no local network to serve.
    StoreTrouble
        The data directory cannot be written to.
    """
    found = addresses()
    if not found:
        raise NoNetwork("lan_no_address")
    opened = replace(
        config,
        lan=True,
        secure=True,
        host=_EVERYWHERE,
        allowed_hosts=(*LOOPBACK, *found),
    )
    return opened, tls_files(config.data_dir, found)


def on_lan(admission: Admission, tls: Tls, port: int) -> OnLan:
    """Return where other devices find the server, and the first owner's link if there is none."""
    hosts = lan_hosts(admission.config)
    link = None
    if admission.needs_set_up():
        link = link_with(admission.invitations.make("setup"), hosts[0], port)
    return OnLan(
        addresses=tuple(_origin(host, port) for host in hosts),
        authority=tls.authority,
        set_up=link,
    )


def lan_hosts(config: Config) -> tuple[str, ...]:
    """Return the addresses that other devices can open."""
    return tuple(host for host in config.allowed_hosts if host not in LOOPBACK)


def link_with(code: str, host: str, port: int) -> str:
    """Return the link that brings a one-time code.

    It stands behind the #, so no server and no log sees it; the page takes it off and posts it.
    """
    return f"{_origin(host, port)}/#t={code}"


def qr_svg(text: str) -> Markup:
    """Return a QR code to stand in a page: black on white in the dark as well."""
    drawn = segno.make(text, error="m", micro=False).svg_inline(
        scale=6, border=4, dark="#000", light="#fff", omitsize=True
    )
    return Markup(drawn)  # noqa: S704 - made of numbers only


def qr_text(text: str) -> str:
    """Return a QR code for a terminal."""
    rows = [list(row) for row in segno.make(text, error="l", micro=False).matrix_iter(border=2)]
    rows += [[0] * len(rows[0])] * (len(rows) % 2)
    # two modules in one character; light ones are printed, as most terminals are dark
    blocks = {(1, 1): " ", (1, 0): "▄", (0, 1): "▀", (0, 0): "█"}
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return "\n".join(
        "".join(blocks[up, down] for up, down in zip(*pair, strict=True)) for pair in pairs
    )


# --- pages ----------------------------------------------------------------------------------------


def show_code(request: Request) -> Response:
    """Make a one-time code and show it."""
    user = signed_in_user(request)
    return lan_page(request, code=admission_of(request).invitations.make("user", user))


def tablet_page(request: Request) -> Response:
    """Show how a device is told to trust this machine; anybody may read it."""
    return lan_page(request, is_public=True)


def certificate(request: Request) -> Response:
    """Return the authority's certificate, for a device to trust; no secret."""
    found = authority_der(request.app.state.config.data_dir)
    if found is None:
        raise Refused("web_not_found", status=HTTPStatus.NOT_FOUND)
    headers = {"Content-Disposition": 'attachment; filename="posture-check.crt"'}
    return Response(found, media_type=_CERTIFICATE, headers=headers)


def shared_link(request: Request, code: str) -> str:
    """Return the address of a shared report; empty where no other device can open one."""
    config: Config = request.app.state.config
    host = _best_host(request) if config.lan else ""
    return f"{_origin(host, request.url.port or 443)}/shared/{code}" if host else ""


def lan_page(request: Request, *, code: str | None = None, is_public: bool = False) -> Response:
    """Show how another device comes in."""
    config: Config = request.app.state.config
    port = request.url.port or 443
    host = _best_host(request)
    trust = f"{_origin(host, port)}/lan/tablet" if host else ""
    link = link_with(code, host, port) if code and host else ""
    return page(
        request,
        "lan.html.j2",
        is_public=is_public,
        is_lan=config.lan,
        address=_origin(host, port) if host else "",
        others=[_origin(other, port) for other in lan_hosts(config) if other != host],
        trust_link=trust,
        trust_qr=qr_svg(trust) if trust else "",
        link=link,
        link_qr=qr_svg(link) if link else "",
        lasts_s=int(INVITED_S),
        minutes=int(INVITED_S / 60),
        fingerprint=fingerprint(config.data_dir),
        can_switch=may_stop(request),
        is_for_devices=is_for_devices(config.data_dir),
    )


def _best_host(request: Request) -> str:
    """Return the address to show: the one this page was opened at, if other devices can as well."""
    hosts = lan_hosts(request.app.state.config)
    asked = (request.url.hostname or "").lower()
    return asked if asked in hosts else next(iter(hosts), "")


def _origin(host: str, port: int) -> str:
    """Return the address that a device opens; one of IPv6 stands in brackets."""
    with suppress(ValueError):  # a name
        if ipaddress.ip_address(host).version == 6:  # noqa: PLR2004 - IPv6
            host = f"[{host}]"
    return f"https://{host}:{port}"


routes: list[BaseRoute] = [
    Route("/lan", lan_page, methods=["GET"], name="lan"),
    Route("/lan", show_code, methods=["POST"]),
    Route("/lan/tablet", tablet_page, methods=["GET"]),
    Route("/lan/ca.crt", certificate, methods=["GET"]),
]
