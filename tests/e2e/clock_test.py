"""People whose machine's clock is wrong: they log in, talk, see the server's time, and are warned once.

The clocks are libfaketime's. It leaves the monotonic clock alone, as a wrongly set machine does.
"""

import datetime
import pathlib
import time

import harness

HOUR = 3600
LIBRARIES = pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")


def ahead_by(seconds, library):
    return harness.environment(LD_PRELOAD=str(library), FAKETIME=f"{seconds:+d}", FAKETIME_DONT_FAKE_MONOTONIC="1",
                               FAKETIME_NO_CACHE="1")


class WrongClockTest(harness.EndToEndTest):

    def setUp(self):
        self.library = next(LIBRARIES, None) or next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"),
                                                     None)
        if self.library is None:
            harness.skip(self, "faketime", "Debian's package faketime is not installed")
        super().setUp()

    def person_ahead_by(self, seconds, name):
        """Registers, logs in again and comes online, all on a machine whose clock is wrong."""
        return self.person(name, env=ahead_by(seconds, self.library))

    def assertServerTime(self, message):
        told = datetime.datetime.fromisoformat(message["time"].replace("Z", "+00:00")).timestamp()
        self.assertLess(abs(told - time.time()), harness.DEADLINE, f"not the server's time: {message}")

    def assertTalk(self, writer, reader, target, text):
        self.assertDelivered(writer, reader, target, text)
        self.assertServerTime(reader.wait_for("message", text=text))
