"""STARTTLS, TLS from the start, and passwords, with a real server and a certificate made here."""

import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from prilavok.messaging import smtp
from prilavok.messaging.rules import ACCEPTED
from prilavok.messaging.smtp import Letter, Relay, Unavailable
from prilavok.messaging.tests.conftest import free_port

LETTER = Letter("news@lavka.test", "anna@town.test", b"Subject: Hello\r\n\r\nHi\r\n.dot\r\n")
Server = Callable[..., "Mailbox"]


class Mailbox:
    """What the server has got, and over what; says yes to Klara's password only."""

    port: int

    def __init__(self) -> None:
        self.letters: list[bytes] = []
        self.encrypted: list[bool] = []
        self.logged_in: list[bool] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.letters.append(envelope.original_content or b"")
        self.encrypted.append(session.ssl is not None or self._wrapped(server))
        self.logged_in.append(bool(session.authenticated))
        return "250 OK"

    @staticmethod
    def _wrapped(server: SMTP) -> bool:
        return server.transport is not None and server.transport.get_extra_info("ssl_object") is not None

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _how: str, data: Any) -> AuthResult:
        known = isinstance(data, LoginPassword) and data == LoginPassword(b"klara", b"p@ss word")
        return AuthResult(success=known, handled=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a key and a certificate for 127.0.0.1 that nobody but itself vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "mail.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def server(certificate: Path) -> Iterator[Server]:
    """Starts a mail server: `starttls`, `wrapped` or neither; `login` when it wants to know who writes."""
    running: list[Controller] = []

    def start(*, tls: str = "starttls", login: bool = False) -> Mailbox:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        box, options = Mailbox(), dict[str, Any]()
        if login:
            options = {"authenticator": box.authenticate, "auth_required": True}
        box.port = free_port()
        one = Controller(
            box,
            hostname="127.0.0.1",
            port=box.port,
            ssl_context=context if tls == "wrapped" else None,
            tls_context=context if tls == "starttls" else None,
            auth_require_tls=tls == "starttls",
            **options,
        )
        one.start()
        running.append(one)
        return box

    yield start
    for one in running:
        one.stop()


def send(address: str) -> str:
    """Hand the letter over; how that ended."""
    session = smtp.Session(Relay.read(address), timeout=10)
    [outcome] = session.send([LETTER])
    session.quit()
    return outcome.kind


def test_starttls_is_taken_where_it_is_offered(server: Server, certificate: Path) -> None:
    box = server()
    assert send(f"smtp://127.0.0.1:{box.port}?ca={certificate}") == ACCEPTED
    assert box.encrypted == [True]
    assert box.letters == [LETTER.content]


def test_tls_from_the_start(server: Server, certificate: Path) -> None:
    box = server(tls="wrapped")
    assert send(f"smtps://127.0.0.1:{box.port}?ca={certificate}") == ACCEPTED
    assert box.encrypted == [True]


def test_a_password_lets_in(server: Server, certificate: Path) -> None:
    box = server(login=True)
    assert send(f"smtp+tls://klara:p%40ss%20word@127.0.0.1:{box.port}?ca={certificate}") == ACCEPTED
    assert box.logged_in == [True]


def test_a_wrong_password_is_told_without_being_shown(server: Server, certificate: Path) -> None:
    box = server(login=True)
    with pytest.raises(Unavailable, match="535") as told:
        send(f"smtp+tls://klara:hunter2@127.0.0.1:{box.port}?ca={certificate}")
    assert "hunter2" not in str(told.value)
    assert not box.letters


@pytest.mark.parametrize(
    ("scheme", "tls"), [("smtp", "starttls"), ("smtp+tls", "starttls"), ("smtps", "wrapped")]
)
def test_a_certificate_that_nobody_vouches_for_stops_everything(
    server: Server, scheme: str, tls: str
) -> None:
    box = server(tls=tls)
    with pytest.raises(Unavailable, match="certificate"):
        send(f"{scheme}://127.0.0.1:{box.port}")
    assert not box.letters


def test_a_certificate_of_another_name_stops_everything(server: Server, certificate: Path) -> None:
    box = server()
    with pytest.raises(Unavailable, match="localhost"):
        send(f"smtp+tls://localhost:{box.port}?ca={certificate}")
    assert not box.letters


def test_whoever_insists_on_tls_gets_no_letter_out_in_the_open(server: Server) -> None:
    box = server(tls="none")
    with pytest.raises(Unavailable, match="STARTTLS"):
        send(f"smtp+tls://127.0.0.1:{box.port}")
    assert not box.letters


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_no_password_goes_out_in_the_open(server: Server) -> None:
    box = server(tls="none", login=True)
    with pytest.raises(Unavailable, match="password was not sent"):
        send(f"smtp://klara:p%40ss%20word@127.0.0.1:{box.port}")
    assert not box.logged_in
