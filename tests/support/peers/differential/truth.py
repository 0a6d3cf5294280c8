"""What the service has to make of exact values, by rules of their own."""

import datetime
import math
import struct
import uuid
from fractions import Fraction

from .kinds import DAY, PER, Pairs

SAFE = 2**53 - 1


class Refused(Exception):
    """A value that can't be had without loss."""


def double(number):
    return "NaN" if number != number else struct.pack(">d", number).hex()


def exact(value):
    """A value as a text or nested lists that have all of it; pairs of maps and records alike are lists."""
    if value is None or isinstance(value, str):
        return value if value is None else f"'{value}"
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return double(value)
    if isinstance(value, (bytes, bytearray)):
        return f"x{value.hex()}"
    if isinstance(value, dict):
        return ["record", *map(exact, value.values())]
    if isinstance(value, tuple):
        return ["record", *map(exact, value)]
    if isinstance(value, list):
        return ["list", *map(exact, value)]
    if isinstance(value, datetime.datetime):
        since = value - datetime.datetime(1970, 1, 1, tzinfo=value.tzinfo and datetime.timezone.utc)
        return str(since // datetime.timedelta(microseconds=1) * 1000)
    if isinstance(value, datetime.date):
        return str((value - datetime.date(1970, 1, 1)).days)
    return str(Fraction(value))


def nanoseconds(value, kind):
    """Nanoseconds of a value of a type of times; dates are days."""
    return value * DAY if kind[0] == "date" else value


def as_type(value, own, kind):
    """A file's value in the type that the dataset has."""
    if value is None or own == kind:
        return value
    if kind[0] == "timestamp":
        return nanoseconds(value, own)
    if kind == ("float", 64):
        if own[0] == "int" and int(float(value)) != value:
            raise Refused(f"{value} is no double")
        if own[0] == "decimal" and abs(value * 10 ** own[2]) > SAFE:
            raise Refused(f"{value} has too many digits")
        return float(value)
    return Fraction(value) if kind[0] == "decimal" else value


def per_unit(kind):
    return DAY if kind[1] == "day" else PER[kind[1]]


def raw(value, kind):
    """A time as a whole number of its unit, a decimal as one of its last digit."""
    if value is None:
        return None
    if kind[0] == "decimal":
        return int(value * 10 ** kind[2])
    whole = value if kind[0] == "date" else value // per_unit(kind)
    if not -(2**63) <= whole < 2**63:
        raise Refused(f"{value} is no time in {kind}")
    return whole


def shown(value, kind, int64):
    """A value as the formulas of the test tell those of a chunk."""
    if value is None:
        return None
    name = kind[0]
    if name == "decimal":
        whole = raw(value, kind)
        if int64 == "bigint" and kind[2] == 0 and kind[1] > 15:
            return f"{whole}n"
        if abs(whole) > SAFE:
            raise Refused(f"{value} has too many digits")
        return double(float(value))
    if name == "int":
        if kind[1] == 64 and int64 == "bigint":
            return f"{value}n"
        if abs(value) > SAFE:
            raise Refused(f"{value} is no safe integer")
        return double(float(value))
    if name in ("float", "bool"):
        return double(float(value))
    if name in ("timestamp", "int96", "date"):
        return double(float(Fraction(nanoseconds(value, kind), 10**6)))
    if name == "time":
        whole = value // per_unit(kind)
        return double(float(whole)) if kind[1] == "ms" else f"{whole}n"
    if name == "uuid":
        return f"'{uuid.UUID(bytes=value)}"
    if name == "nested":
        return nested(value)
    return exact(value)


def nested(value, wide=True):
    """Whole numbers are 64 bits wide but those of records; maps are dicts of pairs."""
    if isinstance(value, Pairs):
        return {key: nested(item) for key, item in value}
    if isinstance(value, list):
        return [nested(item) for item in value]
    if isinstance(value, dict) and "day" in value:
        return shown_record(value)
    if isinstance(value, dict):
        return {key: nested(item, False) for key, item in value.items()}
    if isinstance(value, int):
        return f"{value}n" if wide else double(float(value))
    return exact(value)


def shown_record(value):
    """What a record of `random_record` is to a formula: its times are `Date`s, its long integers bigints."""
    def date(per):
        return lambda whole: f"Date {whole * per // 10**6}"

    forms = {"t": date(1), "day": date(DAY), "b": exact, "f": exact, "u": lambda whole: f"{whole}n", "data": exact}
    return {name: None if value[name] is None else form(value[name]) for name, form in forms.items()}


def iso(nanos):
    """An instant within the years that ISO texts are read of, with the digits that it needs."""
    days, rest = divmod(nanos, DAY)
    year, month, day = civil(days)
    seconds, part = divmod(rest, 10**9)
    fraction = f".{part:09}".rstrip("0") if part else ""
    return f"{year:04}-{month:02}-{day:02}T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction}"


def civil(days):
    """Year, month and day of a day since 1970, in any year."""
    days += 719_468
    era, day_of_era = divmod(days, 146_097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * shifted + 2) // 5 + 1


#: 0001-01-01 and 9999-12-31, in days since 1970.
ISO_DAYS = (-719_162, 2_932_896)


def fits(operator, value, literal):
    """Whether a value fits a comparison: null fits none, NaN fits unequal only."""
    if value is None:
        return False
    if value != value:
        return operator == "$ne"
    return {"$eq": value == literal, "$ne": value != literal, "$gt": value > literal, "$gte": value >= literal,
            "$lt": value < literal, "$lte": value <= literal}[operator]


def moving_sums(values, before, after):
    """Sums of the rows around each, added in their order."""
    sums = []
    for row in range(len(values)):
        total = 0.0
        for value in values[max(0, row - before):row + after + 1]:
            total += math.nan if value is None else value
        sums.append(double(total))
    return sums
