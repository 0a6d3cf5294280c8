"""What a job came to."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path
from typing import Any, Dict, List

from .errors import MissingPackage


class Result:
    """What a complete job came to.

    id: of the job
    kind: "map", "reduction" or "main"
    rows: of the result; of the input where the result is not columns
    seconds: how long it took
    directory, file: where the result is, as the service has it; a folder's name ends in "/"
    log: lines that the formula printed
    raw: the whole `Response` of the protocol
    """

    def __init__(self, response: Dict[str, Any]) -> None:
        place, job = response["Discription"], response["Job"]
        self.raw = response
        self.id: str = job["Id"]
        self.kind: str = job["Kind"]
        self.rows: int = job["Rows"]
        self.seconds: float = job["Seconds"]
        self.directory: str = place["Directory"]
        self.file: str = place["File"]
        self.log: List[str] = job.get("Log", [])

    def __repr__(self) -> str:
        return f"Result({str(self.path)!r}, kind={self.kind!r}, rows={self.rows}, seconds={self.seconds:g})"

    @property
    def path(self) -> Path:
        """The result's file, or folder, as the service's machine has it.

        It is the same here if the data lie in a folder that both machines see under one path, and the
        directory was given as an absolute path.
        """
        return Path(self.directory, self.file)

    @property
    def tables(self) -> Dict[str, "Result"]:
        """The tables of a result of several, in their order and by their names; empty where it is one.

        Each is read like a result: `result.tables["daily"].to_pandas()`. The result itself stands for the
        first one's file and for the rows of all.
        """
        place, job = self.raw["Discription"], self.raw["Job"]
        own = {key: value for key, value in job.items() if key != "Tables"}
        return {
            table["Name"]: Result(
                {
                    **self.raw,
                    "Discription": {**place, "File": table["File"]},
                    "Job": {**own, "Rows": table["Rows"], "BytesWritten": table["Bytes"]},
                }
            )
            for table in job.get("Tables", [])
        }

    @property
    def has_columns(self) -> bool:
        """Whether the result is a table."""
        return not self.file.endswith(".txt")

    @property
    def value(self) -> Any:
        """A result that is no table: numbers, texts, lists and dicts.

        It comes with the reply; one that is too long for that is read from its file.
        """
        if self.has_columns:
            raise TypeError(
                f"{self.file} is a table: read it with to_pandas(), to_polars() or to_arrow()"
            )
        if "Result" in self.raw:
            return self.raw["Result"]
        return json.loads(self._there().read_text(encoding="utf-8"))

    def to_pandas(self) -> Any:
        """The table as a `pandas.DataFrame`. Folders by columns come with these as categories."""
        pandas = _package("pandas", "to_pandas")
        path = self._table()
        if path.suffix == ".csv":
            return pandas.read_csv(path, skip_blank_lines=False)
        try:
            if path.suffix == ".arrow":
                return pandas.read_feather(path)
            if self._is_parted(path):
                return pandas.read_parquet(path, engine="pyarrow")
            tables = [
                pandas.read_parquet(part, engine="pyarrow", partitioning=None)
                for part in _parts(path)
            ]
        except ImportError as error:
            raise MissingPackage(
                "pandas reads Parquet and Arrow with the package pyarrow: pip install pyarrow"
            ) from error
        return tables[0] if len(tables) == 1 else pandas.concat(tables, ignore_index=True)

    def to_polars(self) -> Any:
        """The table as a `polars.DataFrame`."""
        polars = _package("polars", "to_polars")
        path = self._table()
        if path.suffix == ".csv":
            return polars.read_csv(path, infer_schema_length=None)
        if path.suffix == ".arrow":
            return polars.read_ipc(path)
        if self._is_parted(path):
            return polars.read_parquet(path, hive_partitioning=True)
        return polars.read_parquet(_parts(path), hive_partitioning=False)

    def to_arrow(self) -> Any:
        """The table as a `pyarrow.Table`."""
        pyarrow = _package("pyarrow", "to_arrow")
        path = self._table()
        if path.suffix == ".csv":
            return importlib.import_module("pyarrow.csv").read_csv(path)
        if path.suffix == ".arrow":
            return importlib.import_module("pyarrow.feather").read_table(path)
        parquet = importlib.import_module("pyarrow.parquet")
        if self._is_parted(path):
            return parquet.read_table(path)
        return pyarrow.concat_tables(
            [parquet.read_table(part, partitioning=None) for part in _parts(path)]
        )

    def _table(self) -> Path:
        if not self.has_columns:
            raise TypeError(f"{self.file} is no table: it is in value")
        return self._there()

    def _there(self) -> Path:
        path = self.path
        if path.exists():
            return path
        why = (
            "the service's machine has it; mount its folder here under the same path"
            if path.is_absolute()
            else "relative directories begin at a root of the service; give an absolute one"
        )
        raise FileNotFoundError(f"there is no {path} on this machine: {why}")

    def _is_parted(self, path: Path) -> bool:
        return path.is_dir() and any(part.is_dir() for part in path.iterdir())


def _parts(path: Path) -> List[Path]:
    """The files of a table in the order of its rows: part.2 before part.10."""
    if not path.is_dir():
        return [path]

    def number(part: Path) -> int:
        found = re.search(r"\d+", part.name)
        return int(found.group()) if found else 0

    return sorted(path.glob("*.parquet"), key=number)


def _package(name: str, method: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingPackage(f"{method}() needs the package {name}: pip install {name}") from error
