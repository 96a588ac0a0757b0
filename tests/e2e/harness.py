"""Real programs for end-to-end tests: a server and people, each a process with a home of its own.

Nothing here sleeps to let things happen: every wait is for an event, with a deadline, and what was seen until
then is part of the failure's message. Processes are ended by their id and waited for.
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from event_schema import EventSchema, required

BIN = pathlib.Path(os.environ.get("PARLOR_BIN") or pathlib.Path(__file__).parents[2] / "build/release/bin").resolve()
PARLORD = str(BIN / "parlord")
PARLOR = str(BIN / "parlor")

# For anything that works; sanitizers and a busy machine take their time.
DEADLINE = float(os.environ.get("PARLOR_TEST_DEADLINE", "30"))
PASSWORD = "correct-horse-battery-9"
SKIPPED = 77  # CTest's SKIP_RETURN_CODE

_schema = EventSchema.load()


def environment(**more):
    """The least that the programs need: no keyring, no home and no settings of whoever runs the tests."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    kept.update({name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")})
    kept.update(HOME="/nonexistent", **more)
    return kept


def wait_until(condition, what, deadline=DEADLINE):
    """For conditions outside of any process' output, such as files and /proc; those have nothing to wait on."""
    end = time.monotonic() + deadline
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline} s: {what}")
        time.sleep(0.02)


def free_port(host="127.0.0.1"):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as taken:
        return taken.getsockname()[1]


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Lines:
    """Collects the lines of a stream on a thread of its own; any thread may wait for one."""

    def __init__(self, stream):
        self._changed = threading.Condition()
        self._items = []
        self._ended = False
        self._stream = stream
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        for raw in self._stream:
            item = self.parse(raw)
            with self._changed:
                self._items.append(item)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def parse(self, raw):
        return raw.decode("utf-8", "replace").rstrip("\n")

    def join(self):
        self._thread.join(DEADLINE)
        self._stream.close()

    def all(self):
        with self._changed:
            return list(self._items)

    def count(self):
        with self._changed:
            return len(self._items)

    def wait(self, predicate, what, since=0, deadline=DEADLINE):
        """The first item from `since` on that fulfils the predicate, and its index."""
        end = time.monotonic() + deadline
        at = since
        with self._changed:
            while True:
                while at < len(self._items):
                    if predicate(self._items[at]):
                        return self._items[at], at
                    at += 1
                left = end - time.monotonic()
                if left <= 0 or self._ended:
                    why = "the output ended" if self._ended else f"not within {deadline} s"
                    seen = "\n  ".join(str(item)[:300] for item in self._items[-40:])
                    raise AssertionError(f"{why}: {what}; seen:\n  {seen}")
                self._changed.wait(left)


class Events(Lines):
    """JSON lines; each is held against docs/schema."""

    def __init__(self, stream):
        self.violations = []
        super().__init__(stream)

    def parse(self, raw):
        try:
            event = json.loads(raw.decode("utf-8", "strict"))
        except ValueError as error:
            self.violations.append(f"no JSON: {raw[:300]!r}: {error}")
            return {"event": "garbage"}
        self.violations.extend(_schema.violations(event))
        return event


class Process:
    """One child; ended and waited for whatever becomes of the test."""

    def __init__(self, argv, log, **options):
        self.log_path = log
        with open(log, "ab") as errors:
            self.child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                                          **options)

    @property
    def pid(self):
        return self.child.pid

    def running(self):
        return self.child.poll() is None

    def signal(self, number):
        self.child.send_signal(number)

    def wait(self, deadline=DEADLINE):
        return self.child.wait(deadline)

    def end(self):
        """As hard as needed. Closes what is left open of its pipes."""
        if self.running():
            self.child.send_signal(signal.SIGCONT)
            self.child.kill()
        self.child.wait()
        try:
            self.child.stdin.close()
        except BrokenPipeError:
            pass


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


class Result:
    """What a one-shot command said."""

    def __init__(self, argv, completed):
        self.argv = argv
        self.code = completed.returncode
        self.out = completed.stdout.decode("utf-8", "replace")
        self.err = completed.stderr.decode("utf-8", "replace")

    def events(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def event(self, kind):
        for event in self.events():
            if event["event"] == kind:
                return event
        raise AssertionError(f"no {kind} event from {self}")

    def __str__(self):
        return f"{' '.join(self.argv)[:300]}: exit {self.code}\n{self.out[-2000:]}\n{self.err[-2000:]}"


def run(*arguments, stdin=b"", deadline=2 * DEADLINE, env=None, json_lines=True):
    """A command that ends by itself. With `json_lines` it prints events, which are checked."""
    argv = [PARLOR, *map(str, arguments)]
    if json_lines:
        argv.append("--json")
    if isinstance(stdin, str):
        stdin = stdin.encode()
    completed = subprocess.run(argv, input=stdin, capture_output=True, timeout=deadline, env=env or environment())
    result = Result(argv, completed)
    if json_lines:
        violations = [v for event in result.events() for v in _schema.violations(event)]
        if violations:
            raise AssertionError(f"{violations}\n{result}")
    return result


class Person:
    """An account with a home; at most one `parlor listen --json` at a time through this object."""

    def __init__(self, folder, name, home=None):
        self.name = name
        self.folder = folder
        self.home = home or folder / f"home-{name}"
        self.log = folder / f"{self.home.name}.log"
        self.process = None
        self.events = None
        self._ref = 0

    # ---- the account

    def run(self, *arguments, **options):
        return run(*arguments, "--home", self.home, **options)

    def register(self, link):
        result = self.run("register", self.name, "--server", link, "--password-stdin", stdin=PASSWORD + "\n")
        if result.code != 0:
            raise AssertionError(str(result))
        return self

    def second_home(self, link, *flags):
        """The same account on another device."""
        other = Person(self.folder, self.name, self.folder / f"home-{self.name}-{self._next_ref()}")
        result = other.run("login", self.name, "--server", link, "--password-stdin", *flags, stdin=PASSWORD + "\n")
        if result.code != 0:
            raise AssertionError(str(result))
        return other

    # ---- the session

    def spawn(self, *arguments, **options):
        argv = [PARLOR, "listen", "--json", "--home", str(self.home), *arguments]
        self.process = Process(argv, self.log, env=environment(), **options)
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
        self.server = Server(self.folder, *self.server_flags, host=self.server_host)
        self.addCleanup(self._end_all)
        self.server.start()

    def person(self, name, online=True):
        person = Person(self.folder, name).register(self.server.link)
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
