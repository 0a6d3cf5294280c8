#!/usr/bin/env python3
"""Runs a formula on the service and follows it to its end; Python's own library is enough.

    python3 client.py 127.0.0.1:27700 /data time_series.parquet work.ts
"""

import json
import socket
import sys
import uuid


class Failed(Exception):
    """The service replied with an error; `code` is one of the protocol's words."""

    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code = code


class Client:
    """One connection that stays open: requests go one after another."""

    def __init__(self, host, port):
        self.connection = socket.create_connection((host, port))
        self.lines = self.connection.makefile(encoding="utf-8")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lines.close()
        self.connection.close()

    def send(self, header, request):
        message = {"Header": header, "Request": request, "Connection": "keep-alive"}
        self.connection.sendall(json.dumps(message).encode())

    def receive(self):
        line = self.lines.readline()
        if line == "":
            raise ConnectionError("the service closed the connection")
        response = json.loads(line)["Response"]
        if response["Status"] == "error":
            raise Failed(response["Error"]["Code"], response["Error"]["Message"])
        return response

    def ask(self, header, request):
        self.send(header, request)
        return self.receive()

    def submit(self, **job):
        # Under a key of its own a job can be submitted again without fear when no reply came.
        job = {"Action": "Submit", "Key": str(uuid.uuid4()), **job}
        return self.ask("Job", job)["Job"]["Id"]

    def watch(self, id):
        """The job now, and after every change until it has ended."""
        self.send("Job", {"Action": "Watch", "Id": id})
        while True:
            job = self.receive()["Job"]
            yield job
            if job["State"] in ("complete", "failed", "cancelled"):
                return

    def result(self, id):
        return self.ask("Job", {"Action": "Result", "Id": id})


def main(address, directory, base, formula):
    host, _, port = address.rpartition(":")
    with Client(host, int(port)) as client:
        id = client.submit(Directory=directory, Base=base, File=formula)
        for job in client.watch(id):
            print(job["State"], job.get("RowsDone", ""), job.get("RowsTotal", ""), file=sys.stderr)
        print(json.dumps(client.result(id)["Discription"]))


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except (Failed, OSError) as error:
        sys.exit(str(error))
