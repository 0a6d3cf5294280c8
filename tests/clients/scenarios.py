"""
What the Python client does with a service that a test has started, one function a scenario. The command line has its
name and JSON with where the service is. `told` tells the test of a moment, and waits until it has done its part.
"""

import contextlib
import datetime
import io
import json
import os
import sys
import threading
import time
import types

import measuring_client
from measuring_client import (
    Cancelled, Client, ConnectionFailed, Forbidden, FormulaError, MeasuringError, MissingPackage, NotFound,
    ServiceError, Unauthorized, WaitTimeout,
)

BASE = "time_series.parquet"


def raised(kind, work):
    """The error of exactly this kind that something raises."""
    try:
        got = work()
    except MeasuringError as error:
        assert type(error) is kind or kind is ConnectionFailed and isinstance(error, kind), repr(error)
        return error
    raise AssertionError(f"{got!r} came, and no {kind.__name__}")


def told(moment):
    """Tells the test of a moment; goes on when it has answered."""
    print(moment, flush=True)
    assert sys.stdin.readline() == "go on\n"


def results(client, folder, rows, **_):
    table = client.run(folder, BASE, "twice.ts", params={"by": 3}, progress=False)
    assert (table.kind, table.rows, table.file) == ("map", rows, "twice_ansver.parquet"), table
    assert table.path.is_file() and table.has_columns
    try:
        table.value
        raise AssertionError("a table has no value")
    except TypeError as error:
        assert "to_pandas()" in str(error)
    mean = client.run(folder, BASE, "count.ts", progress=False)
    assert mean.value == {"rows": rows, "sum": rows * (rows - 1) // 2}, mean.value
    assert json.loads(mean.path.read_text()) == mean.value
    given = {"text": "é\u2028\"", "big": "9007199254740993", "at": datetime.datetime(2024, 5, 1, 12), "none": None}
    echoed = client.run(folder, BASE, "echo.ts", params=given, progress=False)
    assert echoed.value == {**given, "at": "2024-05-01T12:00:00"}, echoed.value
    part = client.run(
        folder, [BASE], "count.ts", from_=datetime.date(2024, 1, 11), to="2024-01-21", time="time",
        filter={"n": {"$lt": 300}}, timeout_seconds=60, priority=5, limits={"LogBytes": 1000}, client="ann",
        output="part.txt", progress=False,
    )
    assert part.value["rows"] == 60, part.value
    assert part.file == "part.txt"
    long = "é" * 400_000
    assert client.run(folder, BASE, "echo.ts", params=long, progress=False).value == long
    lines = client.run(folder, BASE, "talks.ts", progress=False)
    # Of 10,000 lines the service keeps 199, and says so.
    assert lines.log[:-1] == [f"line {k} é" for k in range(199)], lines.log
    assert "200 lines" in lines.log[-1], lines.log[-1]
    assert client.log(lines.id) == lines.log
    assert client.result(lines.id).value == lines.value == "said"


def failures(client, folder, **_):
    failed = raised(FormulaError, lambda: client.run(folder, BASE, "fails.ts", progress=False))
    assert (failed.code, failed.where) == ("FORMULA_FAILED", "fails.ts:2:9"), failed
    assert "fails.ts:2:9" in failed.stack and "no such unit" in failed.message
    assert failed.what_to_do in str(failed) and "Correct the formula" in failed.what_to_do
    assert client.status(failed.job).state == "failed"
    for base, file, code in (("none.parquet", "twice.ts", "BASE_NOT_FOUND"), (BASE, "none.ts", "FORMULA_NOT_FOUND")):
        missing = raised(NotFound, lambda: client.run(folder, base, file))
        assert (missing.code, missing.job) == (code, None), missing
    assert raised(NotFound, lambda: client.status("nothing")).code == "JOB_NOT_FOUND"
    assert raised(NotFound, lambda: list(client.watch("nothing"))).code == "JOB_NOT_FOUND"
    assert raised(Forbidden, lambda: client.run("/etc", BASE, "twice.ts")).code == "FORBIDDEN_PATH"
    wrong = raised(ServiceError, lambda: client.submit(folder, BASE, "twice.ts", codec="gzip"))
    assert wrong.code == "BAD_REQUEST" and "Codec" in wrong.message
    slow = raised(FormulaError, lambda: client.run(folder, BASE, "endless.ts", timeout_seconds=0.2, progress=False))
    assert slow.code == "FORMULA_TIMEOUT"
    for params in (float("nan"), object()):
        try:
            client.submit(folder, BASE, "twice.ts", params=params)
            raise AssertionError("what is no JSON was sent")
        except (TypeError, ValueError):
            pass


def following(client, folder, rows, **_):
    job = client.submit(folder, BASE, "endless.ts", client="follower")
    waited = raised(WaitTimeout, lambda: client.wait(job, wait=0.3, progress=False))
    assert waited.job == job.id and isinstance(waited, TimeoutError)
    assert client.status(job).state == "running"
    assert [one.id for one in client.jobs(state="running", client="follower")] == [job.id]
    seen = client.watch(job.id)
    assert next(seen).state == "running"
    assert client.cancel(job).state == "cancelled"
    assert [one.state for one in seen][-1] == "cancelled"
    assert raised(Cancelled, lambda: client.wait(job, progress=False)).job == job.id
    done = client.submit(folder, BASE, "count.ts", client="follower")
    last = list(client.watch(done))[-1]
    assert last.ended and last.share == 1.0 and last.state == "complete"
    assert client.cancel(done).state == "complete"
    assert client.wait(done, progress=False).value["rows"] == rows
    assert {one.state for one in client.jobs(["cancelled", "complete"], "follower")} == {"cancelled", "complete"}
    assert client.info()["Jobs"]["Done"] >= 1
    quick = [client.submit(folder, BASE, "echo.ts", params=k, output=f"e{k}", client="many") for k in range(60)]
    assert [client.wait(one, progress=False).value for one in quick] == list(range(60))
    assert len(list(client.jobs(client="many"))) == 60  # more than a page


def keys(client, folder, **_):
    first = client.submit(folder, BASE, "count.ts", key="mine")
    assert client.submit(folder, BASE, "count.ts", key="mine").id == first.id
    assert client.run(folder, BASE, "count.ts", key="mine", progress=False).id == first.id
    assert raised(ServiceError, lambda: client.submit(folder, BASE, "echo.ts", key="mine")).code == "BAD_REQUEST"
    assert client.submit(folder, BASE, "count.ts").id != client.submit(folder, BASE, "count.ts").id


def progress(client, folder, **_):
    err = io.StringIO()
    with contextlib.redirect_stderr(err):
        client.run(folder, BASE, "count.ts", progress=True)
        list(client.watch(client.submit(folder, BASE, "count.ts"), progress=True))
    assert err.getvalue().count("job [") >= 2 and err.getvalue().endswith("\r\x1b[K"), err.getvalue()
    assert "complete" in err.getvalue()
    quiet = io.StringIO()
    with contextlib.redirect_stderr(quiet):
        client.run(folder, BASE, "count.ts")  # nobody looks at a pipe
    assert quiet.getvalue() == ""
    # What a notebook's kernel has.
    shown = []
    shell = type("ZMQInteractiveShell", (), {})()
    handle = types.SimpleNamespace(update=shown.append)
    display = lambda content, display_id: shown.append(content) or handle
    sys.modules["IPython"] = types.SimpleNamespace(get_ipython=lambda: shell)
    sys.modules["IPython.display"] = types.SimpleNamespace(HTML=str, display=display)
    with contextlib.redirect_stderr(quiet):
        client.run(folder, BASE, "count.ts")
    assert quiet.getvalue() == "" and len(shown) >= 1
    assert shown[-1].startswith('<progress max="1" value="1.0000">') and "complete" in shown[-1], shown


def token(host, port, folder, token, **_):
    for wrong in (None, "not-the-token-of-it"):
        error = raised(Unauthorized, lambda: Client(host, port, token=wrong).submit(folder, BASE, "count.ts"))
        assert "token=" in error.what_to_do
    assert Client(host, port, token=token).run(folder, BASE, "count.ts", progress=False).value
    os.environ.update(MEASURING_HOST=host, MEASURING_PORT=str(port), MEASURING_TOKEN=token)
    assert Client().info()["Version"] == measuring_client.__version__
    path = os.path.join(folder, "token")
    with open(path, "w") as file:
        file.write(token + "\n")
    os.environ.update(MEASURING_TOKEN="another", MEASURING_TOKEN_FILE=path)
    assert Client().info()["Connections"] == 1


def tls(host, port, plain_port, folder, trusted, stranger, **_):
    client = Client(host, port, tls=trusted)
    assert client.run(folder, BASE, "count.ts", progress=False).value
    for untrusted in (True, stranger):
        begun = time.monotonic()
        error = raised(ConnectionFailed, lambda: Client(host, port, tls=untrusted).info())
        assert "not trusted" in str(error) and "tls=" in str(error), error
    error = raised(ConnectionFailed, lambda: Client(host, port).info())
    assert "TLS" in str(error) and "tls=" in str(error), error
    error = raised(ConnectionFailed, lambda: Client(host, plain_port, tls=trusted).info())
    assert "leave tls= out" in str(error), error
    error = raised(ConnectionFailed, lambda: Client("127.0.0.2", port, tls=trusted).info())
    assert "not trusted" in str(error) or "no service answers" in str(error), error
    try:
        Client(host, port, tls="/none.pem")
        raise AssertionError("there is no such certificate")
    except ValueError as error:
        assert "/none.pem" in str(error)


def away(client, folder, **_):
    """The service is killed while a job runs, and comes back with its jobs."""
    job = client.submit(folder, BASE, "gate.ts", key="through the night")
    seen = client.watch(job)
    states = [next(seen).state]
    while states[-1] != "running":
        states.append(next(seen).state)
    told("kill and start")
    open(os.path.join(folder, "go"), "w").close()
    states += [one.state for one in seen]
    assert states[-1] == "complete", states
    assert client.result(job).value == "went"
    assert client.submit(folder, BASE, "gate.ts", key="through the night").id == job.id


def forgetful(client, folder, **_):
    """The service is killed while a job runs, and comes back without its jobs: run() submits its own again."""
    come = []
    runs = threading.Thread(target=lambda: come.append(client.run(folder, BASE, "gate.ts", progress=False)))
    runs.start()
    while not any(one.state == "running" for one in client.jobs()):
        time.sleep(0.02)
    first = next(client.jobs()).id
    told("kill and start")
    while not any(one.state == "running" for one in client.jobs()):
        time.sleep(0.02)
    open(os.path.join(folder, "go"), "w").close()
    runs.join()
    assert come[0].value == "went" and come[0].id != first
    # A job that somebody else submitted is lost, and that is told.
    assert raised(NotFound, lambda: client.status(first)).code == "JOB_NOT_FOUND"


def gone(client, host, port, folder, **_):
    """The service goes for good."""
    client = Client(host, port, reconnect=0.5)
    job = client.submit(folder, BASE, "gate.ts")
    seen = client.watch(job)
    next(seen)
    told("kill")
    for work in (lambda: list(seen), lambda: client.status(job), lambda: client.run(folder, BASE, "gate.ts")):
        assert f"{host}:{port}" in str(raised(ConnectionFailed, work))
    # One that never was there is not waited for.
    never = Client(host, port, reconnect=3600)
    assert "no service answers" in str(raised(ConnectionFailed, never.info))


def nonsense(host, port, **_):
    """What answers is no such service."""
    error = raised(ConnectionFailed, Client(host, port).info)
    assert "is no such service" in str(error), error


def silent(host, port, **_):
    """Nothing answers, though somebody listens."""
    error = raised(ConnectionFailed, Client(host, port, timeout=0.3).info)
    assert "didn't reply within 0.3 s" in str(error), error


def interrupted(client, folder, **_):
    told("interrupt")  # it comes while the job runs
    try:
        client.run(folder, BASE, "endless.ts", client="interrupted", progress=False)
        raise AssertionError("an endless job has ended")
    except KeyboardInterrupt:
        pass
    assert [one.state for one in client.jobs(client="interrupted")] == ["cancelled"]


def without_packages(client, folder, **_):
    for name in ("pandas", "polars", "pyarrow"):
        sys.modules[name] = None  # as if it were not installed
    table = client.run(folder, BASE, "twice.ts", params={"by": 3}, progress=False)
    for name, read in (("pandas", table.to_pandas), ("polars", table.to_polars), ("pyarrow", table.to_arrow)):
        error = raised(MissingPackage, read)
        assert isinstance(error, ImportError) and f"pip install {name}" in str(error), error


def tables(client, folder, rows, **_):
    """With pandas, Polars and pyarrow: a file, a folder of files, folders by a column, CSV, Arrow."""
    import pandas
    import polars
    import pyarrow.parquet

    wanted = pandas.read_parquet(os.path.join(folder, BASE))[["n", "unit"]]
    by = wanted.sort_values("n").reset_index(drop=True)
    for output in (None, "table/", "table.csv", "table.arrow", "parted/{unit}/"):
        result = client.run(folder, BASE, "carried.ts", output=output, progress=False)
        got = {
            "pandas": result.to_pandas(),
            "polars": result.to_polars(),
            "arrow": result.to_arrow(),
        }
        assert isinstance(got["pandas"], pandas.DataFrame)
        assert isinstance(got["polars"], polars.DataFrame)
        assert isinstance(got["arrow"], pyarrow.Table)
        for name, table in got.items():
            columns = {
                column: table[column].to_list() if name != "arrow" else table[column].to_pylist()
                for column in ("n", "unit")
            }
            if output == "parted/{unit}/":
                pairs = sorted(zip(columns["n"], map(str, columns["unit"])))
                assert pairs == list(zip(by["n"], by["unit"])), (name, output)
            else:
                assert columns == {"n": list(wanted["n"]), "unit": list(wanted["unit"])}, (name, output)
            assert len(table.columns) == 2, (name, output, table.columns)
    many = os.path.join(folder, "many")
    os.mkdir(many)
    for part in range(12):
        pyarrow.parquet.write_table(pyarrow.table({"part": [part]}), os.path.join(many, f"part.{part}.parquet"))
    place = {"Directory": folder, "File": "many/"}
    parts = measuring_client.Result({"Discription": place, "Job": {"Id": "", "Kind": "map", "Rows": 12, "Seconds": 1}})
    assert parts.to_pandas()["part"].to_list() == list(range(12))
    assert parts.to_polars()["part"].to_list() == list(range(12))
    assert parts.to_arrow()["part"].to_pylist() == list(range(12))
    several = client.run(folder, BASE, "several.ts", progress=False)
    assert list(several.tables) == ["even", "odd"] and several.rows == len(wanted), several.raw
    for rest, (name, table) in enumerate(several.tables.items()):
        own = [n for n in wanted["n"] if n % 2 == rest]
        assert (table.file, table.rows, table.tables) == (f"several_ansver.{name}.parquet", len(own), {})
        assert list(table.to_pandas()["n"]) == own and table.to_polars()["n"].to_list() == own
        assert table.to_arrow()["n"].to_pylist() == own
    value = client.run(folder, BASE, "count.ts", progress=False)
    assert value.tables == {}
    for read in (value.to_pandas, value.to_polars, value.to_arrow):
        try:
            read()
            raise AssertionError("a value is no table")
        except TypeError as error:
            assert "value" in str(error)


def main(name, given):
    where = json.loads(given)
    client = Client(where["host"], where["port"]) if "host" in where else None
    globals()[name](**{"client": client, **where})


if __name__ == "__main__":
    main(*sys.argv[1:])
