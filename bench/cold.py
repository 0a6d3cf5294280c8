"""One work in SQL by DuckDB in a process of its own: prints its rows as JSON."""

import json
import sys

import duckdb

connection = duckdb.connect(config={"threads": 2})
reply = connection.execute(sys.argv[1])
names = [column[0] for column in reply.description]
print(json.dumps([dict(zip(names, row)) for row in reply.fetchall()]))
