"""What the person who waits is told."""

from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from demo.live import Moment

SECONDS_BETWEEN_LINES = 10


class Bar:
    """Progress of several parts: bars in a terminal, a line now and then elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            TextColumn("{task.description:24}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(), TextColumn("{task.fields[note]}"), console=console, disable=not console.is_terminal,
        )  # fmt: skip
        self._parts: dict[str, TaskID] = {}
        self._told = monotonic()

    def __enter__(self) -> "Bar":
        self._bars.start()
        return self

    def __exit__(self, *_failure: object) -> None:
        self._bars.stop()

    def tell(self, part: str, done: int, total: int, note: str = "") -> None:
        """How far a part is."""
        if part not in self._parts:
            self._parts[part] = self._bars.add_task(part, total=total, note="")
            self._line(part)
        self._bars.update(self._parts[part], completed=done, total=total, note=note)
        if monotonic() - self._told > SECONDS_BETWEEN_LINES:
            self._line(f"{part}: {done * 100 // max(total, 1)} % {note}")

    def time(self, moment: Moment) -> None:
        """How far time has moved in the demo."""
        self.tell("Чеки приходят", moment.sent, moment.total, f"{moment.at:%d.%m.%Y %H:%M}")

    def _line(self, text: str) -> None:
        if not self._console.is_terminal:
            self._console.print(text, markup=False)
        self._told = monotonic()
