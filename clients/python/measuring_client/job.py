"""How a job stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Optional

ENDED = ("complete", "failed", "cancelled")


@dataclass(frozen=True)
class Job:
    """A job of the service, as it was when it was asked for.

    state: "queued", "running", "complete", "failed" or "cancelled"
    rows_done, rows_total: of the input, while it runs; None where that isn't known
    seconds_left: an estimate while it runs, or None
    raw: all that the service tells, as the protocol has it
    """

    id: str
    state: str
    rows_done: Optional[int]
    rows_total: Optional[int]
    seconds_left: Optional[float]
    raw: Dict[str, Any] = field(repr=False)

    @property
    def ended(self) -> bool:
        """Whether the state will not change any more."""
        return self.state in ENDED

    @property
    def share(self) -> float:
        """What is done of it, from 0 to 1."""
        if self.state == "complete":
            return 1.0
        if self.rows_done and self.rows_total:
            return min(1.0, self.rows_done / self.rows_total)
        done, total = self.raw.get("TasksDone"), self.raw.get("TasksTotal")
        return min(1.0, done / total) if done and total else 0.0

    @classmethod
    def _of(cls, told: Dict[str, Any]) -> Job:
        return cls(
            id=told["Id"],
            state=told["State"],
            rows_done=told.get("RowsDone"),
            rows_total=told.get("RowsTotal"),
            seconds_left=told.get("SecondsLeft"),
            raw=told,
        )
