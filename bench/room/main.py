#!/usr/bin/env python3
"""scripts/bench rooms: what parlor-bench room tells of rooms of many sizes, and brokers beside it.

    talk       2, 10 and 50 people who say 50, 200 and 1,000 messages a second, all together
    fan-out    one of 2, 10 and 50 speaks; an IRC server and an MQTT broker in the same run
    far        the same with 20 ms one way between any two, and between everybody and the broker
    joins      who enters a room of 10, 100 and 990 over 20 ms one way
    thousand   1,000 people, who do nothing, and then say a word now and then
    loss       a frame there and back over UDP and over TCP, with 5 ms one way and 0, 2 and 10 % of the packets lost

Prints a line of JSON for each.
"""

import argparse
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
sys.path.append(str(HERE.parent / "net"))

import namespaces  # noqa: E402

SIZES = (2, 10, 50)
FAN_OUT = ("--speakers", 1, "--rate", 50, "--warming", 3, "--seconds", 10)
PATIENCE = 1_800  # seconds, for a room


def run(*argv):
    """What a command prints, a line of JSON each; one that lost something says so and ends with 1."""
    print("scripts/bench rooms:", *argv, file=sys.stderr)
    ended = subprocess.run([*namespaces.MORTAL, *map(str, argv)], stdout=subprocess.PIPE, text=True, timeout=PATIENCE)
    lines = ended.stdout.splitlines()
    if not lines:
        raise RuntimeError("see the message above")
    return [json.loads(line) for line in lines]


def bench(*words):
    return run(namespaces.BIN / "parlor-bench", *words)


def apart(sides, delay_ms, *words, loss=0):
    return run(sys.executable, "-B", HERE.parent / "net/namespaces.py", "--sides", sides, "--delay-ms", delay_ms,
               "--loss", loss, namespaces.BIN / "parlor-bench", *words, "--apart")


def room(peers, *words):
    return bench("room", "--peers", peers, "--json", *words)


def brokers(*words):
    return run(sys.executable, "-B", HERE.parent / "broker/main.py", "--messages", 500, *words)


def talk():
    for peers in SIZES:
        for rate in (50, 200, 1_000):
            yield from room(peers, "--rate", rate)


def fan_out():
    for peers in SIZES:
        yield from room(peers, *FAN_OUT)
    yield from brokers()


def far():
    for peers in SIZES:
        # A side for the server and one for each.
        yield from apart(peers + 1, 20, "room", "--peers", peers, "--processes", peers, "--json", *FAN_OUT)
    yield from brokers("--delay-ms", 20)


def joins():
    for peers in (10, 100, 990):
        yield from apart(2, 20, "room", "--peers", peers, "--visits", 11, "--seconds", 0, "--json")


def thousand():
    yield from room(1_000, "--speakers", 20, "--rate", 0.5, "--warming", 20, "--seconds", 60, "--idle", 60)


def loss():
    for part in (0, 0.02, 0.1):
        for figure in apart(2, 5, "--runs", 1, "--seconds", 20, "echo", loss=part):
            yield {**figure, "loss": part}


SCENARIOS = {"talk": talk, "fan-out": fan_out, "far": far, "joins": joins, "thousand": thousand, "loss": loss}


class Parser(argparse.ArgumentParser):

    def print_help(self, file=None):
        """Standard output is for figures."""
        super().print_help(sys.stderr)


def main():
    parser = Parser(prog="scripts/bench rooms", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", default=list(SCENARIOS))
    wanted = parser.parse_args().scenarios
    unknown = set(wanted) - set(SCENARIOS)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    for name in wanted:
        for figure in SCENARIOS[name]():
            print(json.dumps({"scenario": name, **figure}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
