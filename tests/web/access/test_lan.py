from __future__ import annotations

import os
import re
import socket
import ssl
import stat
import subprocess
import sys
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import trustme
import uvicorn
from click.testing import CliRunner
from cryptography import x509

from posture.cli import main
from posture.store import open_store
from posture.web import create_app
from posture.web.access import lan
from posture.web.access.lan import NoNetwork, lan_hosts, link_with, on_lan, opened_to_lan, qr_text
from posture.web.access.tls import authority_der, fingerprint, lan_addresses, tls_files
from posture.web.serve import _open, address_of, listening
from tests.web.access.test_auth import (
    HERE,
    PASSWORD,
    TABLET,
    app_over,
    lan_app,
    seen_from,
    signed_in,
    store_of,
)
from tests.web.make import config_in

pytestmark = pytest.mark.usefixtures("quick_hash")
ADDRESS = "192.168.1.5"


def lan_only() -> tuple[str, ...]:
    return (ADDRESS,)


# --- certificates ---------------------------------------------------------------------------------


@pytest.mark.linux
def test_the_authority_is_made_once_and_the_keys_are_for_the_owner_only(tmp_path: Path) -> None:
    first = tls_files(tmp_path, [ADDRESS])
    made = first.authority.read_bytes()
    again = tls_files(tmp_path, ["192.168.1.6"])

    assert again.authority.read_bytes() == made
    folder = tmp_path / "tls"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert not [path for path in folder.iterdir() if path.suffix != ".pem"]


def test_the_certificate_names_the_addresses_and_lasts_as_long_as_tablets_take(
    tmp_path: Path,
) -> None:
    tls = tls_files(tmp_path, [ADDRESS])
    leaf = x509.load_pem_x509_certificate(tls.certificate.read_bytes())
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value

    assert {str(ip) for ip in names.get_values_for_type(x509.IPAddress)} == {"127.0.0.1", ADDRESS}
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= timedelta(days=398)
    assert leaf.not_valid_before_utc < datetime.now(UTC) < leaf.not_valid_after_utc


def shaken(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> None:
    """Shake hands in memory; raises what the client has against the certificate."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname=name),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    for _ in range(6):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue


@pytest.mark.parametrize(
    ("name", "is_trusted"), [(ADDRESS, True), ("localhost", True), ("192.168.1.6", False)]
)
def test_a_device_that_trusts_the_authority_trusts_the_server_at_its_addresses(
    tmp_path: Path, name: str, *, is_trusted: bool
) -> None:
    tls = tls_files(tmp_path, [ADDRESS])
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tls.certificate, tls.key)
    client = ssl.create_default_context(cafile=str(tls.authority))

    if is_trusted:
        shaken(server, client, name)
    else:
        with pytest.raises(ssl.SSLCertVerificationError, match="IP address mismatch"):
            shaken(server, client, name)


@pytest.mark.parametrize("name", ["bank.example", "8.8.8.8"])
def test_the_authority_vouches_for_no_name_of_the_internet(tmp_path: Path, name: str) -> None:
    tls = tls_files(tmp_path, [ADDRESS])
    key = (tmp_path / "tls" / "authority-key.pem").read_bytes()
    stolen = trustme.CA.from_pem(tls.authority.read_bytes(), key)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    stolen.issue_cert(name).configure_cert(server)
    client = ssl.create_default_context(cafile=str(tls.authority))

    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        shaken(server, client, name)


@pytest.mark.parametrize("damaged", ["authority.pem", "authority-key.pem"])
def test_a_damaged_authority_is_made_anew(tmp_path: Path, damaged: str) -> None:
    before = tls_files(tmp_path, [ADDRESS]).authority.read_bytes()
    (tmp_path / "tls" / damaged).write_bytes(b"-----BEGIN NOTHING-----")

    after = tls_files(tmp_path, [ADDRESS])

    assert after.authority.read_bytes() != before
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(after.certificate, after.key)


def test_the_fingerprint_is_the_one_devices_show(tmp_path: Path) -> None:
    assert fingerprint(tmp_path) == ""
    tls = tls_files(tmp_path, [ADDRESS])
    told = subprocess.run(
        ["openssl", "x509", "-in", tls.authority, "-noout", "-fingerprint", "-sha256"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert told.strip().partition("=")[2].replace(":", " ") == fingerprint(tmp_path)


# --- addresses ------------------------------------------------------------------------------------


def test_the_addresses_are_read_from_the_kernel_and_are_local() -> None:
    found = lan_addresses()

    assert "127.0.0.1" not in found
    assert all(re.fullmatch(r"[\d.]+", address) for address in found)


@pytest.mark.parametrize(
    ("address", "is_lan"),
    [
        ("192.168.1.5", True),
        ("10.1.2.3", True),
        ("172.31.0.1", True),
        ("172.32.0.1", False),
        ("100.64.0.1", True),
        ("8.8.8.8", False),
        ("127.0.0.1", False),
    ],
)
def test_an_address_of_the_internet_is_not_served(
    monkeypatch: pytest.MonkeyPatch, address: str, *, is_lan: bool
) -> None:
    monkeypatch.setattr("posture.machine.addresses", lambda: iter([("eth0", address)]))

    assert lan_addresses() == ((address,) if is_lan else ())


def test_the_address_of_the_default_route_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [("docker0", "172.17.0.1"), ("wlan0", ADDRESS)]
    monkeypatch.setattr("posture.machine.addresses", lambda: iter(both))
    monkeypatch.setattr("posture.machine.first_address", lambda: ADDRESS)

    assert lan_addresses() == (ADDRESS, "172.17.0.1")


def test_opened_to_the_network_it_answers_to_its_own_addresses_over_tls(tmp_path: Path) -> None:
    config, tls = opened_to_lan(config_in(tmp_path), lan_only)

    assert (config.lan, config.secure, config.host) == (True, True, "0.0.0.0")  # noqa: S104
    assert lan_hosts(config) == (ADDRESS,)
    assert tls.key.is_file()
    assert address_of(config, 8765) == "https://127.0.0.1:8765"


def test_without_a_network_it_says_so_and_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(NoNetwork, match="lan_no_address"):
        opened_to_lan(config_in(tmp_path), tuple)

    assert not (tmp_path / "data").exists()


def test_the_command_says_it_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lan.opened_to_lan, "__defaults__", (tuple,))
    told = CliRunner().invoke(
        main, ["serve", "--lan", "--no-browser", "--lang", "ja", "--data", str(tmp_path)]
    )

    assert told.exit_code == 1
    assert "ネットワークにつながっていません" in told.output


# --- codes ----------------------------------------------------------------------------------------


def test_a_code_travels_behind_the_hash_where_no_server_sees_it() -> None:
    link = httpx.URL(link_with("abc", ADDRESS, 8765))

    assert (link.scheme, link.host, link.port) == ("https", ADDRESS, 8765)
    assert (link.raw_path, link.fragment) == (b"/", "t=abc")


def test_whoever_starts_the_server_gets_a_link_only_while_there_is_no_owner(tmp_path: Path) -> None:
    config, tls = opened_to_lan(config_in(tmp_path), lan_only)
    app = create_app(config)

    told = on_lan(app.state.admission, tls, 8765)
    assert told.addresses == (f"https://{ADDRESS}:8765",)
    assert told.set_up is not None
    code = told.set_up.partition("#t=")[2]
    assert app.state.admission.invitations.take(code) is not None

    app.state.store.users.add("Aoi", PASSWORD, "owner")
    assert on_lan(app.state.admission, tls, 8765).set_up is None


def test_a_code_for_the_terminal_is_square_and_framed_in_light() -> None:
    rows = qr_text("https://192.168.1.5:8765/#t=abcdefghijklmnopqrstuv").splitlines()

    assert {len(row) for row in rows} == {len(rows[0])}
    assert abs(len(rows) * 2 - len(rows[0])) <= 1
    assert set(rows[0]) == {"█"}


# --- pages ----------------------------------------------------------------------------------------


def test_the_owner_shows_a_code_and_a_tablet_comes_in_as_a_trainer(tmp_path: Path) -> None:
    tls_files(tmp_path / "data", [ADDRESS])
    app = lan_app(tmp_path)
    store_of(app).users.add("Aoi", PASSWORD, "owner")
    with seen_from(app, HERE) as laptop, seen_from(app, TABLET) as tablet:
        signed_in(laptop, "Aoi")
        assert "#t=" not in laptop.get("/lan").text
        shown = laptop.post("/lan")
        assert shown.headers["cache-control"] == "no-store"
        assert "<svg" in shown.text
        assert fingerprint(tmp_path / "data") in shown.text
        code = re.search(r"https://192\.168\.1\.5:8765/#t=([\w-]{22})<", shown.text)
        assert code is not None

        taken = tablet.post("/login/code", json={"t": code[1]})
        assert taken.status_code == 200
        assert taken.headers["set-cookie"].startswith("__Host-posture=")
        assert tablet.get("/clients").status_code == 200
        assert tablet.get("/settings").status_code == 403  # a photo of the code is no owner


def test_anybody_may_fetch_the_certificate_and_the_steps_but_no_key(tmp_path: Path) -> None:
    tls_files(tmp_path / "data", [ADDRESS])
    app = lan_app(tmp_path)
    with seen_from(app, TABLET) as tablet:
        steps = tablet.get("/lan/tablet")
        fetched = tablet.get("/lan/ca.crt")

    assert steps.status_code == 200
    assert "#t=" not in steps.text
    assert fetched.headers["content-type"] == "application/x-x509-ca-cert"
    assert fetched.content == authority_der(tmp_path / "data")
    x509.load_der_x509_certificate(fetched.content)


def test_on_one_laptop_the_page_says_how_to_let_others_in(tmp_path: Path) -> None:
    app = app_over(tmp_path)
    with seen_from(app, HERE, "http://127.0.0.1:8765") as laptop:
        page = laptop.get("/lan")
        assert laptop.post("/lan").status_code == 404
        assert laptop.get("/users").status_code == 404
        assert laptop.get("/lan/ca.crt").status_code == 404

    assert "Tablets and phones cannot reach this program now." in page.text
    assert 'href="/help/tablets"' in page.text


# --- the server -----------------------------------------------------------------------------------


@contextmanager
def served(folder: Path) -> Iterator[tuple[int, Path]]:
    """The app behind a real TLS socket of this machine; yields its port and the authority."""
    config, tls = opened_to_lan(config_in(folder, port=0), lan_only)
    with listening(config) as sock:
        server = uvicorn.Server(
            uvicorn.Config(
                create_app(config),
                ssl_certfile=tls.certificate,
                ssl_keyfile=tls.key,
                ws="websockets-sansio",
                log_level="critical",
            )
        )
        running = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
        running.start()
        try:
            yield sock.getsockname()[1], tls.authority
        finally:
            server.should_exit = True
            running.join(10)


def test_a_browser_signs_in_over_tls_and_plain_http_gets_nothing(tmp_path: Path) -> None:
    with served(tmp_path) as (port, authority):
        trust = ssl.create_default_context(cafile=str(authority))
        address = f"https://127.0.0.1:{port}"
        with httpx.Client(base_url=address, verify=trust, trust_env=False) as client:
            form = {"name": "Aoi", "password": PASSWORD, "again": PASSWORD}
            assert client.get("/").status_code == 401
            made = client.post("/setup", data=form, headers={"origin": address})
            assert made.status_code == 303
            assert client.get("/api/queue").status_code == 200

        with pytest.raises(httpx.HTTPError):
            httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)


# --- commands -------------------------------------------------------------------------------------


def test_who_sits_at_the_machine_gives_a_new_password_and_takes_the_passcode_away(
    tmp_path: Path,
) -> None:
    with open_store(tmp_path) as store:
        store.users.add("Aoi", PASSWORD, "owner")
        store.settings.set_passcode("2468")
    run = CliRunner().invoke
    at = ["--data", str(tmp_path), "--lang", "en"]

    new = "another one"
    given = run(main, ["user", "password", "aoi", *at], input=f"{new}\n{new}\n")
    nobody = run(main, ["user", "password", "Eve", "--password", new, *at])
    listed = run(main, ["user", "list", *at])
    freed = run(main, ["unlock", *at])

    assert (given.exit_code, nobody.exit_code, freed.exit_code) == (0, 1, 0)
    assert new not in given.output
    assert listed.output.startswith("Aoi\towner\t")
    with open_store(tmp_path) as store:
        assert store.users.check_password("Aoi", new) is not None
        assert not store.settings.has_passcode()


def test_starting_it_tells_the_addresses_and_the_first_owners_link(tmp_path: Path) -> None:
    code = (
        "from posture.web import serve\nfrom posture.web.access import lan\n"
        f"lan.opened_to_lan.__defaults__ = (lambda: ({ADDRESS!r},),)\n"
        "from posture.cli import main\nmain()\n"
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = ["serve", "--lan", "--no-browser", "--lang", "en", "--port", str(port)]
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments, "--data", str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"},
    ) as started:
        assert started.stdout is not None
        try:
            told = [started.stdout.readline() for _ in range(4)]
        finally:
            started.terminate()

    assert f"https://127.0.0.1:{port}/" in told[0]
    assert f"https://{ADDRESS}:{port}" in told[1]
    assert str(tmp_path / "tls" / "authority.pem") in told[2]
    assert re.search(rf"https://{re.escape(ADDRESS)}:{port}/#t=[\w-]{{22}}$", told[3].strip())


# --- the browser of this machine ------------------------------------------------------------------


@pytest.mark.parametrize("opened", [True, False, webbrowser.Error("none"), OSError("none")])
def test_where_no_browser_opens_the_address_is_told(
    monkeypatch: pytest.MonkeyPatch, *, opened: bool | Exception
) -> None:
    def opens(_: str) -> bool:
        if isinstance(opened, Exception):
            raise opened
        return opened

    monkeypatch.setattr(webbrowser, "open", opens)
    told: list[str] = []

    _open("http://127.0.0.1:8765/", told.append)

    assert told == ([] if opened is True else ["http://127.0.0.1:8765/"])
