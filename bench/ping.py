"""
Sends a text to a port of this machine and waits for the line that comes back, again and again over
one connection. Started as a process of its own with both; prints replies a second and the bytes of
one as JSON.
"""

import json
import socket
import sys
import time

WARM_UP_SECONDS = 1
SECONDS = 3
BETWEEN_LOOKS = 100

port, text = sys.argv[1:]
request = text.encode()
connection = socket.create_connection(("127.0.0.1", int(port)))
connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
buffer = bytearray(65_536)
view = memoryview(buffer)


def ask():
    connection.sendall(request)
    length = 0
    while length == 0 or buffer[length - 1] != 10:
        more = connection.recv_into(view[length:])
        if more == 0:
            raise EOFError("the server has closed the connection")
        length += more
    return length


def rate(seconds):
    started = time.perf_counter()
    replies = 0
    while True:
        for _ in range(BETWEEN_LOOKS):
            ask()
        replies += BETWEEN_LOOKS
        passed = time.perf_counter() - started
        if passed >= seconds:
            return replies / passed


rate(WARM_UP_SECONDS)
replies = rate(SECONDS)
print(json.dumps({"rate": replies, "bytes": ask()}))
