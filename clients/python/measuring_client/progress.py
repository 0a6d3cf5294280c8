"""How far a job is, in a terminal or a notebook."""

from __future__ import annotations

import html
import math
import sys
from typing import Any, Optional

from .job import Job

CELLS = 30


def shown_by_itself() -> bool:
    """Whether somebody looks: at a terminal, or at a notebook."""
    return in_notebook() or sys.stderr.isatty()


def in_notebook() -> bool:
    """Whether this is the kernel of a notebook."""
    ipython = sys.modules.get("IPython")
    shell: Any = ipython.get_ipython() if ipython is not None else None
    return type(shell).__name__ == "ZMQInteractiveShell"


class Progress:
    """A line on standard error, or a bar in the output of a notebook's cell."""

    def __init__(self) -> None:
        self._handle: Any = None
        self._drawn = False

    def update(self, job: Job) -> None:
        if in_notebook():
            self._update_cell(job)
        else:
            print(f"\r{line(job)}\x1b[K", end="", file=sys.stderr, flush=True)
            self._drawn = True

    def end(self) -> None:
        """Removes the line; what a cell shows stays."""
        if self._drawn:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._drawn = False

    def _update_cell(self, job: Job) -> None:
        from IPython.display import HTML, display

        content = HTML(cell(job))
        if self._handle is None:
            self._handle = display(content, display_id=True)
        else:
            self._handle.update(content)


def line(job: Job) -> str:
    """A job as a bar of text."""
    full = math.floor(job.share * CELLS)
    bar = "#" * full + "-" * (CELLS - full)
    return f"job [{bar}] {math.floor(job.share * 100):3d} %  {note(job)}"


def cell(job: Job) -> str:
    """A job as HTML."""
    return (
        f'<progress max="1" value="{job.share:.4f}"></progress> '
        f"{math.floor(job.share * 100)} % {html.escape(note(job))}"
    )


def note(job: Job) -> str:
    """State, rows and time of a job."""
    rows: Optional[str] = None
    if job.rows_done and job.rows_total:
        rows = f"{job.rows_done} of {job.rows_total} rows"
    left = None if job.seconds_left is None else f"{math.ceil(job.seconds_left)} s left"
    return ", ".join(part for part in (job.state, rows, left) if part)
