#!/usr/bin/env python3
"""bench/net: namespaces, and the relay between them that delays and loses packets."""

import os
import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "bench/net"), str(ROOT / "tests/e2e")]

import harness  # noqa: E402
import namespaces  # noqa: E402

# Says how many milliseconds each of ten round trips took.
ASKS = """
import socket, sys, time
asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(10):
    began = time.monotonic()
    asking.sendto(b"?", (sys.argv[1], 9))
    asking.recv(9)
    print(1000 * (time.monotonic() - began))
"""
ANSWERS = """
import socket, sys
answering = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
answering.bind((sys.argv[1], 9))
print("ready", flush=True)
while True:
    said, whom = answering.recvfrom(9)
    answering.sendto(said, whom)
"""
# No more than a socket's buffer holds. Of the goodbyes one comes through.
COUNTS = """
import socket, sys
sending = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for number in [*range(200), *["end"] * 20]:
    sending.sendto(str(number).encode(), (sys.argv[1], 9))
"""
LISTENS = """
import socket, sys
listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
listening.bind((sys.argv[1], 9))
print("ready", flush=True)
while (said := listening.recv(9)) != b"end":
    print(said.decode())
"""


class NetworkTest(unittest.TestCase):

    def network(self, *arguments, **options):
        why = namespaces.missing()
        if why:
            harness.skip(self, "netns", why)
        network = namespaces.Network(*arguments, **options)
        self.addCleanup(network.end)
        return network

    def begin(self, network, side, code):
        process = subprocess.Popen([*network.enter(side), *harness.MORTAL, sys.executable, "-c", code, network.address(side)],
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(namespaces.end, process)
        self.assertEqual(process.stdout.readline(), "ready\n")
        return process

    def run_in(self, network, side, code, address):
        return subprocess.run([*network.enter(side), *harness.MORTAL, sys.executable, "-c", code, address], text=True,
                              stdout=subprocess.PIPE, check=True, timeout=harness.DEADLINE).stdout.split()

    def test_every_packet_takes_its_time_between_any_two_sides(self):
        network = self.network(sides=3, delay_ms=20)
        for here, there in ((0, 1), (1, 2), (2, 0)):
            self.begin(network, there, ANSWERS)
            times = [float(time) for time in self.run_in(network, here, ASKS, network.address(there))]
            self.assertEqual(len(times), 10)
            self.assertGreaterEqual(min(times), 40)
        counts = network.end()
        self.assertEqual((counts["forwarded"], counts["lost"], counts["overflow"], counts["refused"]), (60, 0, 0, 0))

    def survivors(self, seed):
        network = self.network(loss=0.2, seed=seed)
        listener = self.begin(network, 1, LISTENS)
        self.run_in(network, 0, COUNTS, network.address(1))
        came = listener.communicate(timeout=harness.DEADLINE)[0].split()
        network.end()
        return came

    def test_the_seed_says_who_is_lost(self):
        came = self.survivors(5)
        self.assertTrue(120 < len(came) < 195, len(came))
        self.assertEqual(came, sorted(came, key=int), "they keep their order")
        self.assertEqual(came, self.survivors(5))
        self.assertNotEqual(came, self.survivors(6))

    def test_nothing_stays_behind(self):
        network = self.network()
        pids = [process.pid for process in network._processes]
        self.assertEqual(len(pids), 3)
        network.end()
        self.assertFalse([pid for pid in pids if os.path.exists(f"/proc/{pid}")])

    def test_devices_are_not_made_in_the_namespace_of_whoever_starts_it(self):
        self.network()
        self.assertFalse([name for name in os.listdir("/sys/class/net") if name.startswith("side")])


if __name__ == "__main__":
    harness.main()
