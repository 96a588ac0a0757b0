"""What processes use: processor time and memory, of a process with all its children."""

import os
import pathlib
import time

import postgres


def family(pid):
    found = [pid]
    for child in postgres.children_of(pid):
        found += family(child)
    return found


def _cpu_seconds(pid):
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0  # it has ended meanwhile
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid):
    """What is its own, shared memory (PostgreSQL's buffers) counted once: proportional set size."""
    total = 0
    for each in family(pid):
        for line in pathlib.Path(f"/proc/{each}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


class Meter:
    """Processor time from now on, by name: `pids` are those of whole families."""

    def __init__(self, pids):
        self._pids = pids
        self._began = time.monotonic()
        self._before = {name: self._sum(pid) for name, pid in pids.items()}

    @staticmethod
    def _sum(pid):
        return sum(_cpu_seconds(each) for each in family(pid))

    def percent_of_a_core(self):
        seconds = time.monotonic() - self._began
        return {name: round(100 * (self._sum(pid) - self._before[name]) / seconds, 2)
                for name, pid in self._pids.items()}
