"""The works as pandas does them, and Dask where it does them in the same words."""

import os

import dask.dataframe as dd
import numpy as np
import pandas as pd

FROM, TO = pd.Timestamp("2024-05-01 01:00:00"), pd.Timestamp("2024-05-01 01:10:00")
FILTERS = {
    "ten_minutes": [("time", ">=", FROM), ("time", "<", TO)],
    "one_day": [("time", ">=", pd.Timestamp("2024-10-27")), ("time", "<", pd.Timestamp("2024-10-28"))],
    "two_units": [("unit", "in", ["pump 3", "pump 7"])],
}


def pandas_(formula, columns, source, output, query):
    return result(ROWS[formula](read(pd, formula, columns, source), columns), output)


def dask_groups(formula, columns, source, output, query):
    """Works of Dask whose result is small: computed whole, then written where it is to be."""
    frame = read(dd, formula, columns, source)
    if formula in BY_KEYS:
        grouped = frame.groupby(columns[:-1])["u"].agg(["mean", "count"]).compute()
        return result(named(grouped), output)
    if formula == "seven":
        return result(figures(frame.groupby("unit")[["u", "i"]].agg(SEVEN).compute()), output)
    return result(pd.DataFrame({"sum": [float(frame[values(formula, columns)].sum().sum().compute())]}), output)


def read(library, formula, columns, source):
    if formula == "machines":
        frame = library.read_parquet(source, columns=[*columns, "machine"])
        frame["machine"] = frame["machine"].astype("int64")
        return frame
    if os.path.isdir(source) and library is dd:
        source = os.path.join(source, "*.parquet")
    return library.read_parquet(source, columns=columns, filters=FILTERS.get(formula))


def values(formula, columns):
    return ["u"] if formula in FILTERS else list(columns)


def result(frame, output):
    if output is None:
        return {"rows": [{key: plain(value) for key, value in row.items()} for row in frame.to_dict("records")]}
    frame.to_parquet(output, compression="snappy", index=False)
    return {"files": [output]}


def plain(value):
    return value.item() if isinstance(value, np.generic) else value


def one(**named_values):
    return pd.DataFrame({name: [value] for name, value in named_values.items()})


def statistics(frame, columns):
    u = frame["u"]
    return one(mean=u.mean(), std=u.std(), min=u.min(), max=u.max())


def sums(frame, columns):
    names = ["u"] if "time" in columns or "unit" in columns else list(columns)
    return one(sum=float(frame[names].sum().sum()))


def elapsed(frame, columns):
    start = 1714521600000000
    return one(sum=float((frame["time"].astype("datetime64[us]").astype("int64") - start).sum()) / 1000)


def mean_by(key):
    return lambda frame, columns: frame.groupby(key)["u"].mean().rename("mean_u").reset_index()


def named(grouped):
    grouped = grouped.sort_index().rename(columns={"mean": "mean_u"})
    return grouped.reset_index()


def by_keys(frame, columns):
    return named(frame.groupby(columns[:-1])["u"].agg(["mean", "count"]))


SEVEN = {"u": ["mean", "std", "min", "max", "count"], "i": ["mean", "std"]}


def figures(grouped):
    grouped = grouped.sort_index()
    table = pd.DataFrame({f"{figure}_{name}": grouped[name, figure] for name, figure in grouped.columns})
    return table.rename(columns={"count_u": "count"}).reset_index()


def seconds(frame, columns):
    grouped = frame.groupby(frame["time"].dt.floor("s"))["u"].agg(["mean", "min", "max"])
    return grouped.add_suffix("_u").reset_index()


def months(frame, columns):
    there = frame.set_index("time")["u"].tz_convert("Europe/Berlin")
    return there.resample("MS").mean().rename("mean_u").reset_index()


def labels(frame, columns):
    label = frame["label"]
    return pd.DataFrame({"kind": label.str[:6].str.upper(), "size": label.str.len().astype("int32")})


def products(frame, columns):
    return pd.DataFrame({f"p{c}": frame[f"c{c}"] * frame[f"c{c + 100}"] for c in range(50)})


def long(frame, columns):
    names = [name for name in columns if name != "time"]
    first = {"time": np.repeat(frame["time"].to_numpy(), len(names))} if "time" in columns else {
        "number": np.tile(np.arange(len(names), dtype="int32"), len(frame))
    }
    sensor = np.tile(np.array(names, dtype=object), len(frame))
    return pd.DataFrame({**first, "sensor": sensor, "value": frame[names].to_numpy().ravel()})


def derived(frame, columns):
    u, i = frame["u"], frame["i"]
    time = {"time": frame["time"]} if "time" in columns else {}
    return pd.DataFrame({**time, "power": u * i, "magnitude": (u * u + i * i) ** 0.5})


BY_KEYS = ("by_n", "by_part", "by_line_station")
ROWS = {
    "statistics": statistics,
    "elapsed": elapsed,
    "derived": derived,
    "derived_time": derived,
    "rolling": lambda frame, columns: frame["u"].rolling(1000, min_periods=1).mean().to_frame("mean"),
    "units": mean_by("unit"),
    "machines": mean_by("machine"),
    "seven": lambda frame, columns: figures(frame.groupby("unit")[["u", "i"]].agg(SEVEN)),
    "seconds": seconds,
    "months": months,
    "labels": labels,
    "wide_products": products,
    "long": long,
    "long_time": long,
    **dict.fromkeys(BY_KEYS, by_keys),
    **dict.fromkeys(("sum", "three_sums", "wide_sum", "ten_minutes", "one_day", "two_units"), sums),
}
DASK = (*BY_KEYS, "seven", "three_sums", "wide_sum", "ten_minutes", "one_day", "two_units")
