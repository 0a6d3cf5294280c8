"""
Kinds of columns, random values of each, and Arrow arrays of them.

Values are Python's own and exact: whole numbers; floats; texts; bytes; `Fraction`s for decimals; nanoseconds for times,
since 1970 or midnight; days for dates; sixteen bytes for UUIDs; lists, dicts and lists of pairs for what is nested.
"""

import decimal
import math
import struct
from fractions import Fraction

import pyarrow as pa

PER = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
DAY = 86_400 * 10**9

decimal.getcontext().prec = 100

#: Kinds whose values can be joined with each other where files differ.
FAMILIES = [
    ["i8", "i16", "i32", "i64"],
    ["u8", "u16", "u32", "u64"],
    ["i8", "u8", "i32", "u32", "i64"],
    ["i16", "u64"],
    ["i8", "i32", "f32", "f64"],
    ["f32", "f64"],
    ["i16", "i64", "f64"],
    ["ms", "us", "ns"],
    ["date", "ms", "us"],
    ["ms UTC", "us UTC", "ns UTC"],
    ["decimal 4 2", "decimal 9 0", "decimal 18 4"],
    ["decimal 18 4", "decimal 30 1", "decimal 38 3"],
    ["i32", "decimal 9 2", "decimal 20 5"],
    ["decimal 9 2", "f64"],
    ["decimal 38 0", "decimal 38 20"],
    ["time ms", "time us", "time ns"],
]

KINDS = [
    "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "f64", "f64", "f32", "f16", "bool", "text", "text", "text",
    "bytes", "fixed 5", "uuid", "date", "ms", "us", "ns", "ms UTC", "us UTC", "ns UTC", "time ms", "time us", "time ns",
    "decimal", "decimal", "decimal", "list i64", "list text", "struct", "record", "map", "list list", "list struct", "null",
]


class Pairs(list):
    """A map's keys, each with its value."""


def random_kind(chance, kinds):
    kind = chance.choice(kinds)
    if kind == "decimal":
        digits = chance.randint(1, 38)
        return f"decimal {digits} {chance.choice([0, chance.randint(0, digits), digits])}"
    return kind


def limits(kind):
    bits = int(kind[1:])
    return (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if kind[0] == "i" else (0, 2**bits - 1)


def floats_of(bits):
    form = {64: ("<Q", "<d"), 32: ("<I", "<f"), 16: ("<H", "<e")}[bits]

    def as_stored(number):
        """The nearest number of so many bits."""
        try:
            return struct.unpack(form[1], struct.pack(form[1], number))[0]
        except OverflowError:
            return math.copysign(math.inf, number)

    special = [math.nan, -0.0, 0.0, math.inf, -math.inf, as_stored(5e-324), as_stored(1e-45), as_stored(6e-8),
               as_stored(1.7976931348623157e308), as_stored(-3.4e38), as_stored(65504)]

    def value(chance):
        if chance.random() < 0.3:
            return chance.choice(special)
        if chance.random() < 0.3:
            return struct.unpack(form[1], struct.pack(form[0], chance.getrandbits(bits)))[0]
        return as_stored(chance.uniform(-1000, 1000) if chance.random() < 0.5 else chance.randint(-50, 50))

    return value


LETTERS = ["a", "Z", "0", " ", "ü", "ß", "ж", "温", "\u2028", "\0", "'", '"', "\\", "\uffee", "\ue000", "🔧", "\U0010ffff"]


def random_text(chance):
    form = chance.randrange(8)
    if form == 0:
        return ""
    if form == 1:
        return "long prefix " * chance.randint(5, 40) + str(chance.randrange(1000))
    if form < 4:
        return f"unit {chance.randrange(10**6)}"
    return "".join(chance.choice(LETTERS) for _ in range(chance.randint(1, 12)))


def random_time(chance, per, wide):
    """Nanoseconds since 1970 of a time that is a whole number of its unit."""
    if wide and chance.random() < 0.15:
        return chance.choice([0, 1, -1, 2**62 // per, -(2**62) // per, 2**53 + 1, -(2**53) - 1]) * per
    low, high = chance.choice([(0, 2_000_000_000), (-3_000_000_000, 4_000_000_000), (1_700_000_000, 1_700_000_100)])
    return chance.randint(low * 10**9, high * 10**9) // per * per


def maker(kind):
    """What makes a value of a kind."""
    name, *rest = kind.split(" ")
    if name in ("f64", "f32", "f16"):
        return floats_of(int(name[1:]))
    if name[0] in "iu" and name[1:].isdigit():
        low, high = limits(name)

        def whole(chance):
            form = chance.randrange(6)
            if form == 0:
                return chance.choice([low, high, low + 1, high - 1])
            if form == 1:
                return chance.randint(low, high)
            return chance.randint(max(low, -60), min(high, 60))

        return whole
    if name == "decimal":
        digits, scale = map(int, rest)

        def number(chance):
            most = 10 ** (digits if chance.random() < 0.3 else min(digits, 6)) - 1
            return Fraction(chance.choice([most, -most, 0]) if chance.random() < 0.1 else chance.randint(-most, most), 10**scale)

        return number
    if name == "time":
        per = PER[rest[0]]
        return lambda chance: chance.choice([0, DAY // per - 1, chance.randrange(DAY // per), chance.randrange(DAY // per)]) * per
    if name in PER:
        return lambda chance: random_time(chance, PER[name], True)
    return {
        "bool": lambda chance: chance.random() < 0.5,
        "text": random_text,
        "bytes": lambda chance: chance.randbytes(chance.choice([0, 1, 2, 3, 20])),
        "fixed": lambda chance: chance.randbytes(5),
        "uuid": lambda chance: chance.randbytes(16),
        "date": lambda chance: chance.choice([0, -1, 20_000, chance.randint(-100_000, 100_000)]),
        "list": lambda chance: [nested_item(chance, rest[0]) for _ in range(chance.choice([0, 1, 1, 2, 5]))],
        "struct": random_struct,
        "record": random_record,
        "map": lambda chance: Pairs((key, maybe(chance, maker("f64"))) for key in dict.fromkeys(
            random_text(chance) for _ in range(chance.choice([0, 1, 3])))),
        "null": lambda chance: None,
    }[name]


def maybe(chance, make):
    return None if chance.random() < 0.2 else make(chance)


def random_struct(chance):
    return {"x": maybe(chance, maker("i32")), "y": maybe(chance, random_text)}


def random_record(chance):
    """A record of parts of other types."""
    kinds = {"t": lambda chance: random_time(chance, PER["ms"], False), "day": maker("date"), "b": maker("bool"),
             "f": maker("f32"), "u": maker("u64"), "data": maker("bytes")}
    return {name: maybe(chance, make) for name, make in kinds.items()}


def nested_item(chance, kind):
    makers = {"i64": maker("i64"), "text": random_text, "list": maker("list i64"), "struct": random_struct}
    return maybe(chance, makers[kind])


def column_values(chance, kind, rows):
    """Random values, with random nulls; few different ones, many, steps, or runs."""
    make = maker(kind)
    form = chance.randrange(4)
    if form == 0:
        pool = [make(chance) for _ in range(chance.randint(1, 12))]
        values = [chance.choice(pool) for _ in range(rows)]
    elif form == 1 and kind[0] in "iu" and kind[1:].isdigit():
        low, high = limits(kind)
        start, step = maker(kind)(chance), chance.randint(-3, 3)
        values = [low + (start - low + step * row) % (high - low + 1) for row in range(rows)]
    elif form == 2:
        values = []
        while len(values) < rows:
            values += [make(chance)] * chance.randint(1, 1 + rows // 4)
        values = values[:rows]
    else:
        values = [make(chance) for _ in range(rows)]
    nulls = chance.choice([0, 0, 0, 0.02, 0.3, 0.95, 1 if chance.random() < 0.4 else 0.1])
    return [None if nulls and chance.random() < nulls else value for value in values]


NESTED = {
    "list i64": pa.list_(pa.int64()),
    "list text": pa.list_(pa.string()),
    "struct": pa.struct([("x", pa.int32()), ("y", pa.string())]),
    "record": pa.struct([("t", pa.timestamp("ms", "UTC")), ("day", pa.date32()), ("b", pa.bool_()), ("f", pa.float32()),
                         ("u", pa.uint64()), ("data", pa.binary())]),
    "map": pa.map_(pa.string(), pa.float64()),
    "list list": pa.list_(pa.list_(pa.int64())),
    "list struct": pa.list_(pa.struct([("x", pa.int32()), ("y", pa.string())])),
}


def arrow_type(kind):
    name, *rest = kind.split(" ")
    if kind in NESTED:
        return NESTED[kind]
    if name in PER:
        return pa.timestamp(name, rest[0] if rest else None)
    if name == "time":
        return pa.time32("ms") if rest[0] == "ms" else pa.time64(rest[0])
    if name == "decimal":
        return pa.decimal128(int(rest[0]), int(rest[1]))
    if name[0] in "iu" and name[1:].isdigit():
        return pa.type_for_alias(f"{'u' if name[0] == 'u' else ''}int{name[1:]}")
    return {"f64": pa.float64(), "f32": pa.float32(), "f16": pa.float16(), "bool": pa.bool_(), "text": pa.string(),
            "bytes": pa.binary(), "fixed": pa.binary(5), "uuid": pa.uuid(), "date": pa.date32(), "null": pa.null()}[name]


def arrow_array(kind, values):
    """An Arrow array of exact values."""
    kind_of = arrow_type(kind)
    name, *rest = kind.split(" ")
    if name in PER or name == "time":
        per = PER[name] if name in PER else PER[rest[0]]
        whole = pa.int32() if kind == "time ms" else pa.int64()
        return pa.array([None if value is None else value // per for value in values], whole).cast(kind_of)
    if name == "decimal":
        scale = int(rest[1])
        return pa.array([None if v is None else decimal.Decimal(int(v * 10**scale)).scaleb(-scale) for v in values], kind_of)
    if name == "uuid":
        return pa.ExtensionArray.from_storage(kind_of, pa.array(values, pa.binary(16)))
    if name == "date":
        return pa.array(values, pa.int32()).cast(kind_of)
    if kind == "record":
        values = [v and {**v, "t": v["t"] if v["t"] is None else v["t"] // PER["ms"]} for v in values]
    return pa.array(values, kind_of)
