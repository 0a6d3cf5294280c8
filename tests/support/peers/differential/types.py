"""
Types of columns as footers say them, as pairs and triples: ("int", bits, signed), ("timestamp", unit, utc), …; and what
files that differ are joined to.
"""

import json

import pyarrow.parquet as pq

UNITS = {"milliseconds": "ms", "microseconds": "us", "nanoseconds": "ns"}
FINE = ["day", "ms", "us", "ns"]


def leaf_type(leaf):
    logical = json.loads(leaf.logical_type.to_json())
    kind = logical["Type"]
    if kind == "Int":
        return ("int", logical["bitWidth"], logical["isSigned"])
    if kind == "Decimal":
        return ("decimal", logical["precision"], logical["scale"])
    if kind in ("Timestamp", "Time"):
        return (kind.lower(), UNITS[logical["timeUnit"]], logical["isAdjustedToUTC"])
    if kind == "Date":
        return ("date", "day", False)
    if kind == "Float16":
        return ("float", 16)
    if kind in ("String", "UUID", "Null", "JSON"):
        return (kind.lower(),)
    if kind == "None":
        return {
            "BOOLEAN": ("bool",), "INT32": ("int", 32, True), "INT64": ("int", 64, True), "FLOAT": ("float", 32),
            "DOUBLE": ("float", 64), "INT96": ("int96", "ns", False), "BYTE_ARRAY": ("bytes", 0),
            "FIXED_LEN_BYTE_ARRAY": ("bytes", leaf.length),
        }[leaf.physical_type]
    raise ValueError(f"{kind} is not known")


def file_types(path):
    """The types of a file's columns by name, in its order."""
    schema = pq.ParquetFile(path).schema
    columns = {}
    for index in range(len(schema)):
        leaf = schema.column(index)
        columns.setdefault(leaf.path.split(".")[0], []).append(leaf)
    return {
        name: leaf_type(found[0]) if found[0].path == name else
        ("nested", tuple((leaf_type(leaf), leaf.max_repetition_level) for leaf in found))
        for name, found in columns.items()
    }


DIGITS = {8: 3, 16: 5, 32: 10}


def join(a, b):
    """The type that values of both have; None where there is none."""
    if a == b or b == ("null",):
        return a
    if a == ("null",):
        return b
    numbers = ("int", "float", "decimal")
    if a[0] in numbers and b[0] in numbers:
        return join_numbers(a, b)
    times = ("timestamp", "date", "int96")
    if a[0] in times and b[0] in times:
        if a[2] != b[2]:
            return None
        return ("timestamp", max(a[1], b[1], key=FINE.index), a[2])
    if a[0] == b[0] == "time" and a[2] == b[2]:
        return ("time", max(a[1], b[1], key=FINE.index), a[2])
    if a[0] == b[0] == "bytes":
        return ("bytes", 0)
    return None


def join_numbers(a, b):
    if "float" in (a[0], b[0]):
        return ("float", 32) if a[0] == b[0] and 64 not in (a[1], b[1]) else ("float", 64)
    if a[0] == b[0] == "int":
        if a[2] == b[2]:
            return max(a, b)
        signed, unsigned = (a, b) if a[2] else (b, a)
        bits = max(signed[1], 2 * unsigned[1])
        return ("float", 64) if bits > 64 else ("int", bits, True)

    def parts(kind):
        if kind[0] == "decimal":
            return kind[1] - kind[2], kind[2]
        return DIGITS.get(kind[1], 19 if kind[2] else 20), 0

    (whole_a, scale_a), (whole_b, scale_b) = parts(a), parts(b)
    scale = max(scale_a, scale_b)
    digits = max(whole_a, whole_b) + scale
    return ("decimal", digits, scale) if digits <= 38 else ("float", 64)


def join_all(types):
    joined = None
    for kind in types:
        joined = kind if joined is None else join(joined, kind)
        if joined is None:
            return None
    return joined


def dataset_type(held):
    """The type of a column that files hold as (type, has values); None where it can't be joined."""
    kinds = list(dict.fromkeys(kind for kind, _ in held))
    return join_all(kinds) or join_all(list(dict.fromkeys(kind for kind, has in held if has)))
