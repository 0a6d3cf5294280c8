"""What filters, intervals and moving sums are asked for, and what is right."""

import json
from fractions import Fraction

from .kinds import DAY, PER, maker
from .truth import ISO_DAYS, Refused, fits, iso, nanoseconds, per_unit, shown, SAFE

OPERATORS = ["$eq", "$ne", "$gt", "$gte", "$lt", "$lte"]


def near(chance, value, kind):
    """A value beside another one."""
    name = kind[0]
    if chance.random() < 0.6:
        return value
    if name == "int":
        return value + chance.choice([-1, 1])
    if name == "string":
        return chance.choice([value + "a", value[:-1], value + "\0", "", "\U0010ffff"])
    if name == "bytes":
        return chance.choice([value + b"\0", value[:-1], b""])
    if name == "decimal":
        return value + Fraction(chance.choice([-1, 1]), 10 ** (kind[2] + chance.choice([0, 1])))
    if name in ("timestamp", "int96"):
        return value + chance.choice([-1, 1, 500]) * chance.choice([1, per_unit(kind)])
    if name == "time":
        return min(max(value + chance.choice([-1, 1]) * chance.choice([1, per_unit(kind)]), 0), DAY - 1)
    if name == "date":
        return value + chance.choice([-1, 1])
    return value


def literal(chance, value, kind):
    """A value as text of a formula; None for one that has no form there."""
    name = kind[0]
    if name == "int":
        return str(value) if abs(value) <= SAFE and chance.random() < 0.7 else f"{value}n"
    if name == "float":
        return {"inf": "Infinity", "-inf": "-Infinity"}.get(str(value), repr(value))
    if name == "bool":
        return chance.choice([["false", "0"], ["true", "1"]][value])
    if name == "string":
        return json.dumps(value)
    if name == "bytes":
        return f"Uint8Array.of({', '.join(map(str, value))})"
    if name == "uuid":
        text = shown(value, kind, "number")[1:]
        return json.dumps(chance.choice([text, text.upper(), text.replace("-", "")]))
    if name == "decimal":
        return decimal_literal(chance, value)
    if name == "time":
        seconds, part = divmod(value, 10**9)
        fraction = f".{part:09}".rstrip("0") if part else ""
        return json.dumps(f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction}")
    return time_literal(chance, nanoseconds(value, kind))


def decimal_literal(chance, value):
    digits = 0
    while value * 10**digits % 1:
        digits += 1
    whole = abs(int(value * 10**digits))
    text = str(whole).rjust(digits + 1, "0")
    text = ("-" if value < 0 else "") + (f"{text[:-digits]}.{text[-digits:]}" if digits else text)
    # A number of JavaScript tells up to 15 digits as they were.
    return text if len(str(whole)) <= 15 and digits <= 15 and chance.random() < 0.5 else json.dumps(text)


def time_literal(chance, nanos):
    if ISO_DAYS[0] <= nanos // DAY <= ISO_DAYS[1] and chance.random() < 0.7:
        return json.dumps(iso(nanos) + chance.choice(["", "Z"]))
    ms, rest = divmod(nanos, 10**6)
    if rest:
        return None if not ISO_DAYS[0] <= nanos // DAY <= ISO_DAYS[1] else json.dumps(iso(nanos))
    if abs(ms) <= 8.64e15 and chance.random() < 0.5:
        return f"new Date({ms})"
    return f"{ms}n" if abs(ms) > SAFE else str(ms)


def some_literal(chance, column):
    """A value to compare with and its text, or None."""
    there = [value for value in column.values if value is not None and value == value]
    if not there:
        return None
    value = near(chance, chance.choice(there), column.type)
    text = literal(chance, value, column.type)
    return None if text is None else (value, text)


def condition(chance, column):
    """A condition's text, and whether a value fits it."""
    null = ("null", lambda v: v is None)
    picked = some_literal(chance, column)
    if picked is None or chance.random() < 0.06:
        return null if chance.random() < 0.5 else ("{ $ne: null }", lambda v: v is not None)
    value, text = picked
    form = chance.randrange(6)
    if form == 0:
        return text, lambda v: fits("$eq", v, value)
    if form == 1:
        more = [found for found in (some_literal(chance, column) for _ in range(chance.randint(0, 4))) if found]
        values, texts = [value, *(v for v, _ in more)], [text, *(t for _, t in more)]
        has_null = chance.random() < 0.3
        listed = ", ".join(texts + (["null"] if has_null else []))
        inside = lambda v: (v is None and has_null) or any(fits("$eq", v, each) for each in values)
        if chance.random() < 0.5:
            return f"{{ $in: [{listed}] }}", inside
        return f"{{ $nin: [{listed}] }}", lambda v: v is not None and not inside(v)
    operator = chance.choice(OPERATORS)
    if form == 2:
        return f"{{ $not: {{ {operator}: {text} }} }}", lambda v: not fits(operator, v, value)
    if form == 3:
        other = some_literal(chance, column)
        if other:
            bound = chance.choice(["$lt", "$lte", "$ne"])
            first = chance.choice(["$gt", "$gte"])
            return (f"{{ {first}: {text}, {bound}: {other[1]} }}",
                    lambda v: fits(first, v, value) and fits(bound, v, other[0]))
    return f"{{ {operator}: {text} }}", lambda v: fits(operator, v, value)


def filter_of(chance, columns):
    """A filter's text, and whether it lets a row through."""
    parts = []
    for column in chance.sample(columns, min(len(columns), chance.choice([1, 1, 2]))):
        text, truth = condition(chance, column)
        parts.append((f"{{ {column.name}: {text} }}", lambda row, c=column, t=truth: t(c.values[row])))
    texts, truths = zip(*parts)
    if len(parts) == 1:
        return dict(filter=texts[0], truth=truths[0])
    operator, combined = chance.choice([
        ("$and", lambda row: all(t(row) for t in truths)),
        ("$or", lambda row: any(t(row) for t in truths)),
        ("$nor", lambda row: not any(t(row) for t in truths)),
    ])
    return dict(filter=f"{{ {operator}: [{', '.join(texts)}] }}", truth=combined)


INTERVALS = [("1ns", 1), ("250us", 250_000), ("0.1ms", 100_000), ("1s", 10**9), ("7 s", 7 * 10**9), ("15m", 900 * 10**9),
             ("1h", 3600 * 10**9), ("1d", DAY), ("1w", 7 * DAY)]
MONDAY = 946_857_600 * 10**9


def interval_of(chance, columns):
    """A column of times, an interval, the type of its starts, and each row's; None where there is no such column."""
    times = [column for column in columns if column.type[0] in ("timestamp", "date", "int96")]
    if not times:
        return None
    column = chance.choice(times)
    every, length = chance.choice(INTERVALS)
    origin = chance.choice([MONDAY, MONDAY, MONDAY, 1_600_000_000_123 * 10**6])
    fine = ["day", "ms", "us", "ns"]
    units = {"day": DAY, **PER}
    unit = next(u for u in fine[fine.index(column.type[1]):] if length % units[u] == 0 and origin % units[u] == 0)
    starts = []
    for value in column.values:
        if value is None:
            starts.append(None)
            continue
        start = origin + (nanoseconds(value, column.type) - origin) // length * length
        if not -(2**63) <= start // units[unit] < 2**63:
            return None
        starts.append(start // DAY if unit == "day" else start)
    kind = ("date", "day", False) if unit == "day" else ("timestamp", unit, column.type[2])
    options = "" if origin == MONDAY else f", {{ origin: {origin // 10**6} }}"
    return dict(name=column.name, every=f"{json.dumps(every)}{options}", starts=(kind, starts))


def overlap_of(chance, columns):
    numbers = [c for c in columns if c.type[0] == "float" or (c.type[0] == "int" and c.type[1] < 64)]
    rows = len(columns[0].values)
    most = chance.choice([3, 20, 70_000 if rows < 400 else 50]) if rows < 4000 else 5
    return dict(name=chance.choice(numbers).name, before=chance.randint(0, most) if chance.random() < 0.8 else 0,
                 after=chance.randint(0, most) if chance.random() < 0.5 else 0)

