"""scripts/demo and scripts/run, as they stand, with the programs that were built."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import event_schema
import harness
from terminal import Terminal

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"


class ScriptTest(unittest.TestCase):

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="parlor-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)


class DemoTest(ScriptTest):

    def test_prints_what_three_people_saw(self):
        path = f"{harness.BIN}:{os.environ['PATH']}"
        completed = subprocess.run([*harness.MORTAL, SCRIPTS / "demo"], capture_output=True, text=True,
                                   stdin=subprocess.DEVNULL, timeout=4 * harness.DEADLINE,
                                   env={**harness.environment(TMPDIR=str(self.folder)), "PATH": path})
        self.assertEqual((0, ""), (completed.returncode, completed.stderr), completed.stdout)
        _, *sections = completed.stdout.split("\nWhat ")
        saw = {}
        for section in sections:
            title, *lines = section.strip().splitlines()
            saw[title.removesuffix(" saw:")] = [json.loads(line) for line in lines]
        self.assertEqual(["ann", "bob", "cem"], list(saw))
        schema = event_schema.EventSchema.load()
        self.assertEqual([], [v for events in saw.values() for event in events for v in schema.violations(event)])
        heard = {name: [event["text"] for event in events if event["event"] == "message"]
                 for name, events in saw.items()}
        welcome, private, away = ("Welcome to tea, both of you.", "Between us: lovely biscuits.",
                                  "The server is gone, and we still talk.")
        self.assertEqual({"ann": [private, away], "bob": [welcome, away], "cem": [welcome]}, heard)
        for events in saw.values():
            self.assertIn("down", [event["state"] for event in events if event["event"] == "services"])
        self.assertEqual([], list(self.folder.iterdir()), "it leaves something behind")


class RunTest(ScriptTest):
    """The part after the build: the script runs in a checkout whose dependencies and build are there already."""

    def setUp(self):
        super().setUp()
        (self.folder / "scripts").mkdir()
        (self.folder / "build/release").mkdir(parents=True)
        (self.folder / "build/release/bin").symlink_to(harness.BIN)
        shutil.copy(SCRIPTS / "run", self.folder / "scripts")
        for name in ("deps", "build", "quiet-build"):
            script = self.folder / "scripts" / name
            script.write_text("#!/bin/sh\n")
            script.chmod(0o755)
        self.address = f"127.0.0.1:{harness.free_port()}"

    def run_script(self):
        terminal = Terminal(None, argv=(str(self.folder / "scripts/run"),), PARLOR_LISTEN=self.address,
                            PARLOR_ADMIN="127.0.0.1:0")
        self.addCleanup(terminal.end)
        terminal.wait_for(f"parlor register NAME --server 'parlor://{self.address}/#")
        return terminal

    def quit(self, terminal):
        terminal.enter(":quit")
        self.assertEqual(0, terminal.wait())
        healthcheck = subprocess.run([harness.PARLORD, "--data", str(self.folder / ".parlor/server"), "healthcheck"],
                                     capture_output=True, timeout=harness.DEADLINE, env=harness.environment())
        self.assertNotEqual(0, healthcheck.returncode, "the server outlives the chat")

    def test_a_server_and_a_chat_in_this_terminal(self):
        terminal = self.run_script()
        terminal.wait_for("Your name:")
        terminal.enter("alice")
        for prompt in ("Password for alice:", "The same again:"):
            terminal.wait_for(lambda screen: screen.line_at_cursor() == prompt)
            terminal.enter(harness.PASSWORD)
        terminal.wait_for("connected to the server")
        self.assertNotIn(harness.PASSWORD, terminal.screen.text())
        terminal.enter(":create den")
        terminal.wait_for(lambda screen: screen.line_at_cursor() == "#den >")
        self.quit(terminal)
        # The next time it knows who this is, and where. The link is that of the server that runs now.
        (self.folder / ".parlor/link").write_text("parlor://a-link-of-before\n")
        again = self.run_script()
        again.wait_for(lambda screen: screen.line_at_cursor() == "#den >")
        self.assertNotIn("Your name", again.screen.text())
        self.quit(again)


if __name__ == "__main__":
    harness.main()
