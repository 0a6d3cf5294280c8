"""
Intervals of a zone's wall-clock time, by Python's zoneinfo, one row at a time. Each line that comes in is JSON,
`[FUNCTION, ARGUMENTS]`, and is answered by a line: `{"value": …}`, or `{"error": …}`.
"""

import functools
import json
import os
import sys
import traceback
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

SECOND = 10**9
HOUR = 3600 * SECOND
DAY = 24 * HOUR
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
PER = {"s": SECOND, "ms": 10**6, "us": 1000, "ns": 1}


def fixed(name):
    sign = -1 if name[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(name[1:3]), minutes=int(name[4:6])))


@functools.cache
def zone_of(name):
    return fixed(name) if name[0] in "+-" else ZoneInfo(name)


@functools.cache
def ahead_of(name, second):
    offset = (EPOCH + timedelta(seconds=second)).astimezone(zone_of(name)).utcoffset()
    return round(offset.total_seconds())


def ahead(name, time):
    """What clocks show more than UTC at a time, in nanoseconds."""
    return ahead_of(name, time // SECOND) * SECOND


@functools.cache
def changes_of(name, hour):
    """Seconds of an hour at which clocks are set."""
    low, high = 3600 * hour, 3600 * (hour + 1)
    if ahead_of(name, low) == ahead_of(name, high):
        return []
    before = ahead_of(name, low)
    while high - low > 1:
        middle = (low + high) // 2
        if ahead_of(name, middle) == before:
            low = middle
        else:
            high = middle
    return [high]


@functools.cache
def changes(name, first, last):
    """Times at which clocks are set, in nanoseconds."""
    hours = range(first // HOUR - 1, last // HOUR + 2)
    return [change * SECOND for hour in hours for change in changes_of(name, hour)]


def month_start(month, shift):
    year, number = divmod(month, 12)
    return (datetime(year, number + 1, 1) - datetime(1970, 1, 1)).days * DAY + shift


def cell_of(wall, grid):
    """The interval of wall-clock time, by arithmetic or by months."""
    if "length" in grid:
        start = grid["origin"] + (wall - grid["origin"]) // grid["length"] * grid["length"]
        return start, start + grid["length"]
    year, number, shift = grid["origin"]
    count, first = grid["months"], 12 * year + number - 1
    near = datetime(1970, 1, 1) + timedelta(days=wall // DAY)
    month = 12 * near.year + near.month - 1
    start = first + (month - first) // count * count
    while month_start(start + count, shift) <= wall:
        start += count
    while month_start(start, shift) > wall:
        start -= count
    return month_start(start, shift), month_start(start + count, shift)


@functools.cache
def occurrences(name, start, end):
    """Where an interval is shown in full, and all instants at which it may begin."""
    near = changes(name, start - 2 * DAY, min(end, start + 2 * DAY) + 2 * DAY)
    offsets = {ahead(name, start - 2 * DAY), *(ahead(name, change) for change in near)}
    whole = []
    if end - start <= 2 * DAY:
        for offset in offsets:
            first, last = start - offset, end - offset
            if ahead(name, first) == offset and not any(first < change < last for change in near):
                whole.append(first)
    begins = [start - offset for offset in offsets] + list(near)
    shown = sorted(time for time in begins if start <= time + ahead(name, time) < end)
    return sorted(whole), shown


def start_of(name, time, grid):
    cell = cell_of(time + ahead(name, time), grid)
    whole, shown = occurrences(name, *cell)
    if len(whole) < 2:
        return shown[0]
    length = cell[1] - cell[0]
    for first in whole:
        if first <= time < first + length:
            return first
    return next(begin for begin in shown if not any(first <= begin < first + length for first in whole))


def grid_of(zone, grid):
    if "instant" not in grid:
        return grid
    instant = grid["instant"] * 10**6
    wall = instant + ahead(zone, instant)
    if "length" in grid:
        return {**grid, "origin": wall}
    day = datetime(1970, 1, 1) + timedelta(days=wall // DAY)
    return {**grid, "origin": [day.year, day.month, (day.day - 1) * DAY + wall % DAY]}


def write(path, kind, times, group):
    """A file with a column of times, given in nanoseconds as texts, and a column that counts them."""
    times = [None if time is None else int(time) for time in times]
    unit, _, rest = kind.partition(" ")
    whole = lambda per: [None if time is None else time // per for time in times]
    if unit == "int96":
        column = pa.array(whole(1), pa.timestamp("ns"))
    elif unit == "date":
        column = pa.array(whole(DAY), pa.date32())
    elif rest == "count":
        column = pa.array(whole(PER[unit]), pa.int64())
    elif rest == "double":
        column = pa.array([None if t is None else t / PER[unit] for t in times], pa.float64())
    else:
        column = pa.array(whole(PER[unit]), pa.timestamp(unit, "UTC" if rest == "utc" else None))
    rows = range(len(times))
    values = pa.array([None if row % 7 == 3 else (row * 37 % 101) / 4 for row in rows], pa.float64())
    table = pa.table({"t": column, "n": pa.array(rows, pa.int32()), "u": values})
    pq.write_table(table, path, row_group_size=group, use_deprecated_int96_timestamps=unit == "int96")


def nanoseconds(column, unit):
    if pa.types.is_timestamp(column.type):
        per = PER[column.type.unit]
    elif pa.types.is_date32(column.type):
        per, column = DAY, column.cast(pa.int32())
    else:
        per = PER[unit]
    if not pa.types.is_floating(column.type):
        return [None if value is None else value * per for value in column.cast(pa.int64()).to_pylist()]
    # Doubles are of whole microseconds.
    exact = lambda value: round(Fraction(value) * per / 1000) * 1000
    return [None if value is None or value != value else exact(value) for value in column.to_pylist()]


def check(data, result, zone, grid, unit):
    """How a result differs from the groups that there are to be; nothing where it doesn't."""
    given, found = pq.read_table(data), pq.read_table(result)
    grid = grid_of(zone, grid)
    # A date is the same in all zones.
    zone = "UTC" if pa.types.is_date32(given["t"].type) else zone
    wanted = {}
    for time, n in zip(nanoseconds(given["t"], unit), given["n"].to_pylist()):
        start = None if time is None else start_of(zone, time, grid)
        rows, total = wanted.get(start, (0, 0))
        wanted[start] = rows + 1, total + n
    keys = sorted(key for key in wanted if key is not None) + [None] * (None in wanted)
    starts = nanoseconds(found["t"], unit)
    if starts != keys:
        unlike = [(a, b) for a, b in zip(starts, keys) if a != b][:1]
        return f"{len(starts)} starts, not {len(keys)}; of them unlike {unlike}"
    figures = list(zip(found["count"].to_pylist(), found["sum_n"].to_pylist()))
    if figures != [(rows, float(total)) for rows, total in (wanted[key] for key in keys)]:
        return "counts or sums are others"
    is_fine = all(key is None or key % SECOND == 0 for key in keys)
    if is_fine and pa.types.is_timestamp(given["t"].type) and given["t"].type != found["t"].type:
        return f"starts are {found['t'].type}, times {given['t'].type}"
    return None


def resampled(data, result, zone, freq, fill):
    """How means of a column differ from those of pandas, which labels and closes its intervals at the start."""
    given, found = pq.read_table(data), pq.read_table(result)
    times = pd.DatetimeIndex(given["t"].to_pandas()).tz_localize("UTC") if given["t"].type.tz is None else (
        pd.DatetimeIndex(given["t"].to_pandas())
    )
    series = pd.Series(given["u"].to_pandas().to_numpy(), times.tz_convert(zone))
    bins = series.resample(freq, closed="left", label="left")
    means, counts = bins.mean(), bins.size()
    if fill == "previous":
        means = means.ffill()
    elif fill == "linear":
        means = means.interpolate("time", limit_area="inside")
    elif fill == "drop":
        means, counts = means[counts > 0], counts[counts > 0]
    wanted = means.index.tz_convert("UTC").as_unit("ns").asi8.tolist()
    starts = nanoseconds(found["t"], None)
    if starts != wanted:
        unlike = [(a, b) for a, b in zip(starts, wanted) if a != b][:1]
        return f"{len(starts)} starts, not {len(wanted)}; of them unlike {unlike}"
    if found["count"].to_pylist() != counts.tolist():
        return "counts are others"
    values = found["mean_u"].to_numpy(zero_copy_only=False)
    if not np.allclose(values, means.to_numpy(), rtol=1e-9, atol=1e-9, equal_nan=True):
        return f"means are {values.tolist()[:20]}, not {means.tolist()[:20]}"
    return None


FUNCTIONS = {"write": write, "check": check, "resampled": resampled}
replies = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # What a library prints is no reply.
for line in sys.stdin:
    name, args = json.loads(line)
    try:
        reply = {"value": FUNCTIONS[name](*args)}
    except Exception:
        reply = {"error": traceback.format_exc()}
    print(json.dumps(reply), file=replies, flush=True)
