#!/usr/bin/env python3
"""docs/operations.md lists exactly the settings and commands of the programs, as their --help shows them.

A table belongs to the programs, or their subcommands, in the comment above it:

    <!-- flags: parlord; parlor-auth -->            | flag | variable | default | meaning |
    <!-- commands: parlord admin; parlor-auth admin -->          | command | meaning |

A program's flags may be spread over several tables. A meaning begins with the words of --help and may go on.
Reads the programs in PARLOR_BIN.
"""

import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

PROGRAMS = ("parlord", "parlor-auth", "parlor-presence", "parlor-rooms", "parlor-setup")
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
NONE = "–"  # in a cell: no variable, no default

OPTION = re.compile(r"  (?:-\w,)?--(?P<name>[\w-]+)(?: (?!\(Env)[A-Z]+)?(?: REQUIRED)?(?:=(?P<default>\S+))?(?: \.\.\.)?"
                    r"(?: \(Env:(?P<variable>\w+)\))?(?:\s+(?P<meaning>.*))?$")
COMMAND = re.compile(r"  (?P<name>[a-z][\w-]*)\s+(?P<meaning>.*)$")
USAGE = re.compile(r"Usage: .*? \[OPTIONS\](?P<arguments>.*)$")


def help_text(path):
    """What `program subcommand … --help` prints, unmoved by settings in this environment."""
    program, *subcommands = path.split()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PARLOR_")}
    executable = Path(os.environ["PARLOR_BIN"]) / program
    if not executable.exists():
        sys.exit(f"{executable} is not there: build it first, or set PARLOR_BIN to where the programs are")
    command = [str(executable), *subcommands, "--help"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60).stdout


def section(text, title):
    """Lines under `title:`, each continued line joined to its first."""
    lines = []
    inside = False
    for line in text.splitlines():
        if not line.startswith(" "):
            inside = line == f"{title}:"
        elif inside and line.startswith("   "):
            lines[-1] += " " + line.strip()
        elif inside:
            lines.append(line)
    return lines


def parse(pattern, line):
    match = pattern.match(line)
    if match is None:
        sys.exit(f"this test does not understand the line of --help: {line!r}")
    return match


def read_program(path, flags, commands):
    """Collects flags and commands of `path` and of all subcommands below it."""
    text = help_text(path)
    for line in section(text, "Options"):
        option = parse(OPTION, line)
        if option["name"] != "help":
            default = option["default"] if option["default"] not in (None, "[]") else NONE
            flags[path]["--" + option["name"]] = (option["variable"] or NONE, default, option["meaning"] or "")
    for line in section(text, "Subcommands"):
        command = parse(COMMAND, line)
        below = f"{path} {command['name']}"
        usage = next(found for found in map(USAGE.match, help_text(below).splitlines()) if found)
        arguments = re.sub(r"\[?SUBCOMMAND\]?", "", usage["arguments"]).strip()
        commands[path][f"{command['name']} {arguments}".strip()] = (command["meaning"],)
        read_program(below, flags, commands)


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def read_document(text):
    """The tables below the comments, as read_program collects the programs."""
    found = {"flags": defaultdict(dict), "commands": defaultdict(dict)}
    problems = []
    marker = None
    for line in text.splitlines():
        comment = re.match(r"<!-- (flags|commands): (.*) -->$", line)
        if comment:
            marker = (found[comment[1]], [path.strip() for path in comment[2].split(";")])
        elif marker and line.startswith("| `"):
            name, *rest = cells(line)
            row = tuple(cell if i + 1 == len(rest) else cell.strip("`") for i, cell in enumerate(rest))
            for path in marker[1]:
                if name.strip("`") in marker[0][path]:
                    problems.append(f"{path}: {name} stands there twice")
                marker[0][path][name.strip("`")] = row
        elif marker and line and not line.startswith("|"):
            marker = None
    return found, problems


def same(documented, real):
    *documented_values, documented_meaning = documented
    *real_values, meaning = real
    plain = documented_meaning.replace("`", "").lower()
    return documented_values == real_values and plain.startswith(meaning.replace("`", "").lower())


def compare(documented, real):
    problems = []
    for path in sorted(set(documented) | set(real)):
        here, there = documented.get(path, {}), real.get(path, {})
        for name in sorted(set(here) | set(there)):
            if name not in here:
                problems.append(f"{path}: {name} is missing: {there[name]}")
            elif name not in there:
                problems.append(f"{path}: {name} is documented, and does not exist")
            elif not same(here[name], there[name]):
                problems.append(f"{path}: {name} is documented as {here[name]}, --help says {there[name]}")
    return problems


def main():
    flags, commands = defaultdict(dict), defaultdict(dict)
    for program in PROGRAMS:
        read_program(program, flags, commands)
    documented, problems = read_document(DOCUMENT.read_text(encoding="utf-8"))
    problems += compare(documented["flags"], flags)
    problems += compare(documented["commands"], commands)
    for problem in problems:
        print(f"docs/operations.md: {problem}")
    count = sum(len(of_path) for of_path in flags.values())
    print(f"{count} flags of {len(PROGRAMS)} programs, {len(problems)} differences")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
