#!/usr/bin/env python3
"""Every benchmark runs, with little to do, and prints whole figures: bench_test.py PARLOR_BENCH."""

import json
import re
import subprocess
import sys

# CPU is counted in ticks of 10 ms: 40 heartbeats may cost none, 400 do.
LITTLE = ["--runs", "1", "--seconds", "0.1", "--connections", "200", "--people", "10", "--idle-people",
          "200"]
FIELDS = {"benchmark": str, "name": str, "unit": str, "ours": float, "floor": float, "ratio": float, "goal": str,
          "held": bool, "runs": list, "detail": dict}

# No benchmarks: these have options of their own. broker and relay have tests of their own, too.
OTHER_COMMANDS = ("all", "overlay", "broker", "relay", "room")

# Prints one object of its own, with at least these; scripts go by them.
SIMULATED = {"peers": 60, "seed": 7, "missed": 0}
SIMULATED_TOO = {"redundancy": float, "last_hop": int}


def names(program):
    text = subprocess.run([program, "--help"], capture_output=True, text=True, check=True, timeout=30).stdout
    listed = re.findall(r"^  ([a-z][\w-]*) ", text.split("Subcommands:")[1], re.MULTILINE)
    return [name for name in listed if name not in OTHER_COMMANDS]


def check(figure):
    for field, kind in FIELDS.items():
        value = figure[field]
        if not isinstance(value, (int, float) if kind is float else kind):
            sys.exit(f"{field} is {value!r}: {figure}")
    if figure["ours"] <= 0:
        sys.exit(f"nothing was measured: {figure}")
    if figure["floor"] > 0 and figure["ratio"] <= 0:
        sys.exit(f"no ratio to the floor: {figure}")


def check_simulator(program):
    arguments = ["overlay", "--peers", "60", "--seed", "7", "--messages", "20", "--json"]
    run = subprocess.run([program, *arguments], stdout=subprocess.PIPE, text=True, check=True, timeout=60)
    outcome = json.loads(run.stdout.splitlines()[-1])
    for field, value in SIMULATED.items():
        if outcome[field] != value:
            sys.exit(f"{field} is not {value}: {outcome}")
    for field, kind in SIMULATED_TOO.items():
        if not isinstance(outcome[field], kind):
            sys.exit(f"{field} is {outcome[field]!r}: {outcome}")


# Of a room with real clients: whoever looks at the table trusts that nothing is lost in it.
PEOPLE = ["room", "--peers", "6", "--processes", "2", "--warming", "0.2", "--idle", "0.2", "--json"]


def check_room(program):
    def outcome(*words):
        run = subprocess.run([program, *PEOPLE, *words], stdout=subprocess.PIPE, text=True, check=True, timeout=60)
        return json.loads(run.stdout.splitlines()[-1])

    talk = outcome("--rate", "50", "--seconds", "1")
    for field in ("lost", "twice", "disordered", "refused"):
        if talk[field] != 0:
            sys.exit(f"{field}: {talk}")
    # A second of fifty, give or take a tick and a busy machine; each speaker's are heard by five others.
    if not 20 <= talk["said"] <= 60 or not 0 < talk["last_p50_ms"] <= talk["last_max_ms"] or talk["speakers"] != 6:
        sys.exit(f"nobody talks so: {talk}")
    visits = outcome("--visits", "2", "--seconds", "0")["visits"]
    if not 0 < visits["entered_ms"] <= visits["linked_ms"] <= visits["heard_ms"]:
        sys.exit(f"nobody visits so: {visits}")


def main():
    program = sys.argv[1]
    check_simulator(program)
    check_room(program)
    run = subprocess.run([program, *LITTLE, "all"], stdout=subprocess.PIPE, text=True, check=True)
    figures = [json.loads(line) for line in run.stdout.splitlines()]
    for figure in figures:
        check(figure)
    silent = set(names(program)) - {figure["benchmark"] for figure in figures}
    if silent:
        sys.exit(f"no figure came from {', '.join(sorted(silent))}")
    print(f"{len(figures)} figures")


if __name__ == "__main__":
    main()
