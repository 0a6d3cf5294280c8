"""Exact values of files, as pyarrow, Polars and DuckDB read them."""

import uuid
from fractions import Fraction

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from .kinds import PER
from .writers import database, quoted

READERS = ["pyarrow", "polars", "duckdb"]


def table_of(reader, path):
    if reader == "pyarrow":
        return pq.ParquetFile(path).read()
    if reader == "polars":
        return pl.read_parquet(path, hive_partitioning=False).to_arrow()
    return database().sql(f"from read_parquet({quoted(path)}, hive_partitioning = false)").to_arrow_table()


def values_of(column):
    """Exact values of an Arrow column, and the unit that its times are in."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return values_of(pa.chunked_array([chunk.storage for chunk in column.chunks], kind.storage_type))
    if pa.types.is_timestamp(kind) or pa.types.is_time(kind):
        whole = column.cast(pa.int32() if pa.types.is_time32(kind) else pa.int64()).to_pylist()
        return [None if value is None else value * PER[kind.unit] for value in whole], kind.unit
    if pa.types.is_date32(kind):
        return column.cast(pa.int32()).to_pylist(), None
    values = column.to_pylist()
    if pa.types.is_decimal(kind):
        return [None if value is None else Fraction(value) for value in values], None
    if pa.types.is_floating(kind):
        return [None if value is None else float(value) for value in values], None
    return values, None


def read(reader, path):
    """Values by name, each with the unit of its times."""
    table = table_of(reader, path)
    return {name: values_of(table[name]) for name in table.column_names}


def as_read(reader, values, unit, kind):
    """What a reader has to give of values, where its types hold less than the file's."""
    if unit is not None and kind[1] != unit and PER[unit] > PER[kind[1]]:
        assert reader == "duckdb", f"{reader} has {unit} of {kind}"
        return [None if value is None else value // PER[unit] * PER[unit] for value in values]
    return values


def as_bytes(values):
    """UUIDs that come as texts."""
    return [uuid.UUID(value).bytes if isinstance(value, str) else value for value in values]
