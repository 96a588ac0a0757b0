"""People whose machine's clock is an hour off: they talk like everybody, by the server's time, and are warned once.

The wrong clocks are wrong_clock.cc's, which the build makes.
"""

import datetime
import time

import harness

HOUR = 3600


class WrongClockTest(harness.EndToEndTest):

    def setUp(self):
        self.library = harness.BIN.parent / "tests" / "wrong_clock.so"
        if not self.library.exists():
            harness.skip(self, "clock", f"{self.library} is not built (target wrong_clock)")
        super().setUp()

    def person_off_by(self, name, seconds):
        person = self.person(name, online=False, variables={
            "LD_PRELOAD": str(self.library), "PARLOR_CLOCK_OFFSET": str(seconds)})
        result = person.run("login", name, "--server", self.server.link, "--password-stdin",
                            stdin=harness.PASSWORD + "\n")
        self.assertEqual(0, result.code, str(result))
        return person.start()

    def assertIsNow(self, moment):
        told = datetime.datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp()
        self.assertLess(abs(told - time.time()), harness.DEADLINE, f"not the server's time: {moment}")

    def assertTalk(self, writer, reader, target, text):
        """Told to arrive, and to be of now, by both of them."""
        message_id = self.assertDelivered(writer, reader, target, text)
        self.assertIsNow(reader.wait_for("message", text=text)["time"])
        kept = {message["id"]: message for message in writer.must("history", target=target)["messages"]}
        self.assertIsNow(kept[message_id]["time"])

    def assertWarnedOnce(self, person, words):
        warning = person.wait_for("warning", code="clock")
        self.assertIn(words, warning["message"])
        self.assertEqual(1, len(person.seen("warning", code="clock")), person.seen("warning"))

    def test_an_hour_fast_and_an_hour_slow(self):
        alice = self.person("alice")
        fast, slow = self.person_off_by("fast", HOUR), self.person_off_by("slow", -HOUR)
        everybody = (alice, fast, slow)
        self.meet(*everybody)
        fast.befriend(alice)
        alice.befriend(slow)
        slow.befriend(fast)
        for writer in everybody:
            for reader in everybody:
                if reader is not writer:
                    self.assertTalk(writer, reader, "#den", f"{writer.name} to all, {reader.name} looks")
                    self.assertTalk(writer, reader, f"@{reader.name}", f"{writer.name} to {reader.name}")
        # Meeting the server again is no reason to be told again.
        since = {person: person.mark() for person in everybody}
        self.server.stop()
        for person in everybody:
            person.wait_for("services", since=since[person], state="down")
        self.assertTalk(fast, slow, "#den", "while the server is away")
        self.server.start()
        for person in everybody:
            person.wait_for("services", since=since[person], state="up")
        self.assertTalk(slow, alice, "#den", "and when it is back")
        self.assertWarnedOnce(fast, "ahead of the server's")
        self.assertWarnedOnce(slow, "behind the server's")
        self.assertEqual([], alice.seen("warning"))
        self.assertIdle(fast.process, slow.process)
        self.assertEqual([0, 0, 0], [person.quit() for person in everybody])

    def test_doctor_names_the_clock(self):
        slow = self.person_off_by("slow", -HOUR)
        checks = {check["name"]: check for check in slow.must("doctor")["checks"]}
        self.assertEqual("warning", checks["clock"]["outcome"], checks)
        self.assertEqual("ok", checks["certificate"]["outcome"], checks)


if __name__ == "__main__":
    harness.main()
