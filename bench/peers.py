"""Polars, Dask, pandas, numpy, and a bare read: one process that does the works it reads, each a line of JSON."""

import json
import os
import re
import sys
import time

THREADS = 2
os.environ["POLARS_MAX_THREADS"] = os.environ["OMP_NUM_THREADS"] = str(THREADS)

import dask
import dask.dataframe as dd
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

import bare
import frames

dask.config.set(scheduler="threads", num_workers=THREADS)
pa.set_cpu_count(THREADS)
pa.set_io_thread_count(THREADS)

START_MICROSECONDS = 1714521600000000


def polars(formula, columns, source, output, query, beside=None):
    folder = os.path.isdir(source)
    data = pl.scan_parquet(source + "/**/*.parquet" if folder else source, hive_partitioning=folder)
    first = pl.col(columns[0])
    u, i = pl.col("u"), pl.col("i")
    derived = [(u * i).alias("power"), (u * u + i * i).sqrt().alias("magnitude")]
    queries = {
        "statistics": lambda: data.select(mean=u.mean(), std=u.std(), min=u.min(), max=u.max()),
        "sum": lambda: data.select(sum=first.cast(pl.Int64).sum() if columns[0] == "n32" else first.sum()),
        "elapsed": lambda: data.select(sum=(first.cast(pl.Int64) - START_MICROSECONDS).sum() / 1000),
        "derived": lambda: data.select(derived),
        "derived_time": lambda: data.select(pl.col("time"), *derived),
        "rolling": lambda: data.select(mean=u.rolling_mean(1000, min_samples=1)),
        "units": lambda: data.group_by("unit").agg(mean_u=u.mean()).sort("unit"),
        "as_of": lambda: data.set_sorted("time").join_asof(pl.scan_parquet(beside).set_sorted("time"), on="time")
            .select(sum=(u * pl.col("v")).sum()),
    }
    if formula in queries and source.endswith(".parquet"):
        return polars_result(queries[formula](), output)
    return polars_result(pl.SQLContext(data=data).execute(query), output)


def polars_result(query, output):
    if output is None:
        return {"rows": query.collect().to_dicts()}
    query.sink_parquet(output, compression="snappy")
    return {"files": [output]}


def dask_(formula, columns, source, output, query, beside=None):
    if formula in frames.DASK:
        return frames.dask_groups(formula, columns, source, output, query)
    files = os.path.join(source, "*.parquet") if os.path.isdir(source) else source
    data = dd.read_parquet(files, columns=columns)
    first = data[columns[0]]
    if formula == "statistics":
        values = dask.compute(first.mean(), first.std(), first.min(), first.max())
        return {"rows": [dict(zip(["mean", "std", "min", "max"], map(float, values)))]}
    if formula == "sum":
        return {"rows": [{"sum": float(first.sum().compute())}]}
    if formula == "elapsed":
        elapsed = first.astype("datetime64[us]").astype("int64") - START_MICROSECONDS
        return {"rows": [{"sum": float(elapsed.sum().compute()) / 1000}]}
    if formula == "units":
        means = data.groupby("unit")["u"].mean().compute().sort_index()
        return {"rows": [{"unit": unit, "mean_u": mean} for unit, mean in means.items()]}
    if formula == "rolling":
        table = data["u"].rolling(1000, min_periods=1).mean().to_frame("mean")
    else:
        magnitude = (data["u"] ** 2 + data["i"] ** 2) ** 0.5
        table = data.assign(power=data["u"] * data["i"], magnitude=magnitude)
        table = table[(["time"] if formula == "derived_time" else []) + ["power", "magnitude"]]
    table.to_parquet(output, compression="snappy", write_index=False)
    parts = [name for name in os.listdir(output) if name.endswith(".parquet")]
    parts.sort(key=lambda name: int(re.search(r"\d+", name).group()))
    return {"files": [os.path.join(output, name) for name in parts]}


def numpy_(formula, columns, source, output, query, beside=None):
    assert formula == "spectrum"
    values = pq.read_table(source, columns=columns)[columns[0]].to_numpy()
    amplitude = np.abs(np.fft.rfft(values)) / len(values)
    amplitude[1 : len(amplitude) - (len(values) % 2 == 0)] *= 2
    frequency = np.fft.rfftfreq(len(values), 1 / 1000)
    # Without a dictionary, which pyarrow would try in vain for values that are all different.
    table = pa.table({"frequency": frequency, "amplitude": amplitude})
    pq.write_table(table, output, compression="snappy", use_dictionary=False)
    return {"files": [output]}


PEERS = {"Polars": polars, "Dask": dask_, "pandas": frames.pandas_, "numpy": numpy_}


def answer(task):
    if task["peer"] == "a bare read":
        return {"seconds": bare.read(task["input"], task["columns"]), "rows": []}
    output = task["output"] if task["written"] else None
    started = time.perf_counter()
    result = PEERS[task["peer"]](task["formula"].removesuffix("_loop"), task["columns"], task["input"], output, task.get("query"), *([task["beside"]] if "beside" in task else []))
    return {"seconds": time.perf_counter() - started, **result}


replies = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # What a library prints is no reply.
for line in sys.stdin:
    try:
        reply = answer(json.loads(line))
    except Exception as error:
        reply = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(reply), file=replies, flush=True)
