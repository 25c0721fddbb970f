# SPDX-License-Identifier: Apache-2.0
"""Threads that change the registry over the control socket and remember what was promised."""

import json
import threading

from harness import rawhttp
from harness.timing import wait_until


class Writers:
    """Each calls `operation` with the arguments that `make(writer, number)` gives, one after the
    other, until the service is gone or they are told to stop."""

    def __init__(self, address, operation, make, count=4):
        self.address = address
        self.operation = operation
        self.make = make
        self.stopping = False
        self.mutex = threading.Lock()
        self.tried = []
        self.promised = []  # (arguments, answer) of every change answered with success
        self.refused = []
        self.threads = [threading.Thread(target=self._write, args=(number,))
                        for number in range(count)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping = True
        for thread in self.threads:
            thread.join()

    def wait_for_promises(self, count):
        wait_until(lambda: len(self.promised) + len(self.refused) >= count, 20, f"{count} answers")

    def _write(self, writer):
        try:
            with rawhttp.Connection(self.address) as connection:
                number = 0
                while not self.stopping:
                    self._call(connection, self.make(writer, number))
                    number += 1
        except (OSError, rawhttp.FramingError):
            return  # killed in the middle: nothing was promised

    def _call(self, connection, arguments):
        with self.mutex:
            self.tried.append(arguments)
        response = connection.ask("POST", f"/v1/operations/{self.operation}",
                                  headers={"Content-Type": "application/json"},
                                  body=json.dumps(arguments))
        with self.mutex:
            kept = self.promised if response.status == 200 else self.refused
            kept.append((arguments, response.json()))
