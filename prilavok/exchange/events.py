"""What exchange tells."""

from dataclasses import dataclass

from prilavok.kernel.event import Event


@dataclass(frozen=True, kw_only=True)
class FileImported(Event):
    """A file was read to its end."""

    import_id: int
    kind: str
    rows: int
    loaded: int
    changed: int
    unchanged: int
    rejected: int
