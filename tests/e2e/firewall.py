"""Packets that do not arrive: rules of this machine's firewall, which are gone with the test."""

import os
import subprocess

import harness


def why_none():
    """Why packets cannot be dropped here; None if they can."""
    try:
        done = subprocess.run(["nft", "list", "tables"], capture_output=True, timeout=harness.DEADLINE)
    except FileNotFoundError:
        return "Debian's package nftables is not installed"
    return None if done.returncode == 0 else done.stderr.decode().strip()


class Firewall:
    """A table of its own, while it is entered."""

    def __init__(self, name):
        self._table = f"parlor_{name}_{os.getpid()}"

    def __enter__(self):
        self._nft(f"add table inet {self._table}")
        self._nft(f"add chain inet {self._table} in {{ type filter hook input priority 0; }}")
        return self

    def __exit__(self, *_):
        self._nft(f"delete table inet {self._table}")

    def drop(self, match):
        """What comes in and fits, as nft says it: "udp dport 7000"."""
        self._nft(f"add rule inet {self._table} in {match} drop")

    @staticmethod
    def _nft(command):
        subprocess.run(["nft", *command.split()], check=True, timeout=harness.DEADLINE)
