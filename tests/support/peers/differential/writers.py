"""Files of a table as pyarrow, Polars, DuckDB and fastparquet write them, with random options."""

import functools

import duckdb
import fastparquet
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from .kinds import DAY, KINDS, PER, arrow_array, arrow_type

WRITERS = ["pyarrow", "pyarrow", "polars", "duckdb", "fastparquet"]

#: Kinds that a writer has no form for, or not for all values of.
LACKING = {
    "pyarrow": set(),
    "polars": {"map", "uuid", "fixed 5", "f16"},
    # Its maps hold no NaN as others do; half floats are floats to it, and nanoseconds with a zone are microseconds.
    "duckdb": {"f16", "ns UTC", "fixed 5"},
    # pandas has NaN for null.
    "fastparquet": {kind for kind in KINDS if kind.split(" ")[0] not in
                    ("i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "f64", "f32", "bool", "text", "bytes")},
}


def can_write(writer, kind, values):
    if kind in LACKING[writer]:
        return False
    name = kind.split(" ")[0]
    if writer == "fastparquet":
        if name in ("decimal", "date", "time", "ms", "us", "ns"):
            return False
        if name not in ("text", "bytes") and None in values:
            return False
        # It takes the first value for what all of them are.
        return name not in ("text", "bytes") or any(value is not None for value in values)
    if writer == "duckdb" and name in PER:
        # Its times with a zone and without are microseconds within these years.
        return all(value is None or abs(value) < 9 * 10**18 * 1000 for value in values)
    return True


def arrow_table(columns, required):
    fields = [pa.field(name, arrow_type(kind), nullable=not (required and None not in values) or kind == "null")
              for name, kind, values in columns]
    return pa.table([arrow_array(kind, values) for _, kind, values in columns], pa.schema(fields))


ENCODINGS = {
    "INT32": ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"],
    "INT64": ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"],
    "FLOAT": ["PLAIN", "BYTE_STREAM_SPLIT"],
    "DOUBLE": ["PLAIN", "BYTE_STREAM_SPLIT"],
    "BYTE_ARRAY": ["PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"],
    "FIXED_LEN_BYTE_ARRAY": ["PLAIN", "DELTA_BYTE_ARRAY", "BYTE_STREAM_SPLIT"],
    "BOOLEAN": ["PLAIN", "RLE"],
    "INT96": ["PLAIN"],
}


def leaves(table, options):
    """Path and physical type of each leaf that pyarrow writes."""
    sink = pa.BufferOutputStream()
    pq.write_table(table.slice(0, 0), sink, **options)
    schema = pq.ParquetFile(sink.getvalue()).schema
    return [(schema.column(i).path, schema.column(i).physical_type) for i in range(len(schema))]


def write_pyarrow(chance, path, columns, required):
    table = arrow_table(columns, required)
    options = {
        "compression": chance.choice(["none", "snappy", "gzip", "brotli", "lz4", "zstd"]),
        "data_page_version": chance.choice(["1.0", "2.0"]),
        "row_group_size": chance.choice([1, 7, 100, 1000, 10**6]) if table.num_rows < 300 else chance.choice([100, 1000, 10**6]),
        "data_page_size": chance.choice([1, 100, 5000, 2**20]),
        "write_batch_size": chance.choice([1, 10, 100, 1024]),
        "dictionary_pagesize_limit": chance.choice([20, 1000, 2**20]),
        "write_statistics": chance.random() < 0.8,
        "write_page_index": chance.random() < 0.5,
        "write_page_checksum": chance.random() < 0.3,
        "store_schema": chance.random() < 0.7,
        "use_compliant_nested_type": chance.random() < 0.7,
        "store_decimal_as_integer": chance.random() < 0.4,
        "write_time_adjusted_to_utc": chance.random() < 0.2,
    }
    if table.num_rows > 10_000:
        options |= {"row_group_size": chance.choice([20_000, 50_000, 10**6]), "data_page_size": 2**14, "write_batch_size": 1024}
    near = all(abs(v) < 9 * 10**18 for _, kind, values in columns if kind.split(" ")[0] in PER for v in values if v is not None)
    if near and chance.random() < 0.2:
        options["use_deprecated_int96_timestamps"] = True
    if chance.random() < 0.5:
        options["use_dictionary"] = True
    else:
        options["use_dictionary"] = False
        options["column_encoding"] = {leaf: chance.choice(ENCODINGS[kind]) for leaf, kind in leaves(table, options)}
    pq.write_table(table, path, **options)
    return options


def write_polars(chance, path, columns, required):
    options = {
        "compression": chance.choice(["uncompressed", "snappy", "gzip", "brotli", "lz4", "zstd"]),
        "row_group_size": chance.choice([10, 100, 1000, 10**6]),
        "data_page_size": chance.choice([100, 5000, 2**20]),
        "statistics": chance.choice([True, False, "full"]),
    }
    if len(columns[0][2]) > 10_000:
        options |= {"row_group_size": 30_000}
    pl.from_arrow(arrow_table(columns, required)).write_parquet(path, **options)
    return options


@functools.cache
def database():
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("set timezone = 'UTC'")
    return connection


def quoted(text):
    return "'" + str(text).replace("'", "''") + "'"


def write_duckdb(chance, path, columns, required):
    options = {
        "codec": chance.choice(["uncompressed", "snappy", "gzip", "brotli", "lz4_raw", "zstd"]),
        "row_group_size": chance.choice([2048, 4096, 122_880]),
        "parquet_version": chance.choice(["v1", "v2"]),
        "dictionary_size_limit": chance.choice([1, 100, 10_000]),
    }
    con = database()
    con.register("given", arrow_table(columns, required))
    told = ", ".join(f"{name} {quoted(value)}" for name, value in options.items())
    con.execute(f"copy (select * from given) to {quoted(path)} (format parquet, {told})")
    con.unregister("given")
    return options


def write_fastparquet(chance, path, columns, required):
    data = {}
    for name, kind, values in columns:
        kind = kind.split(" ")[0]
        if kind in ("text", "bytes"):
            data[name] = pd.Series(values, dtype=object)
        else:
            data[name] = np.array(values, {"f64": "float64", "f32": "float32", "bool": "bool"}.get(kind, f"{'u' if kind[0] == 'u' else ''}int{kind[1:]}"))
    options = {
        "compression": chance.choice([None, "SNAPPY", "GZIP", "BROTLI", "LZ4_RAW", "ZSTD"]),
        "row_group_offsets": chance.choice([50, 1000, 10**6]) if len(columns[0][2]) < 10_000 else 30_000,
        "stats": chance.choice([True, False, "auto"]),
        "object_encoding": {name: {"text": "utf8", "bytes": "bytes"}[kind] for name, kind, _ in columns if kind in ("text", "bytes")},
        "has_nulls": [name for name, kind, _ in columns if kind in ("text", "bytes")],
        "write_index": False,
    }
    fastparquet.write(path, pd.DataFrame(data), **options)
    return options


WRITE = {"pyarrow": write_pyarrow, "polars": write_polars, "duckdb": write_duckdb, "fastparquet": write_fastparquet}
