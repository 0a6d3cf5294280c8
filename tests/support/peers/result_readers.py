"""
Files of comma-separated values and folders parted by columns as pandas and Polars read them, against the same rows in
one Parquet file. Each line that comes
in is JSON, `[FUNCTION, ARGUMENTS]`, and is answered by a line: `{"value": …}`, or `{"error": …}`.
"""

import decimal
import json
import os
import sys
import traceback
import urllib.parse
import uuid

os.environ["POLARS_MAX_THREADS"] = "2"

import pandas as pd
import polars as pl


def missing(value):
    return value is None or value is pd.NA or value is pd.NaT or value != value


# Decimals and UUIDs, which Polars has as bytes, are looked at digit by digit.
TEXTS = (pl.String, pl.Decimal, pl.Binary)


def of_text(value, kind):
    """A value that was read as text, as Polars has it."""
    if missing(value):
        return value
    if isinstance(kind, pl.Decimal):
        return decimal.Decimal(value)
    return uuid.UUID(value).bytes if kind == pl.Binary else value


def pandas_differs(csv, parquet):
    """The first value that pandas reads otherwise. It can't tell an empty text from none."""
    wanted = pl.read_parquet(parquet)
    texts = {name: str for name, kind in wanted.schema.items() if kind in TEXTS}
    whole = {
        name: "UInt64" if kind.is_unsigned_integer() else "Int64"
        for name, kind in wanted.schema.items()
        if kind.is_integer()
    }
    floats = {name: "float32" for name, kind in wanted.schema.items() if kind == pl.Float32}
    times = [name for name, kind in wanted.schema.items() if kind.is_temporal()]
    read = pd.read_csv(
        csv,
        dtype={**texts, **whole, **floats, **{name: str for name in times}},
        keep_default_na=False,
        na_values={name: [""] if name in {*texts, *times} else ["", "NaN"] for name in wanted.columns},
    )
    if list(read.columns) != wanted.columns:
        return f"columns {list(read.columns)}"
    for name, kind in wanted.schema.items():
        for row, (value, other) in enumerate(zip(read[name], wanted[name].to_list(), strict=True)):
            if name in times:
                continue
            value = of_text(value, kind)
            if other == "" or missing(other):
                if not missing(value):
                    return f"{name}, row {row}: {value!r} and not {other!r}"
            elif value != other:
                return f"{name}, row {row}: {value!r} and not {other!r}"
        if name in times and kind != pl.Time:
            is_utc = kind != pl.Date and kind.time_zone is not None
            times_read = pd.to_datetime(read[name], format="ISO8601")
            parsed = times_read.astype("datetime64[ns, UTC]" if is_utc else "datetime64[ns]")
            counts = wanted[name].cast(pl.Datetime("ns")).to_physical().to_list()
            for row, (value, other) in enumerate(zip(parsed, counts, strict=True)):
                if (value is pd.NaT) != (other is None) or (other is not None and value.value != other):
                    return f"{name}, row {row}: {value!r} and not {other!r}"
    return None


def typed(column, kind):
    """A column of texts as what they say, for Polars."""
    if kind == pl.Boolean:
        return column.replace_strict({"true": True, "false": False}, default=None, return_dtype=kind)
    if isinstance(kind, pl.Datetime):
        return column.str.to_datetime(time_unit=kind.time_unit, time_zone=kind.time_zone)
    if kind == pl.Date:
        return column.str.to_date()
    if kind == pl.Time:
        return column.str.to_time("%H:%M:%S%.f")
    if kind == pl.Binary:
        return column.map_elements(lambda text: uuid.UUID(text).bytes, return_dtype=kind)
    return column.cast(kind)


def polars_differs(csv, parquet):
    """The first column that Polars reads otherwise."""
    wanted = pl.read_parquet(parquet)
    read = pl.read_csv(csv, infer_schema=False)
    # In names, but not in values, Polars leaves quotes doubled.
    read.columns = [name.replace('""', '"') for name in read.columns]
    if read.columns != wanted.columns:
        return f"columns {read.columns}"
    for name, kind in wanted.schema.items():
        column = typed(read[name], kind)
        if not column.equals(wanted[name], null_equal=True):
            pairs = enumerate(zip(column, wanted[name], strict=True))
            rows = [row for row, (value, other) in pairs if value is not other and value != other]
            at = rows[0] if rows else 0
            return f"{name}: {len(rows)} rows, {column[at]!r} and not {wanted[name][at]!r}"
    return None


def parted_differs(folder, parquet, by):
    """The first column that Polars reads otherwise from a folder parted by columns, in the order of `n`."""
    wanted = pl.read_parquet(parquet).sort("n")
    schema = {name: wanted.schema[name] for name in by}
    read = pl.read_parquet(f"{folder}/**/*.parquet", hive_partitioning=True, try_parse_hive_dates=False).sort("n")
    # Polars reads what is escaped in values, and not in names of columns.
    read.columns = [urllib.parse.unquote(name) for name in read.columns]
    if sorted(read.columns) != sorted(wanted.columns):
        return f"columns {read.columns}"
    for name in wanted.columns:
        column = typed(read[name].cast(pl.String), schema[name]) if name in schema else read[name]
        if not column.equals(wanted[name], null_equal=True):
            return f"{name}: {column} and not {wanted[name]}"
    return None


def main():
    known = {"pandas": pandas_differs, "polars": polars_differs, "parted": parted_differs}
    for line in sys.stdin:
        name, arguments = json.loads(line)
        try:
            answer = {"value": known[name](*arguments)}
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), flush=True)


main()
