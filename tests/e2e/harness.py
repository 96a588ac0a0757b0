"""A server and people for end-to-end tests, each a process with a home of its own.

Nothing here sleeps to let things happen: every wait is for an event, with a deadline, and what was seen until
then is part of the failure's message.
"""

import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time
import unittest

from event_schema import required
# What tests need of the programs, they find here.
from programs import (BIN, DEADLINE, MORTAL, PARLOR, PARLORD, Events, Lines, Process, cpu_seconds, environment,
                      free_port, run, wait_until)  # noqa: F401

PASSWORD = "correct-horse-battery-9"

# Flags of a server that misses the dead soon.
IMPATIENT = ("--presence-heartbeat", "1s", "--presence-grace", "3s", "--room-heartbeat", "1s", "--room-grace", "3s")

SKIPPED = 77  # CTest's SKIP_RETURN_CODE


class Server:
    """parlord on a data directory; its port stays the same over restarts."""

    def __init__(self, folder, *flags, host="127.0.0.1"):
        self.data = folder / "server"
        self.host = host
        self.log = folder / "parlord.log"
        self.flags = list(flags)
        self.port = 0
        self.link = None
        self.process = None
        self.output = None

    def start(self):
        argv = [PARLORD, "--data", str(self.data), "--listen", f"{self.host}:{self.port}", "--admin", "127.0.0.1:0",
                "--drain", "2s", *self.flags]
        self.process = Process(argv, self.log, env=environment())
        self.output = Lines(self.process.child.stdout)
        try:
            self.link, _ = self.output.wait(lambda line: line.startswith("parlor://"), "the join link")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.errors()}") from None
        self.port = int(self.link.split("/")[2].rsplit(":", 1)[1])
        return self

    def stop(self):
        """SIGTERM, as a service manager does."""
        self.process.signal(signal.SIGTERM)
        code = self.process.wait()
        self._clean()
        return code

    def kill(self):
        self._clean()

    def freeze(self):
        self.process.signal(signal.SIGSTOP)

    def thaw(self):
        self.process.signal(signal.SIGCONT)

    def errors(self):
        return self.log.read_text(errors="replace")[-4000:]

    def _clean(self):
        if self.process is not None:
            self.process.end()
            self.output.join()
            self.process = None

    end = kill


class Person:
    """An account with a home; at most one `parlor listen --json` at a time through this object.

    `variables` are added to the environment of all of its programs.
    """

    def __init__(self, folder, name, home=None, variables=None):
        self.name = name
        self.variables = variables or {}
        self.folder = folder
        self.home = home or folder / f"home-{name}"
        self.log = folder / f"{self.home.name}.log"
        self.process = None
        self.events = None
        self._ref = 0

    # ---- the account

    def run(self, *arguments, **options):
        return run(*arguments, "--home", self.home, env=environment(**self.variables), **options)

    def register(self, link):
        result = self.run("register", self.name, "--server", link, "--password-stdin", stdin=PASSWORD + "\n")
        if result.code != 0:
            raise AssertionError(str(result))
        return self

    def second_home(self, link, *flags):
        """The same account on another device."""
        other = Person(self.folder, self.name, self.folder / f"home-{self.name}-{self._next_ref()}", self.variables)
        result = other.run("login", self.name, "--server", link, "--password-stdin", *flags, stdin=PASSWORD + "\n")
        if result.code != 0:
            raise AssertionError(str(result))
        return other

    # ---- the session

    def spawn(self, *arguments, **options):
        argv = [PARLOR, "listen", "--json", "--home", str(self.home), *arguments]
        self.process = Process(argv, self.log, env=environment(**self.variables), **options)
        self.events = Events(self.process.child.stdout)
        return self

    def start(self, *arguments, **options):
        """Online: the services' answer is there."""
        self.spawn(*arguments, **options)
        self.wait_for("ready")
        self.wait_for("services", state="up")
        return self

    def do(self, command, **fields):
        """Gives a command; returns its ref."""
        ref = self._next_ref()
        self.write(json.dumps({"command": command, "ref": ref, **fields}).encode() + b"\n")
        return ref

    def ask(self, command, **fields):
        """Gives a command and returns what answers it, an error too."""
        since = self.mark()
        ref = self.do(command, **fields)
        return self.wait_for(None, since=since, ref=ref)

    def must(self, command, **fields):
        answer = self.ask(command, **fields)
        if answer["event"] == "error":
            raise AssertionError(f"{self.name}: {command} {fields}: {answer}")
        return answer

    def write(self, data):
        self.process.child.stdin.write(data)
        self.process.child.stdin.flush()

    def mark(self):
        """Events from here on are new."""
        return self.events.count()

    def wait_for(self, kind, predicate=lambda event: True, since=0, deadline=DEADLINE, **fields):
        def fits(event):
            return ((kind is None or event["event"] == kind) and
                    all(event.get(name) == value for name, value in fields.items()) and predicate(event))

        what = f"{self.name} waits for {kind or 'an answer'} {fields}"
        try:
            return self.events.wait(fits, what, since, deadline)[0]
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.errors()}") from None

    def seen(self, kind, since=0, **fields):
        return [event for event in self.events.all()[since:] if event["event"] == kind and
                all(event.get(name) == value for name, value in fields.items())]

    def texts(self, since=0):
        return [event["text"] for event in self.seen("message", since)]

    def errors(self):
        return self.log.read_text(errors="replace")[-4000:] if self.log.exists() else ""

    def quit(self):
        """Says goodbye; returns the exit code."""
        self.do("quit")
        self.wait_for("closed")
        code = self.process.wait()
        self.end()
        return code

    def kill(self):
        self.end()

    def freeze(self):
        self.process.signal(signal.SIGSTOP)

    def thaw(self):
        self.process.signal(signal.SIGCONT)

    def end(self):
        if self.process is not None:
            self.process.end()
            self.events.join()
            self.process = None

    # ---- talk

    def befriend(self, other):
        """Opens the private chat between two people who are online."""
        self.do("msg", user=other.name, text="may I?")
        other.wait_for("request", **{"from": self.name})
        other.must("accept", user=self.name)
        other.wait_for("message", **{"from": self.name, "text": "may I?"})

    def _next_ref(self):
        self._ref += 1
        return f"r{self._ref}"


class EndToEndTest(unittest.TestCase):
    """A server and people that end with the test, which fails if any line broke the schema."""

    server_flags = ()
    server_host = "127.0.0.1"
    maxDiff = 4000

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="parlor-e2e-"))
        self._people = []
        self._processes = []
        self.addCleanup(self._remove)
        self.server = self.make_server()
        self.addCleanup(self._end_all)
        self.server.start()

    def make_server(self):
        return Server(self.folder, *self.server_flags, host=self.server_host)

    def person(self, name, online=True, variables=None):
        person = Person(self.folder, name, variables=variables).register(self.server.link)
        self._people.append(person)
        return person.start() if online else person

    def second_device(self, person, *flags):
        other = person.second_home(self.server.link, *flags)
        self._people.append(other)
        return other

    def keep(self, process):
        """A process of the test's own that is to end with it."""
        self._processes.append(process)
        return process

    def _end_all(self):
        violations = []
        for person in self._people:
            person.end()
            if person.events is not None:
                violations += person.events.violations
        for process in self._processes:
            process.end()
        self.server.end()
        self.assertEqual([], violations, "lines that docs/schema does not allow")

    def _remove(self):
        if os.environ.get("PARLOR_KEEP"):
            print(f"kept: {self.folder}", file=sys.stderr)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    # ---- people who know each other

    def pair(self):
        """Two with an open private chat."""
        alice, bob = self.person("alice"), self.person("bob")
        alice.befriend(bob)
        return alice, bob

    def meet(self, *people, room="den", **create):
        """All in one room, which the first one makes, and linked with each other."""
        people[0].must("create", room=room, **create)
        for person in people[1:]:
            person.must("join", room=room)
        for person in people:
            for other in people:
                if other is not person:
                    person.wait_for("room", room=room, change="linked", user=other.name)

    # ---- assertions

    def assertDelivered(self, sender, receiver, target, text):
        """Sends, sees it arrive once, and the mark come back; returns the message's id."""
        since, receiver_since = sender.mark(), receiver.mark()
        ref = sender.do("send", target=target, text=text)
        message = receiver.wait_for("message", since=receiver_since, text=text, **{"from": sender.name})
        sender.wait_for("delivery", since=since, ref=ref, mark="delivered", by=receiver.name)
        return message["id"]

    def assertNothingTwice(self, person):
        ids = [event["id"] for event in person.seen("message")]
        self.assertEqual(len(ids), len(set(ids)), f"{person.name} was shown a message twice")

    def assertIdle(self, *processes):
        """Nobody spins: below 3 % of a core over two seconds."""
        before = [cpu_seconds(process.pid) for process in processes]
        time.sleep(2)  # the measure itself
        used = [cpu_seconds(process.pid) - start for process, start in zip(processes, before)]
        self.assertLess(max(used), 0.06, f"seconds of CPU within 2 s: {used}")


def skip(test, what, why):
    """Skips unless this machine is said to have `what`."""
    if required(what):
        test.fail(f"PARLOR_REQUIRE names {what}, but {why}")
    test.skipTest(why)


def main():
    """Ends with CTest's code for skipped if nothing but skips happened; the reasons are printed."""
    program = unittest.main(module="__main__", verbosity=2, exit=False)
    result = program.result
    for test, why in result.skipped:
        print(f"SKIPPED {test}: {why}")
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(SKIPPED if result.testsRun and len(result.skipped) == result.testsRun else 0)
