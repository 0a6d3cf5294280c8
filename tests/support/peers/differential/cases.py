"""
Random tables in random files by several writers, what jobs are asked about them, and what these have to answer. A case
is made by its seed and number alone.
"""

import json
import os
import random
import traceback

import duckdb
import polars as pl

from . import truth
from .asked import filter_of, interval_of, overlap_of
from .kinds import FAMILIES, KINDS, arrow_type, column_values, random_kind
from .readers import READERS, as_bytes, as_read, read
from .truth import Refused, as_type, double, exact, raw, shown
from .types import dataset_type, file_types, join_all
from .writers import LACKING, WRITE, WRITERS, can_write

# What readers raise for what they can't read: Polars, DuckDB, pyarrow.
UNREADABLE = (pl.exceptions.ComputeError, duckdb.Error, OSError)

known = {}


class Column:
    """A column of the dataset: its type, and all its values in it; None for one that can't be joined or had."""

    def __init__(self, name, held):
        """Of each file: its type (None where it lacks the column), its values."""
        self.name = name
        self.own = [kind for kind, _ in held]
        there = [(kind, any(value is not None for value in values)) for kind, values in held if kind]
        self.type = dataset_type(there)
        # Nulls are of any type, where the footers tell that there is nothing else.
        self.unsure = join_all([kind for kind, _ in there]) is None
        self.refused = False
        self.values = None
        if self.type:
            try:
                self.values = [None if kind is None else as_type(value, kind, self.type) for kind, values in held for value in values]
            except Refused:
                self.refused = True

    @property
    def usable(self):
        return self.values is not None

    @property
    def flat(self):
        return self.usable and not self.unsure and self.type[0] not in ("nested", "null")

    def told(self, of):
        """A text of each value, or the word for what is refused."""
        if not self.usable:
            return "refused"
        try:
            return [of(value) for value in self.values]
        except Refused:
            return "refused"


class Case:
    def __init__(self, seed, index, folder):
        chance = self.chance = random.Random(f"{seed} {index}")
        self.writers = chance.sample(list(dict.fromkeys(WRITERS)), chance.randint(1, 3))
        self.files, self.paths = [], []
        self.unread = 0
        data = os.path.join(folder, "data")
        files = self.tables(chance)
        hive = self.folders(chance, len(files))
        held, at = {}, 0
        for number, columns in enumerate(files):
            rows = len(columns[0][2])
            inner = os.path.join(data, *(f"{name}={texts[number]}" for name, _, texts in hive))
            os.makedirs(inner, exist_ok=True)
            path = os.path.join(inner, f"part.{number}.parquet")
            able = [w for w in self.writers if all(can_write(w, kind, values) for _, kind, values in columns)]
            writer = chance.choice(able or ["pyarrow"])
            options = WRITE[writer](chance, path, columns, chance.random() < 0.3)
            types = file_types(path)
            self.paths.append(path)
            self.files.append(f"{os.path.relpath(path, folder)}, {rows} rows by {writer} with {options}: "
                              + ", ".join(f"{name} {kind}" for name, kind, _ in columns))
            for name, kind, values in columns:
                held.setdefault(name, {})[number] = (types[name], values)
            at += rows
        self.sizes = [len(columns[0][2]) for columns in files]
        self.rows = at
        self.columns = {
            name: Column(name, [of.get(number, (None, [None] * size)) for number, size in enumerate(self.sizes)])
            for name, of in held.items()
        }
        for name, kind, texts in hive:
            values = {"int": int, "text": str}[kind]
            self.columns[name] = Column(name, [
                (("int", 32, True) if kind == "int" else ("string",), [values(text)] * size)
                for text, size in zip(texts, self.sizes)
            ])
        self.int64 = chance.choice(["number", "bigint"])
        single = len(files) == 1 and not hive and chance.random() < 0.7
        self.base = "data/part.0.parquet" if single else "data"
        self.jobs = self.ask(chance)

    def tables(self, chance):
        """The columns of each file as (name, kind, values)."""
        large = chance.random() < 0.01
        number = chance.choice([1, 2]) if large else chance.choice([1, 1, 2, 3, 4])
        able = [kind for kind in KINDS if any(kind not in LACKING[writer] for writer in self.writers)]
        differ = number > 1 and chance.random() < 0.5
        wanted = []
        for _ in range(chance.randint(1, 1 if large else 6)):
            family = chance.choice(FAMILIES) if differ and chance.random() < 0.6 else [random_kind(chance, able)]
            wanted.append(family)
        files, row = [], 0
        for _ in range(number):
            rows = chance.randint(65_600, 70_000) // number if large else chance.choice(
                [0, 1, 2, chance.randint(3, 60), chance.randint(3, 60), chance.randint(3, 60), chance.randint(60, 600),
                 chance.randint(600, 3000) if chance.random() < 0.3 else 9])
            columns = [("row", "i32", list(range(row, row + rows)))]
            for place, family in enumerate(wanted):
                if number > 1 and chance.random() < 0.05:
                    continue
                kind = chance.choice(family)
                columns.append((f"c{place}", kind, column_values(chance, kind, rows)))
            if differ and chance.random() < 0.5:
                chance.shuffle(columns)
            files.append(columns)
            row += rows
        return files

    def folders(self, chance, number):
        """Columns that folders name, as (name, kind, texts by file), in the order of the files."""
        if chance.random() > 0.2:
            return []
        texts = chance.choice([["3", "4", "5", "6"], ["a", "b b", "ö", "ü"], ["1", "2", "x", "y"]])[:number]
        return [("folder", "int" if all(text.isdigit() for text in texts) else "text", texts)]

    def ask(self, chance):
        columns = list(self.columns.values())
        flat = [column for column in columns if column.flat]
        typed = [column for column in columns if column.type and not column.unsure]
        jobs = {
            "values": {
                "names": [column.name for column in columns],
                "raw": [c.name for c in typed if c.type[0] in ("timestamp", "int96", "date", "decimal")],
                "codes": [c.name for c in typed if c.type[0] == "string"],
            },
            "filter": filter_of(chance, flat),
            "keep": {"names": [column.name for column in columns if self.keepable(column)]},
            "groupBy": {"keys": [chance.choice([column for column in flat if self.keepable(column)]).name]},
            "interval": interval_of(chance, flat),
            "overlap": overlap_of(chance, flat),
        }
        return {name: {"int64": self.int64, **job} for name, job in jobs.items() if job is not None}

    def keepable(self, column):
        if not column.usable or column.unsure:
            return False
        try:
            for value in column.values if column.type[0] in ("timestamp", "date") else []:
                raw(value, column.type)
        except Refused:
            return False
        return True

    def describe(self):
        jobs = [{"kind": kind, **{key: job[key] for key in job if key not in ("truth", "starts")}} for kind, job in self.jobs.items()]
        return {"base": self.base, "jobs": jobs, "files": self.files}


def make_case(seed, index, folder):
    known[index] = case = Case(seed, index, folder)
    return case.describe()


def check_case(index, results):
    """What differs in the results of a case's jobs, given as paths by kind of job."""
    case = known.pop(index)
    wrong = []
    for kind, path in results.items():
        try:
            wrong += [f"{kind}: {what}" for what in CHECKS[kind](case, case.jobs[kind], path)]
        except Exception:
            wrong.append(f"{kind}: {traceback.format_exc()}")
    return {"wrong": wrong, "unread": case.unread}


def differing(what, found, expected):
    if found == expected:
        return []
    if isinstance(found, list) and isinstance(expected, list):
        if len(found) != len(expected):
            return [f"{what} has {len(found)} rows instead of {len(expected)}"]
        row = next(row for row in range(len(found)) if found[row] != expected[row])
        return [f"{what}, row {row}: {found[row]!r} instead of {expected[row]!r}"]
    return [f"{what}: {found!r:.300} instead of {expected!r:.300}"]


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def check_values(case, job, path):
    found = load(path)
    wrong = []
    if case.rows == 0 and found is None:
        return []
    for name in job["names"]:
        column = case.columns[name]
        if column.unsure and found[name]["values"] == "refused":
            continue
        if column.unsure and column.type is None and all(value is None for value in found[name]["values"]):
            continue
        wrong += differing(f"{name} {column.type}", found[name]["values"], column.told(lambda value: shown(value, column.type, case.int64)))
    for name in job["raw"]:
        column = case.columns[name]
        expected = column.told(lambda value: None if value is None else f"{raw(value, column.type)}")
        if isinstance(expected, list):
            expected = {"is": [column.type[2], column.type[1]] if column.type[0] == "decimal" else list(column.type[1:3]), "values": expected}
        wrong += differing(f"raw {name} {column.type}", found[name]["raw"], expected)
    for name in job["codes"]:
        column = case.columns[name]
        wrong += differing(f"codes {name}", found[name]["codes"], column.told(exact))
    return wrong


def check_filter(case, job, path):
    rows = [row for row in range(case.rows) if job["truth"](row)]
    return differing("rows", load(path), rows)


def check_keep(case, job, path):
    wrong = []
    types = file_types(path)
    for name in job["names"]:
        column = case.columns[name]
        wrong += differing(f"type of {name}", types[name], column.type)
    for reader in READERS:
        try:
            found = read(reader, path)
        except UNREADABLE:
            # Chunks are carried as they are: what a reader can't read of a result, it can't read of the input.
            if not all(can_read(reader, each) for each in case.paths):
                case.unread += 1
                continue
            raise
        for name in job["names"]:
            column = case.columns[name]
            values, unit = found[name]
            values = as_bytes(values) if column.type[0] == "uuid" else values
            expected = as_read(reader, column.values, unit, column.type)
            if column.type[0] == "nested":
                values, expected = alike(values), alike(expected)
            wrong += differing(f"{reader}: {name} {column.type}", list(map(exact, values)), list(map(exact, expected)))
    return wrong


def can_read(reader, path):
    try:
        read(reader, path)
        return True
    except UNREADABLE:
        return False


def alike(value):
    """Nested values with pairs of maps as records."""
    if isinstance(value, dict):
        return tuple(map(alike, value.values()))
    if isinstance(value, (list, tuple)):
        return type(value)(map(alike, value))
    return value


def key_text(value):
    return exact(0.0 if isinstance(value, float) and value == 0 else value)


def grouped(case, keys):
    groups = {}
    for row, key in enumerate(keys):
        count, total = groups.get(key, (0, 0))
        groups[key] = (count + 1, total + row)
    return groups


def check_groups(name, kind, expected, path):
    wrong = differing(f"type of {name}", file_types(path)[name], kind)
    found = read("pyarrow", path)
    values, _ = found[name]
    keys = list(map(key_text, values))
    if len(set(keys)) != len(keys):
        return wrong + [f"{name} {kind} has a key twice: {keys}"]
    rows = {key: (count, int(total)) for key, count, total in zip(keys, found["count"][0], found["sum_row"][0])}
    there = [value for value in values if value is not None and value == value]
    wrong += [] if there == sorted(there) and values[:len(there)] == there else [f"{name} is not in order: {values}"]
    for key in sorted(rows.keys() | expected.keys(), key=str):
        if rows.get(key) != expected.get(key):
            return wrong + [f"{name} {kind}, key {key}: {rows.get(key)} instead of {expected.get(key)}"]
    return wrong


def check_group_by(case, job, path):
    column = case.columns[job["keys"][0]]
    # INT96 is of the past: its keys are TIMESTAMPs.
    kind = ("timestamp", *column.type[1:]) if column.type[0] == "int96" else column.type
    return check_groups(column.name, kind, grouped(case, map(key_text, column.values)), path)


def check_interval(case, job, path):
    column = case.columns[job["name"]]
    kind, starts = job["starts"]
    return check_groups(column.name, kind, grouped(case, map(key_text, starts)), path)


def check_overlap(case, job, path):
    column = case.columns[job["name"]]
    found = read("pyarrow", path)
    numbers = [None if value is None else float(value) for value in column.values]
    expected = truth.moving_sums(numbers, job["before"], job["after"])
    return differing("row", found["row"][0], list(range(case.rows))) + differing(
        f"sums of {column.name} {column.type}", list(map(double, found["sum"][0])), expected)


CHECKS = {"values": check_values, "filter": check_filter, "keep": check_keep, "groupBy": check_group_by,
          "interval": check_interval, "overlap": check_overlap}
