"""
Parquet files as pyarrow and Polars read and write them. Each line that comes in is JSON, `[FUNCTION, ARGUMENTS]`,
and is answered by a line: `{"value": …}`, or `{"error": …}`.
"""

import decimal
import functools
import json
import os
import random
import struct
import sys
import traceback

os.environ["POLARS_MAX_THREADS"] = "2"

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq


def told(value):
    """A value as a text that has all of it: integers in decimals, floats as the bytes of a double."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return "NaN" if value != value else struct.pack(">d", value).hex()
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


def stored(column):
    """A column of pyarrow with the integers of its times and the storage of its extension types."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return stored(pa.chunked_array([chunk.storage for chunk in column.chunks], kind.storage_type))
    if pa.types.is_timestamp(kind):
        return column.cast(pa.int64())
    if pa.types.is_date32(kind):
        return column.cast(pa.int32())
    return column


def read_pyarrow(path):
    table = pq.ParquetFile(path).read()
    columns = [[told(value) for value in stored(column).to_pylist()] for column in table.columns]
    return {"types": [str(kind) for kind in table.schema.types], "columns": columns}


def read_polars(path):
    table = pl.read_parquet(path)
    columns = [[told(value) for value in column.to_physical().to_list()] for column in table]
    return {"types": [str(kind) for kind in table.dtypes], "columns": columns}


def read(peer, path):
    """Types and all values of a file's columns."""
    return {"pyarrow": read_pyarrow, "polars": read_polars}[peer](path)


def nested(value, kind):
    """A value of any depth as JSON: 64-bit integers as texts, maps by key, or as pairs where keys are nested."""
    if value is None:
        return None
    if pa.types.is_map(kind):
        pairs = [(key, nested(item, kind.item_type)) for key, item in value]
        if pa.types.is_nested(kind.key_type):
            return [{"key": nested(key, kind.key_type), "value": item} for key, item in pairs]
        return {str(key).lower() if isinstance(key, bool) else str(key): item for key, item in pairs}
    if pa.types.is_list(kind):
        return [nested(item, kind.value_type) for item in value]
    if pa.types.is_struct(kind):
        return {field.name: nested(value[field.name], field.type) for field in kind}
    if pa.types.is_int64(kind):
        return f"{value}n"
    return value.hex() if isinstance(value, bytes) else value


def read_nested(paths):
    """The columns of files as JSON, or why pyarrow refuses one."""
    answers = []
    for path in paths:
        try:
            table = pq.ParquetFile(path).read()
            columns = [[nested(v, column.type) for v in column.to_pylist()] for column in table.columns]
            answers.append({"columns": columns})
        except (pa.ArrowException, OSError) as refusal:
            answers.append({"refused": str(refusal)})
    return answers


def bits(values):
    """An array that is equal to another when all its bits are; that Polars marks its texts as large is no difference."""
    kind = values.type
    if pa.types.is_floating(kind):
        return values.view({16: pa.int16(), 32: pa.int32(), 64: pa.int64()}[kind.bit_width])
    return values.cast(pa.string()) if pa.types.is_large_string(kind) else values


def same(pairs, names):
    """What differs in the columns of two files, pair by pair, for pyarrow and for Polars, down to the bits of floats."""
    differing = []
    for one, other in pairs:
        tables = [pq.ParquetFile(path).read(columns=names) for path in (one, other)]
        frames = [pl.read_parquet(path, columns=names) for path in (one, other)]
        for name in names:
            first, second = (bits(table[name].combine_chunks()) for table in tables)
            if not first.equals(second):
                differing.append(f"pyarrow: {name} of {one}")
            first, second = (frame[name] for frame in frames)
            if first.dtype != second.dtype or not first.equals(second, null_equal=True):
                differing.append(f"polars: {name} of {one}")
    return differing


OPERATORS = ["==", "!=", "<", "<=", ">", ">="]


def compared(field, operator, literal):
    return eval(f"field {operator} literal")


def literals(group, name):
    """Values of a row group's column to look for: the least and the greatest, or any where they have no order."""
    values = group[name].combine_chunks().drop_null()
    if len(values) == 0:
        return []
    if pa.types.is_binary(values.type) or pa.types.is_boolean(values.type):
        return [values[0], values[-1]]
    return list(pc.min_max(values).values())


def exact(scalar):
    """A scalar of pyarrow for Python; a timestamp as its integer, since Python knows no nanoseconds."""
    return scalar.value if isinstance(scalar, pa.TimestampScalar) else scalar.as_py()


def pushed_down(path, count, seed):
    """
    Filters that readers answer with the help of statistics and, beside that, without, with so many values for each
    column: those that come out differently, how many there were, and how many row groups pyarrow left out.
    """
    chance = random.Random(seed)
    file = pq.ParquetFile(path)
    table = file.read()
    frame = pl.read_parquet(path)
    fragment = next(ds.dataset(path).get_fragments())
    wrong, tried, skipped = [], 0, 0

    def check(name, what, arrow, polars):
        nonlocal tried, skipped
        tried += 2
        column, series = table.select([name]), frame.select(name)
        for reader, rows, expected in [
            ("pyarrow", pq.read_table(path, columns=[name], filters=arrow).num_rows, column.filter(arrow).num_rows),
            ("polars", pl.scan_parquet(path).filter(polars).select(name).collect().height, series.filter(polars).height),
        ]:
            if rows != expected:
                wrong.append(f"{reader}: {name} {what} finds {rows} rows of {expected}")
        skipped += file.num_row_groups - len(fragment.split_by_row_group(arrow))

    for index, name in enumerate(table.schema.names):
        check(name, "is null", pc.field(name).is_null(), pl.col(name).is_null())
        check(name, "is not null", pc.field(name).is_valid(), pl.col(name).is_not_null())
        dtype = frame[name].dtype
        groups = [file.read_row_group(k, columns=[name]) for k in range(file.num_row_groups)]
        values = list({repr(exact(value)): value for group in groups for value in literals(group, name)}.values())
        for literal in chance.sample(values, min(count, len(values))):
            value = exact(literal)
            other = pl.lit(value).cast(dtype) if isinstance(literal, pa.TimestampScalar) else pl.lit(value, dtype=dtype)
            for operator in OPERATORS:
                check(name, f"{operator} {value}", compared(pc.field(name), operator, literal),
                      compared(pl.col(name), operator, other))
    return {"tried": tried, "wrong": wrong, "skipped": skipped}


def statistics(path):
    """What statistics of row groups say that isn't so, and how many bounds there are."""
    file = pq.ParquetFile(path)
    wrong, bounds = [], 0
    for index in range(file.num_row_groups):
        group = file.read_row_group(index)
        for column, name in enumerate(group.schema.names):
            found = file.metadata.row_group(index).column(column).statistics
            values = group[name]
            if isinstance(values.type, pa.BaseExtensionType):
                continue
            where = f"{name}, row group {index}"
            if found.null_count != values.null_count:
                wrong.append(f"{where}: {found.null_count} nulls")
            if not found.has_min_max:
                continue
            bounds += 1
            wanted = [bound.as_py() for bound in pc.min_max(stored(values)).values()]
            time = pa.types.is_temporal(values.type)
            bounds_found = [found.min_raw, found.max_raw] if time else [found.min, found.max]
            if bounds_found != wanted:
                wrong.append(f"{where}: {bounds_found}, not {wanted}")
    return {"wrong": wrong, "bounds": bounds}


NAMES = ["f64", "f32", "f16", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "steps", "runs", "flag",
         "word", "text", "bytes", "ms", "us", "ns", "tz", "day", "small", "price", "clock", "list", "point"]


@functools.cache
def arrays(rows, names):
    """Columns, by name, of types that Arrow has and files have, with values to the ends of the types."""
    k = range(rows)
    special = [float("nan"), -0.0, 0.0, float("inf"), -float("inf"), 5e-324, 1.7976931348623157e308]
    real = [special[i % 7] if i % 11 < 7 else (i - rows / 2) / 3 for i in k]
    wide = [(i * 2654435761 % 2**32) * 2654435761 % 2**64 for i in k]
    integers = {f"{sign}{bits}": [w % 2**bits - (2 ** (bits - 1) if sign == "i" else 0) for w in wide]
                for sign in "iu" for bits in (8, 16, 32, 64)}
    stamp = [(w % 4_000_000_000 - 1_000_000_000) * 1000 + i for i, w in enumerate(wide)]
    columns = {
        "f64": lambda: pa.array(real, pa.float64()),
        "f32": lambda: pa.array([x if abs(x) < 1e38 or x in (float("inf"), -float("inf")) or x != x else 1.5 for x in real], pa.float32()),
        "f16": lambda: pa.array([(i % 100 - 50) / 4 for i in k], pa.float16()),
        **{name: functools.partial(pa.array, values, f"{'u' if name[0] == 'u' else ''}int{name[1:]}")
           for name, values in integers.items()},
        "steps": lambda: pa.array([10**15 + i * 1000 + i % 3 for i in k], pa.int64()),
        "runs": lambda: pa.array([i // 300 for i in k], pa.int32()),
        "flag": lambda: pa.array([i % 5 < 2 or 200 < i < 900 for i in k], pa.bool_()),
        "word": lambda: pa.array([["pump", "Ventil", "", "насос", "🔧"][i % 5] for i in k], pa.string()),
        "text": lambda: pa.array(["" if i % 11 == 0 else f"sensor {i // 3} Größe" + " 温度" * (i % 4) for i in k], pa.string()),
        "bytes": lambda: pa.array([bytes([i % 256, 255, 0][: i % 4]) for i in k], pa.binary()),
        "ms": lambda: pa.array(stamp, pa.timestamp("ms")),
        "us": lambda: pa.array([s * 1000 + 1 for s in stamp], pa.timestamp("us")),
        "ns": lambda: pa.array([s * 1_000_000 + 7 for s in stamp], pa.timestamp("ns")),
        "tz": lambda: pa.array([s * 1000 + 1 for s in stamp], pa.timestamp("us", "UTC")),
        "day": lambda: pa.array([w % 40_000 - 9_000 for w in wide], pa.date32()),
        "small": lambda: pa.array([decimal.Decimal(i % 1000 - 500) / 4 for i in k], pa.decimal128(9, 2)),
        "price": lambda: pa.array([i - 500 for i in k], pa.int64()).cast(pa.decimal128(30, 3)),
        "list": lambda: pa.array([None if i % 7 == 0 else [i, None, -i][: i % 4] for i in k], pa.list_(pa.int64())),
        "point": lambda: pa.array([{"x": i // 9, "y": None if i % 5 == 0 else f"p{i % 8}"} for i in k],
                          pa.struct([("x", pa.int32()), ("y", pa.string())])),
        "clock": lambda: pa.array([i * 61 % 86_400_000 for i in k], pa.int32()).cast(pa.time32("ms")),
    }
    return {name: columns[name]() for name in names}


@functools.cache
def mask(rows, kind, turn):
    """Which rows have a value in columns that have nulls at other places than their neighbours."""
    return pa.array([kind == "nulls" and (i + turn) % 3 > 0 and not 500 < i < 800 for i in range(rows)])


def table_of(rows, kind, names):
    """`required`, `nullable` (without nulls), `nulls`, or `empty`: nothing but nulls."""
    columns = arrays(rows, tuple(names))
    if kind in ("nulls", "empty"):
        columns = {
            name: pc.if_else(mask(rows, kind, NAMES.index(name) % 3), column, pa.scalar(None, column.type))
            for name, column in columns.items()
        }
    fields = [pa.field(name, column.type, nullable=kind != "required") for name, column in columns.items()]
    return pa.table(list(columns.values()), pa.schema(fields))


def write(files):
    """Writes files of some of the columns: peer, path, rows, kind, names, options of the peer's writer."""
    for peer, path, rows, kind, names, options in files:
        table = table_of(rows, kind, names)
        if peer == "polars":
            pl.from_arrow(table).write_parquet(path, **options)
            continue
        encoding = options.pop("encoding", None)
        if encoding is not None:
            options |= {"use_dictionary": False, "column_encoding": {name: encoding for name in names}}
        pq.write_table(table, path, write_batch_size=100, **options)


def rewrite(path, target, options):
    """Writes what a file holds with other options of pyarrow's writer."""
    pq.write_table(pq.ParquetFile(path).read(), target, **options)


def key_values(path):
    """The keys and values of a file's footer, as texts."""
    found = pq.ParquetFile(path).metadata.metadata or {}
    return {key.decode(): value.decode() for key, value in found.items()}


def column_key_values(path):
    """The keys and values of each column in the first row group, as texts."""
    group = pq.ParquetFile(path).metadata.row_group(0)
    chunks = [group.column(k) for k in range(group.num_columns)]
    return {chunk.path_in_schema: {key.decode(): value.decode() for key, value in (chunk.metadata or {}).items()}
            for chunk in chunks}


def write_units(path, units, rows):
    """Writes columns of doubles that Arrow notes units of; a unit may be none."""
    fields = [pa.field(name, pa.float64(), metadata=None if unit is None else {"unit": unit})
              for name, unit in units.items()]
    columns = [pa.array([float(k + at) for k in range(rows)]) for at in range(len(fields))]
    pq.write_table(pa.table(columns, pa.schema(fields)), path, row_group_size=70_000)


def altered(path, target, column, row):
    """Writes what a file holds, with its keys and values; the value of a column of doubles in a row gets another last bit."""
    table = pq.ParquetFile(path).read()
    if column is not None:
        values = table[column].to_numpy().copy()
        values.view("int64")[row] ^= 1
        at = table.schema.get_field_index(column)
        table = table.set_column(at, table.schema.field(at), pa.array(values))
    pq.write_table(table, target)


def write_noted(path):
    """Writes a file with metadata of its own and of a column, as pandas and Arrow note them."""
    fields = [
        pa.field("time", pa.timestamp("us", "UTC")),
        pa.field("u", pa.float64(), metadata={"unit": "V", "sensor": "Größe 🔧"}),
        pa.field("n", pa.int32()),
    ]
    metadata = {"plant": "Nord", "pandas": "{}"}
    table = pa.table([pa.array([0, 1], fields[0].type), pa.array([1.5, 2.5]), pa.array([1, 2], pa.int32())],
                     pa.schema(fields, metadata=metadata))
    pq.write_table(table, path)


def join_asof(left, right, by, strategy, tolerance):
    """
    For each row of a table the row of another one that Polars finds near; -1 where both neighbours are as near, of which
    any may be taken. Null keys and times fit nothing.
    """
    found = {}
    rows = pl.read_parquet(left + "/*.parquet").select(["row", "time", *by]).sort("row")
    others = pl.read_parquet(right + "/*.parquet").select([pl.col("row").alias("other"), "time", *by])
    others = others.sort("other").drop_nulls()
    if rows["time"].dtype != others["time"].dtype and rows["time"].dtype.is_temporal():
        zone = getattr(others["time"].dtype, "time_zone", None)
        rows = rows.with_columns(pl.col("time").cast(pl.Datetime("ns", zone)))
        others = others.with_columns(pl.col("time").cast(pl.Datetime("ns", zone)))
    if tolerance is not None and not rows["time"].dtype.is_temporal() and rows["time"].dtype.is_integer():
        tolerance = int(tolerance)
    sides = {}
    for side in ["backward", "forward"] if strategy == "nearest" else [strategy]:
        joined = rows.drop_nulls().sort("time").join_asof(
            others.sort("time", maintain_order=True).with_columns(pl.col("time").alias("at")),
            on="time", by=by or None, strategy=side, tolerance=tolerance, check_sortedness=False)
        sides[side] = {row: (other, time, at) for row, other, time, at
                       in joined.select("row", "other", pl.col("time", "at").to_physical()).iter_rows()}
    if strategy == "nearest":
        joined = rows.drop_nulls().sort("time").join_asof(
            others.sort("time", maintain_order=True).with_columns(pl.col("time").alias("at")),
            on="time", by=by or None, strategy="nearest", tolerance=tolerance, check_sortedness=False)
        for row, at in joined.select("row", pl.col("at").to_physical()).iter_rows():
            before, after = sides["backward"][row], sides["forward"][row]
            both = before[0] is not None and after[0] is not None
            # Of several rows of one time Polars takes any.
            if both and (before[1] - before[2] == after[2] - after[1] or before[2] == after[2]):
                found[row] = -1
            else:
                found[row] = before[0] if at == before[2] else after[0] if at == after[2] else -2
    else:
        found = {row: other for row, (other, _, _) in sides[strategy].items()}
    return [found.get(row) for row in rows["row"].to_list()]


def differential(name, *arguments):
    """Calls a function of `differential`, whose packages take long to load."""
    from differential import cases

    return getattr(cases, name)(*arguments)


def answer(line):
    try:
        name, arguments = json.loads(line)
        return {"value": globals()[name](*arguments)}
    except Exception:
        return {"error": traceback.format_exc()}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(answer(line)), flush=True)
