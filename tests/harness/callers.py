# SPDX-License-Identifier: Apache-2.0
"""Clients that ask all the time, and count: each request is answered as it has to be, or is lost."""

import threading

from harness import rawhttp
from harness.timing import scaled, wait_until


class Callers:
    """Threads that each call `ask(connection)` again and again until the block ends. Half of them
    keep their connection for as long as the server allows it, half open one for each request.
    `connect` opens a connection; `expect(response)` says what is wrong with an answer, or nothing.

    `lost` holds what went wrong with each request that got no answer or a wrong one."""

    def __init__(self, connect, ask, expect, count=4):
        self.connect = connect
        self.ask = ask
        self.expect = expect
        self.answered = 0
        self.lost = []
        self.mutex = threading.Lock()
        self.stopping = False
        self.threads = [threading.Thread(target=self._call, args=(number % 2 == 0,))
                        for number in range(count)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping = True
        for thread in self.threads:
            thread.join()

    def wait_for_more(self, count, seconds=20):
        until = self.answered + count
        wait_until(lambda: self.answered >= until or self.lost, seconds, f"{count} more answers")

    def _call(self, keep):
        connection = None
        while not self.stopping:
            wrong = None
            try:
                connection = connection or self.connect()
                response = self.ask(connection)
                wrong = self.expect(response)
                if not (keep and response.keeps_alive):
                    connection.close()
                    connection = None
            except (OSError, rawhttp.FramingError) as error:
                wrong, connection = error, None
            with self.mutex:
                if wrong:
                    self.lost.append(wrong)
                else:
                    self.answered += 1
        if connection:
            connection.close()


def patient(address):
    """A connection that waits for as long as real clients do."""
    return rawhttp.Connection(address, timeout=scaled(15))
