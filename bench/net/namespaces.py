#!/usr/bin/env python3
"""Network namespaces that reach each other only over a slow and lossy network (parlor-bench relay).

    namespaces.py [--sides N] [--delay-ms D] [--loss PART] [--seed S] COMMAND [ARGUMENT…]

COMMAND runs outside of them and finds, for each side from 0 on, PARLOR_ADDRESS_0 (10.77.0.1, …), PARLOR_NETWORK_0, the file of
the namespace, and PARLOR_ENTER_0, the words that run a command inside: `$PARLOR_ENTER_0 ping -c 1 $PARLOR_ADDRESS_1`. Wants root.
The namespaces have no names: they are gone with the processes that hold them, however this one ends.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys

BIN = pathlib.Path(os.environ.get("PARLOR_BIN") or pathlib.Path(__file__).parents[2] / "build/release/bin").resolve()
MAX_SIDES = 200
PATIENCE = 10  # seconds, for a process that was asked to end

MORTAL = ("setpriv", "--pdeathsig", "KILL")
# A device keeps what the relay has not read yet; the kernel's default is 500 packets.
QUEUE = 5000


def missing():
    """Why there can be none on this machine; None if there can."""
    if os.geteuid() != 0:
        return "namespaces and TUN devices want root"
    absent = [name for name in ("ip", "nsenter", "setpriv", "unshare") if not shutil.which(name)]
    if absent:
        return f"there is no {', '.join(absent)}: install iproute2 and util-linux"
    return None if os.path.exists("/dev/net/tun") else "there is no /dev/net/tun: load the module tun"


def end(process):
    """By its id, and waited for."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


class Network:

    def __init__(self, sides=2, delay_ms=0, loss=0, seed=1):
        self._processes = []
        self._relay = None
        try:
            # Each says a word when it is in a namespace of its own: whoever entered earlier would be in this one.
            self._holders = [self._start("sh", "-c", "echo inside; exec cat >/dev/null") for _ in range(sides)]
            devices = [f"--side=side{side}={self.address(side)}" for side in range(sides)]
            self._relay = self._start(BIN / "parlor-bench", "relay", f"--delay-ms={delay_ms}", f"--loss={loss}",
                                      f"--seed={seed}", *devices)
            for side in range(sides):
                self._plug_in(side)
        except BaseException:
            self.end()
            raise

    def _start(self, *argv):
        process = subprocess.Popen([*MORTAL, "unshare", "--net", *map(str, argv)], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        self._processes.append(process)
        if not process.stdout.readline():
            raise RuntimeError(f"{argv[0]} did not start; see its message above")
        return process

    def _plug_in(self, side):
        """The relay's device, moved to where it belongs."""
        self._ip(self._relay, f"link set side{side} netns {self._holders[side].pid}")
        self._ip(self._holders[side], f"link set lo up\naddr add {self.address(side)}/24 dev side{side}\n"
                 # Without an address of IPv6, whose neighbours the kernel would look for where nobody answers.
                 f"link set side{side} up mtu 1500 txqueuelen {QUEUE} addrgenmode none")

    @staticmethod
    def _file(process):
        return f"/proc/{process.pid}/ns/net"

    def _inside(self, process):
        return ("nsenter", f"--net={self._file(process)}")

    def _ip(self, process, commands):
        subprocess.run([*self._inside(process), "ip", "-batch", "-"], input=commands, text=True, check=True)

    def enter(self, side):
        """The words before those of a command that is to run there; its process is the command's."""
        return self._inside(self._holders[side])

    def file(self, side):
        """Of the namespace, for setns(2)."""
        return self._file(self._holders[side])

    @staticmethod
    def address(side):
        return f"10.77.0.{side + 1}"

    def end(self):
        """Returns what became of the packets; None if it never ran."""
        counts = None
        if self._relay is not None and self._relay.poll() is None:
            self._relay.terminate()
            counts = json.loads(self._relay.stdout.readline() or "null")
        for process in self._processes:
            end(process)
        self._processes = []
        return counts


def number_of_sides(text):
    if not 2 <= int(text) <= MAX_SIDES:
        raise ValueError
    return int(text)


def main():
    parser = argparse.ArgumentParser(description="Runs a command beside namespaces on a slow and lossy network.")
    parser.add_argument("--sides", type=number_of_sides, default=2)
    parser.add_argument("--delay-ms", type=float, default=0, help="one way")
    parser.add_argument("--loss", type=float, default=0, help="part of the packets, each way")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND")
    options = parser.parse_args()
    if not options.command:
        parser.error("there is no command")
    why = missing()
    if why:
        sys.exit(f"namespaces.py: {why}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        network = Network(options.sides, options.delay_ms, options.loss, options.seed)
    except RuntimeError as error:
        sys.exit(f"namespaces.py: {error}")
    try:
        environment = dict(os.environ)
        for side in range(options.sides):
            environment[f"PARLOR_ADDRESS_{side}"] = network.address(side)
            environment[f"PARLOR_NETWORK_{side}"] = network.file(side)
            environment[f"PARLOR_ENTER_{side}"] = " ".join(network.enter(side))
        code = subprocess.run([*MORTAL, *options.command], env=environment).returncode
    finally:
        print(f"namespaces.py: packets: {json.dumps(network.end())}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
