"""People register and make rooms, many at once, while a service dies and comes back."""

import concurrent.futures
import time

import harness

ACCOUNTS = [f"newcomer-{i}" for i in range(12)]
ROOMS = [f"room-{i}" for i in range(24)]

# Flags of a server that lets one person make and enter them all.
GENEROUS = ("--rooms-per-owner", "100", "--rooms-created-per-hour", "1000", "--joins-per-minute", "1000")


def wait_until_listed(visitor, made):
    """What was called made is there. A list that could not be read again when the database went away is behind it for
    as long; then two seconds at most.
    """
    def listed():
        return {room["room"]: room["owner"] for room in visitor.must("rooms")["rooms"]}
    harness.wait_until(lambda: made <= set(listed()), "what was called made is listed")
    return listed()


class Burst:
    """Begun, and not done, once it is made: an account and a room are there, most are not. `maker` is online and
    makes the rooms; accounts are made by processes of their own.
    """

    def __init__(self, test, maker):
        self._test = test
        self._maker = maker
        self._end = time.monotonic() + 2 * harness.DEADLINE
        self._failed = set()
        pool = concurrent.futures.ThreadPoolExecutor(4)
        test.addCleanup(pool.shutdown)
        self._accounts = {name: pool.submit(self._register, name) for name in ACCOUNTS}
        harness.wait_until(lambda: any(job.done() for job in self._accounts.values()), "an account is made")
        self._refs = {room: maker.do("create", room=room) for room in ROOMS}
        maker.wait_for("done", ref=self._refs[ROOMS[0]])

    def _command(self, command, name, home):
        return harness.run(command, name, "--server", self._test.server.link, "--home", self._test.folder / home,
                           "--password-stdin", stdin=harness.PASSWORD + "\n")

    def _register(self, name):
        """As a person does who is told to try again."""
        while True:
            result = self._command("register", name, f"home-{name}")
            if result.code == 0:
                return
            self._test.assertEqual(1, result.code, str(result))
            if name in self._failed and "taken" in result.err:
                return  # made, by a try that got no answer
            self._test.assertRegex(result.err, "try again|is the server running", str(result))
            self._test.assertLess(time.monotonic(), self._end, str(result))
            self._failed.add(name)

    def check(self, visitor):
        """All that was called done is there, and nothing is half there. `visitor` is online and enters rooms."""
        answers = {room: self._maker.wait_for(None, ref=ref, deadline=2 * harness.DEADLINE)
                   for room, ref in self._refs.items()}
        made = {room for room, answer in answers.items() if answer["event"] == "done"}
        self._test.assertIn(ROOMS[0], made)
        there = wait_until_listed(visitor, made)
        for room in ROOMS:
            if room not in made:
                self._test.assertEqual(("error", "unavailable"), (answers[room]["event"], answers[room].get("code")),
                                       answers[room])
                self._test.assertIn("try again", answers[room]["message"])
            if room in there:
                self._test.assertEqual(self._maker.name, there[room])
            else:
                self._maker.must("create", room=room)
            visitor.must("join", room=room)
            visitor.must("leave", room=room)
        for name, job in self._accounts.items():
            job.result(2 * harness.DEADLINE)
            login = self._command("login", name, f"home-{name}-again")
            self._test.assertEqual(0, login.code, f"registered, and unknown: {login}")
