"""
Files of Arrow IPC as pyarrow, Polars and DuckDB read them, against the same rows in one Parquet file; and random Parquet
files of all types that pyarrow writes. Each line that comes in is JSON, `[FUNCTION, ARGUMENTS]`, and is answered by a
line: `{"value": …}`, or `{"error": …}`.
"""

import datetime
import decimal
import json
import os
import sys
import traceback
import uuid

os.environ["POLARS_MAX_THREADS"] = "2"

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

DAYS = 60_000


def random_columns(rng, rows):
    """Columns of all types that Parquet has, by their names: a type and values."""
    whole = lambda bits, signed: rng.integers(
        -(1 << (bits - 1)) if signed else 0, (1 << (bits - 1 if signed else bits)) - 1, rows, endpoint=True,
        dtype=f"{'' if signed else 'u'}int{bits}",
    ).tolist()
    odd = [float("nan"), float("inf"), float("-inf"), -0.0, 0.0]
    floats = lambda scale: [odd[k % 5] if k % 11 == 0 else float(v) for k, v in enumerate(rng.standard_normal(rows) * scale)]
    texts = ["", "насос", "🌡", 'a "b"\r\n', "\0", "x" * 300, " "]
    text = lambda: [texts[k] + str(n % 97) for k, n in zip(rng.integers(0, 7, rows), rng.integers(0, 1 << 30, rows))]
    data = lambda most: [rng.bytes(int(k)) for k in rng.integers(0, most, rows)]
    # Around 1970, and within what 64 bits of nanoseconds hold.
    ticks = lambda per_second: rng.integers(-9_000_000_000 * per_second, 9_000_000_000 * per_second, rows).tolist()
    found = {f"{'' if signed else 'u'}int{bits}": (getattr(pa, f"{'' if signed else 'u'}int{bits}")(), whole(bits, signed))
             for bits in (8, 16, 32, 64) for signed in (True, False)}
    found |= {
        "float16": (pa.float16(), np.array(floats(10), "float16").tolist()),
        "float32": (pa.float32(), floats(1e30)),
        "float64": (pa.float64(), floats(1e300)),
        "bool": (pa.bool_(), (rng.integers(0, 2, rows) == 1).tolist()),
        "text": (pa.string(), text()),
        "one of few": (pa.string(), [texts[k] for k in rng.integers(0, 7, rows)]),
        "bytes": (pa.binary(), data(40)),
        "fixed": (pa.binary(7), [rng.bytes(7) for _ in range(rows)]),
        "date": (pa.date32(), [datetime.date(1900, 1, 1) + datetime.timedelta(int(k)) for k in rng.integers(0, DAYS, rows)]),
        "time ms": (pa.time32("ms"), rng.integers(0, 86_400_000, rows).tolist()),
        "time us": (pa.time64("us"), rng.integers(0, 86_400_000_000, rows).tolist()),
        "time ns": (pa.time64("ns"), rng.integers(0, 86_400_000_000_000, rows).tolist()),
        "uuid": (pa.uuid(), [rng.bytes(16) for _ in range(rows)]),
        "json": (pa.json_(), [json.dumps({"k": int(k), "т": None}, ensure_ascii=False) for k in rng.integers(0, 1 << 30, rows)]),
        "nothing": (pa.null(), [None] * rows),
        "list": (pa.list_(pa.float32()), [floats(1)[:int(k)] for k in rng.integers(0, 4, rows)] if rows < 2000 else [[0.5]] * rows),
        "record": (pa.struct([pa.field("a", pa.int16()), pa.field("b c", pa.list_(pa.string()))]),
                   [{"a": int(k), "b c": [None, texts[k]][:k % 3]} if k != 3 else {"a": None, "b c": None} for k in rng.integers(0, 7, rows)]),
        "map": (pa.map_(pa.string(), pa.timestamp("us", "UTC")), [[(f"k{i}", i * 10**6) for i in range(k)] for k in rng.integers(0, 3, rows)]),
    }
    for unit, per_second in {"ms": 1000, "us": 10**6, "ns": 10**9}.items():
        found[f"local {unit}"] = (pa.timestamp(unit), ticks(per_second))
        found[f"UTC {unit}"] = (pa.timestamp(unit, "UTC"), ticks(per_second))
    for _ in range(3):
        digits = int(rng.integers(1, 76, endpoint=True))
        scale = int(rng.integers(0, digits, endpoint=True))
        kind = pa.decimal128(digits, scale) if digits <= 38 else pa.decimal256(digits, scale)
        sign = lambda k: "-" if k % 2 else ""
        most = 10**digits - 1
        units = [int.from_bytes(rng.bytes(33), "little") % (most + 1) for _ in range(rows)]
        units[:3] = [most, most, 0][:rows]
        with decimal.localcontext(prec=100):
            found[f"decimal {digits} {scale}"] = (kind, [decimal.Decimal(f"{sign(k)}{n}").scaleb(-scale) for k, n in enumerate(units)])
    return found


def make(path, seed, rows):
    """Writes random columns, some with nulls, some that can have none; gives their names."""
    rng = np.random.default_rng(seed)
    fields, arrays = [], []
    columns = list(random_columns(rng, rows).items())
    rng.shuffle(columns)
    for name, (kind, values) in columns:
        share = 1 if kind == pa.null() else [0, 0, 0.2, 1][rng.integers(0, 4)]
        if share > 0:
            values = [None if none else value for value, none in zip(values, rng.random(rows) < share)]
        storage = kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind
        array = pa.array(values, storage)
        arrays.append(kind.wrap_array(array) if storage is not kind else array)
        fields.append(pa.field(name, kind, nullable=bool(share > 0 or rng.integers(0, 2))))
    table = pa.table([pa.array(range(rows), pa.int32()), *arrays], pa.schema([pa.field("n", pa.int32(), False), *fields]))
    pq.write_table(
        table,
        path,
        store_schema=False,
        row_group_size=[1000, 5000, 1 << 20][rng.integers(0, 3)],
        compression=["snappy", "zstd", "none"][rng.integers(0, 3)],
        use_dictionary=bool(rng.integers(0, 2)),
        data_page_version=["1.0", "2.0"][rng.integers(0, 2)],
        store_decimal_as_integer=bool(rng.integers(0, 2)),
        use_deprecated_int96_timestamps=bool(rng.integers(0, 4) == 0),
    )
    return table.column_names


def told(kind):
    """A type as a text, whatever the names within its lists and maps."""
    if isinstance(kind, pa.BaseExtensionType):
        return f"{kind.extension_name} of {told(kind.storage_type)}"
    if pa.types.is_map(kind):
        return f"map {told(kind.key_type)} {of_field(kind.item_field)}"
    if pa.types.is_list(kind):
        return f"list {of_field(kind.value_field)}"
    if pa.types.is_struct(kind):
        return f"record {[(field.name, of_field(field)) for field in kind]}"
    return str(kind)


def of_field(field):
    return told(field.type) + ("" if field.nullable else " not null")


def bits(column):
    """A column as what can be compared: floats by their bits."""
    array = column.combine_chunks()
    if isinstance(array.type, pa.BaseExtensionType):
        array = array.storage
    if not pa.types.is_floating(array.type):
        return array
    values = np.ascontiguousarray(array.fill_null(0).to_numpy(zero_copy_only=False))
    return pa.array(values.view(f"uint{8 * values.itemsize}"), mask=array.is_null().to_numpy(zero_copy_only=False))


def arrow_differs(arrow, parquet, names):
    """What pyarrow reads otherwise of columns."""
    file = ipc.open_file(pa.memory_map(arrow))
    read = file.read_all()
    read.validate(full=True)
    try:
        wanted = pq.read_table(parquet, columns=names)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return "refused"
    if read.num_rows != wanted.num_rows:
        return f"{read.num_rows} rows and not {wanted.num_rows}"
    for name in names:
        field, other = read.schema.field(name), wanted.schema.field(name)
        if of_field(field) != of_field(other):
            return f"{name}: {of_field(field)} and not {of_field(other)}"
        values, others = bits(read[name]), bits(wanted[name])
        if pa.types.is_nested(values.type):
            same = repr(values.to_pylist()) == repr(others.to_pylist())
        else:
            same = values.equals(others)
        if not same:
            pairs = enumerate(zip(values, others))
            row, value, should = next((row, a, b) for row, (a, b) in pairs if not a.equals(b))
            return f"{name}, row {row}: {value!r} and not {should!r}"
    return None


def polars_differs(arrow, parquet, names):
    """What Polars reads otherwise of columns; it has no decimals of 256 bits."""
    schema = ipc.open_file(pa.memory_map(arrow)).schema
    names = [name for name in names if not pa.types.is_decimal256(schema.field(name).type)]
    read = pl.read_ipc(arrow, columns=names)
    wanted = pl.read_parquet(parquet, columns=names)
    storage = lambda column: column.ext.storage() if isinstance(column.dtype, pl.Extension) else column
    for name in names:
        column, other = storage(read[name]), storage(wanted[name])
        if column.dtype == pl.Null and other.null_count() == len(other):
            continue  # Polars has nulls of no type in Arrow alone
        if column.dtype == pl.String and other.dtype == pl.Binary:
            other = other.cast(pl.String)  # of JSON
        if column.dtype != other.dtype or not column.equals(other, null_equal=True):
            return f"{name}: {column} and not {other}"
    return None


def duckdb_differs(arrow, parquet, names):
    """What DuckDB reads otherwise of columns; it has no decimals of 256 bits, and takes no floats of 16."""
    table = ipc.open_file(pa.memory_map(arrow)).read_all()
    lacking = lambda kind: pa.types.is_decimal256(kind) or pa.types.is_float16(kind)
    # Times of INT96 it reads in microseconds.
    schema = pq.ParquetFile(parquet).schema
    old = {schema.column(k).name for k in range(len(schema)) if schema.column(k).physical_type == "INT96"}
    names = [name for name in names if name not in old and not lacking(table.schema.field(name).type)]
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    connection.register("read", table.select(names))
    listed = ", ".join(f'"{name}"' for name in names)
    one, other = f"(select {listed} from read)", f"(select {listed} from read_parquet('{parquet}'))"
    rows = connection.execute(
        f"(from {one} except all from {other}) union all (from {other} except all from {one}) limit 2"
    ).fetchall()
    if rows:
        differing = [name for k, name in enumerate(names) if len(rows) < 2 or rows[0][k] != rows[1][k]]
        return f"{differing}: {rows}"
    return None


def about(path):
    """What a file says of itself."""
    file = ipc.open_file(pa.memory_map(path))
    units = {field.name: {key.decode(): value.decode() for key, value in (field.metadata or {}).items()} for field in file.schema}
    return {
        "rows": sum(file.get_batch(k).num_rows for k in range(file.num_record_batches)),
        "batches": [file.get_batch(k).num_rows for k in range(file.num_record_batches)],
        "bytes": [file.get_batch(k).nbytes for k in range(file.num_record_batches)],
        "types": {field.name: of_field(field) for field in file.schema},
        "metadata": {key.decode(): value.decode() for key, value in (file.schema.metadata or {}).items()},
        "columns": units,
    }


def values(path):
    """All columns, as JSON has them."""
    plain = lambda value: value if isinstance(value, (int, float, str, bool, type(None))) else str(value)
    return {name: [plain(value) for value in column] for name, column in ipc.open_file(path).read_all().to_pydict().items()}


def main():
    known = {
        "make": make,
        "pyarrow": arrow_differs,
        "polars": polars_differs,
        "duckdb": duckdb_differs,
        "about": about,
        "values": values,
    }
    for line in sys.stdin:
        name, arguments = json.loads(line)
        try:
            answer = {"value": known[name](*arguments)}
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), flush=True)


main()
