"""One installation: its home, its addresses and ports, and the environment that every process of it gets."""

import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from prilavok.cli import home as homes
from prilavok.cli.home import CHECKOUT, Home, write
from prilavok.cli.postgres import Server
from prilavok.cli.trouble import Trouble
from prilavok.cli.words import _

HOST = "127.0.0.1"
FIRST_PORTS = {"web": 8000, "till": 8010, "live": 8020, "facts": 8123, "smtp": 1025, "mail": 1080}
SUPERVISED = "PRILAVOK_SUPERVISED"  # in the environment of every process that `up` started: its home


@dataclass(frozen=True)
class Installation:
    home: Home
    demo: bool = False
    named_database: str = ""  # what the caller's environment names instead of the embedded stores
    named_facts: str = ""

    # Where the truth and the facts are

    def server(self) -> Server | None:
        """The embedded PostgreSQL, unless another one is named."""
        return None if self._other_database() else Server(self.home)

    def database_url(self) -> str:
        """The database's address. Raises Trouble when the embedded server doesn't run."""
        return self._other_database() or Server(self.home).url()

    def _other_database(self) -> str:
        return self.named_database or self._setting("postgres", "url")

    def facts_url(self) -> str:
        """The column store's address; empty as long as the embedded one has never been started."""
        known = self._declared("facts") or self._taken().get("facts")
        return self._named_facts() or (f"http://{HOST}:{known}" if known else "")

    def embeds_facts(self) -> bool:
        """Whether the column store is a process of ours."""
        return not self._named_facts()

    def facts_token(self) -> str:
        """The word that the column store asks of everybody."""
        return (
            os.environ.get("FACTS_TOKEN")
            or self._setting("facts", "token")
            or self.home.secret("facts-token")
        )

    def _named_facts(self) -> str:
        return self.named_facts or self._setting("facts", "url")

    # Addresses for people and machines

    @property
    def host(self) -> str:
        """The interface that pages are served on; the demo never leaves this machine."""
        return HOST if self.demo else self._setting("web", "host") or HOST

    def public_url(self) -> str:
        """The address that people open, without a slash at its end."""
        named = os.environ.get("PRILAVOK_PUBLIC_URL") or self._setting("web", "public_url")
        return (named or f"http://{HOST}:{self.port('web')}").rstrip("/")

    def port(self, name: str) -> int:
        """The port of a process: declared ($PORT for web, [ports] in config.toml), else the one last taken."""
        return self._declared(name) or self._taken().get(name) or FIRST_PORTS[name]

    def take_ports(self, *names: str) -> None:
        """Find a free port for each process (these only) and remember it. Raises Trouble for one that must be free."""
        taken = self._taken()
        kept = {name: port for name, port in taken.items() if names and name not in names}
        for name, first in FIRST_PORTS.items():
            if names and name not in names:
                continue
            declared = self._declared(name) or (first if name == "web" else None)
            candidates = [declared] if declared else [taken.get(name, first), *range(first, first + 1000)]
            free = [port for port in candidates if _free(port) and port not in kept.values()][:1]
            if not free:
                raise _port_taken(name, candidates[0], self.home.path / "config.toml")
            kept[name] = free[0]
        write(self._ports_file(), json.dumps(kept), mode=0o644)

    def _declared(self, name: str) -> int | None:
        of_environment = os.environ.get("PORT") if name == "web" else None
        value = of_environment or self.home.config().get("ports", {}).get(name)
        try:
            return int(value) if value else None
        except ValueError:
            raise Trouble(_("“{value}” is no port number.").format(value=value)) from None

    def _ports_file(self) -> Path:
        return self.home.folder("run", 0o755) / "ports.json"

    def _taken(self) -> dict[str, int]:
        try:
            known: dict[str, int] = json.loads(self._ports_file().read_text(encoding="utf-8"))
            return known
        except (OSError, ValueError):
            return {}

    # What processes are told

    def environment(self) -> dict[str, str]:
        """The settings of every process of this installation. What the caller's environment names goes first."""
        config = {
            "DJANGO_SETTINGS_MODULE": "prilavok.config.settings",
            "PRILAVOK_HOME": str(self.home.path),
            "DATABASE_URL": self.database_url(),
            "FACTS_URL": self.facts_url(),
            "FACTS_TOKEN": self.facts_token(),
            "SECRET_KEY": self.home.secret("secret-key"),
            "PRILAVOK_PUBLIC_URL": self.public_url(),
            "PRILAVOK_LIVE_URL": self._setting("live", "url") or f"http://{HOST}:{self.port('live')}",
            "PRILAVOK_MAIL_FROM": self._setting("mail", "from"),
            "SMTP_URL": self._setting("mail", "smtp"),
        }
        if self.demo:
            config |= {
                "PRILAVOK_DEMO": "1",
                "SMTP_URL": f"smtp://{HOST}:{self.port('smtp')}",
                "PRILAVOK_CATCHER_URL": f"http://{HOST}:{self.port('mail')}",
            }
        addresses = ("DATABASE_URL", "FACTS_URL")
        named = {
            name: (name not in addresses and os.environ.get(name)) or value for name, value in config.items()
        }
        return {name: value for name, value in named.items() if value or name == "FACTS_URL"}

    def _setting(self, section: str, name: str) -> str:
        return str(self.home.config().get(section, {}).get(name, ""))


def current() -> Installation:
    """The installation that the environment names: PRILAVOK_HOME, and whether it is the demo."""
    return _of(homes.default(), demo=os.environ.get("PRILAVOK_DEMO") == "1")


def of_demo() -> Installation:
    """The demo's own installation, apart from a real one in the same checkout."""
    return _of(
        homes.default() if os.environ.get("PRILAVOK_HOME") else Home(CHECKOUT / "var" / "demo"), demo=True
    )


def _of(home: Home, *, demo: bool) -> Installation:
    return Installation(home, demo, os.environ.get("DATABASE_URL", ""), os.environ.get("FACTS_URL", ""))


def join(installation: Installation) -> None:
    """Make this very process, and those that it starts, of the installation."""
    os.environ.update(installation.environment())


def enter(installation: Installation) -> None:
    """Make this very process one of the installation's, with Django ready."""
    join(installation)
    import django

    django.setup()


def _free(port: int) -> bool:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except OSError:
            return False
    return True


def _port_taken(name: str, port: int, file: Path) -> Trouble:
    remedy = (
        _("Stop that program, or take another port: PORT=8001 before the same command.")
        if name == "web"
        else _("Stop that program, or change {name} in [ports] of {file}.").format(name=name, file=file)
    )
    return Trouble(_("Port {port} is taken by another program.").format(port=port), remedy)
