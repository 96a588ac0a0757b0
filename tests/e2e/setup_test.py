#!/usr/bin/env python3
"""parlor-setup, and services that start with what it made and nothing else."""

import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import harness
from services import Service

SETUP = harness.BIN / "parlor-setup"


class SetupTest(unittest.TestCase):

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="parlor-setup-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.secrets = self.folder / "secrets"

    def run_setup(self, *words, code=0, **variables):
        completed = subprocess.run([SETUP, *map(str, words)], capture_output=True, text=True, check=False,
                                   timeout=harness.DEADLINE, env=harness.environment(**variables))
        self.assertEqual(code, completed.returncode, completed)
        return completed.stdout if code == 0 else completed.stderr

    def make(self):
        self.run_setup("secrets", "--directory", self.secrets)

    def link(self, *words, **variables):
        return self.run_setup("link", "--root", self.secrets / "public" / "root.pem", *words, **variables).strip()

    def test_services_start_with_what_it_made(self):
        self.make()
        tls = ("--tls-chain", "service/service.pem", "--tls-key", "service/service.key", "--tls-root", "service/root.pem")
        tls = [str(self.secrets / word) if "/" in word else word for word in tls]
        auth = Service(self.folder, "parlor-auth", *tls, "--database", str(self.folder / "auth.db"),
                       "--keys", str(self.folder / "auth-keys"), "--people-ca", str(self.secrets / "people-ca/people-ca.pem"),
                       "--people-ca-key", str(self.secrets / "people-ca/people-ca.key"))
        self.addCleanup(auth.end)
        auth.start().wait_until_ready()
        rooms = Service(self.folder, "parlor-rooms", *tls, "--database", str(self.folder / "rooms.db"),
                        "--keys", str(self.folder / "rooms-keys"), "--auth", auth.address)
        self.addCleanup(rooms.end)
        rooms.start().wait_until_ready()
        # A person's program finds the server that the link names, and takes its word for nothing.
        _, port = auth.address.rsplit(":", 1)
        person = harness.Person(self.folder, "alice").register(self.link("--public", f"127.0.0.1:{port}"))
        self.assertTrue((person.home / "account.json").exists())

    def test_the_link_is_of_the_server_and_the_address(self):
        self.make()
        server_id = (self.secrets / "public" / "server-id").read_text().strip()
        self.assertRegex(server_id, r"^[a-z2-7]{52}$")
        self.assertEqual(f"parlor://localhost:7447/#{server_id}", self.link())
        self.assertEqual(f"parlor://chat.example:7000/#{server_id}", self.link("--public", "Chat.Example:7000"))
        self.assertEqual(f"parlor://chat.example:8000/#{server_id}",
                         self.link(PARLOR_PUBLIC="chat.example", PARLOR_PUBLIC_PORT="8000"))
        self.make()
        self.assertEqual(f"parlor://localhost:7447/#{server_id}", self.link(), "a second run made another server")

    def test_what_it_cannot_do_it_says(self):
        self.assertIn("--directory is required", self.run_setup("secrets", code=2))
        self.assertIn("subcommand is required", self.run_setup(code=2))
        self.assertIn("none.pem", self.run_setup("link", "--root", self.folder / "none.pem", code=1))
        self.make()
        (self.secrets / "authority" / "trust" / "services-ca.key").unlink()
        said = self.run_setup("secrets", "--directory", self.secrets, code=1)
        self.assertRegex(said, re.compile(r"services-ca\.key is missing: bring it back from a backup"))


if __name__ == "__main__":
    harness.main()
