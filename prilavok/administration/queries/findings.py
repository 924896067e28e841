"""What looking at the installation comes to."""

from dataclasses import dataclass
from typing import Literal

State = Literal["good", "warn", "bad"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: how it stands, in words, and what to do if it doesn't stand well."""

    key: str
    label: str
    state: State
    words: str
    remedy: str = ""
    link: str = ""
