"""The programs as children: started, watched line by line, ended by their id and waited for."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time

from event_schema import EventSchema

BIN = pathlib.Path(os.environ.get("PARLOR_BIN") or pathlib.Path(__file__).parents[2] / "build/release/bin").resolve()
PARLORD = str(BIN / "parlord")
PARLOR = str(BIN / "parlor")

# Should the tests themselves be killed, nothing stays behind.
MORTAL = ("setpriv", "--pdeathsig", "KILL")

# For anything that works; sanitizers and a busy machine take their time.
DEADLINE = float(os.environ.get("PARLOR_TEST_DEADLINE", "30"))

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
        with open(log, "ab") as errors:
            self.child = subprocess.Popen([*MORTAL, *argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                          stderr=errors, **options)

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
    completed = subprocess.run([*MORTAL, *argv], input=stdin, capture_output=True, timeout=deadline,
                               env=env or environment())
    result = Result(argv, completed)
    if json_lines:
        violations = [v for event in result.events() for v in _schema.violations(event)]
        if violations:
            raise AssertionError(f"{violations}\n{result}")
    return result
