"""`parlor --metrics-file`: what a client counts of itself, for the node exporter's textfile collector."""

import pathlib
import re
import shutil
import subprocess

import harness

SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")


class MetricsFileTest(harness.EndToEndTest):

    def setUp(self):
        super().setUp()
        self.path = self.folder / "alice.prom"
        self.alice = self.person("alice", online=False).start("--metrics-file", str(self.path))
        self.bob = self.person("bob")

    def metrics(self):
        """By name and the labels beside `client`."""
        values = {}
        for line in self.path.read_text().splitlines():
            if line.startswith("#"):
                continue
            name, labels, value = SAMPLE.match(line).groups()
            labels = labels.split(",")
            self.assertIn('client="alice"', labels)
            labels.remove('client="alice"')
            values[(name, *labels)] = float(value)
        return values

    def wait_for(self, what, value):
        key = (what,) if isinstance(what, str) else what
        harness.wait_until(lambda: self.metrics().get(key) == value, f"{key} is {value}")

    @staticmethod
    def messages(event, to):
        return ("parlor_client_messages_total", f'event="{event}"', f'to="{to}"')

    def test_it_tells_what_happens(self):
        self.wait_for("parlor_client_services_up", 1)
        self.alice.befriend(self.bob)
        self.meet(self.alice, self.bob)
        self.assertDelivered(self.alice, self.bob, "@bob", "to you")
        self.assertDelivered(self.alice, self.bob, "#den", "to all")
        self.assertDelivered(self.bob, self.alice, "#den", "and back")
        self.wait_for(("parlor_client_links", 'transport="tcp"', 'path="direct"'), 1)
        self.wait_for("parlor_client_rooms", 1)
        self.wait_for(self.messages("delivered", "person"), 2)  # the request's text is one
        self.wait_for(self.messages("delivered", "room"), 1)
        self.wait_for(self.messages("received", "room"), 1)
        self.wait_for("parlor_client_outbox", 0)
        now = self.metrics()
        self.assertGreaterEqual(now[("parlor_client_link_rtt_seconds_count",)], 1)
        self.assertGreaterEqual(now[("parlor_client_store_seconds_count",)], 4)
        self.assertGreaterEqual(now[("parlor_client_loop_lag_seconds_count",)], 1)
        self.assertGreater(now[("parlor_client_process_resident_memory_bytes",)], 1e6)
        self.assertEqual(0, now[("parlor_client_services_lost_total",)])

        self.bob.kill()
        self.alice.do("send", target="@bob", text="when you are back")
        self.wait_for("parlor_client_outbox", 1)
        self.server.stop()
        self.wait_for("parlor_client_services_up", 0)
        self.wait_for("parlor_client_services_lost_total", 1)
        labels = " ".join(" ".join(labels) for _, *labels in self.metrics())
        for private in ("bob", "den", "to you", "127.0.0.1"):
            self.assertNotIn(private, labels)

        self.alice.quit()
        self.assertEqual(0, self.metrics()[("parlor_client_running",)])

    def test_the_user_guide_lists_what_is_in_it(self):
        self.wait_for("parlor_client_running", 1)
        self.alice.ask("join", room="nowhere")  # an error that is told
        harness.wait_until(lambda: any(name == "parlor_client_errors_total" for name, *_ in self.metrics()),
                           "the error is counted")
        there = {re.sub("_(bucket|count|sum)$", "", name) for name, *_ in self.metrics()}
        there = {"parlor_client_process_" if name.startswith("parlor_client_process_") else name for name in there}
        guide = (pathlib.Path(__file__).parents[2] / "docs" / "user-guide.md").read_text()
        self.assertEqual(there, set(re.findall(r"`(parlor_\w+)\*?`", guide)))

    def test_prometheus_reads_it(self):
        if shutil.which("promtool") is None:
            harness.skip(self, "prometheus", "Debian's package prometheus is not installed")
        self.wait_for("parlor_client_running", 1)
        done = subprocess.run(["promtool", "check", "metrics"], input=self.path.read_bytes(), capture_output=True,
                              timeout=harness.DEADLINE)
        self.assertEqual(0, done.returncode, done.stderr.decode())

    def test_one_that_cannot_be_written_is_told_at_once(self):
        result = self.bob.run("whoami")
        self.assertEqual(0, result.code, str(result))
        self.bob.quit()
        result = self.bob.run("contacts", "--metrics-file", self.folder / "nowhere" / "bob.prom")
        self.assertEqual(1, result.code, str(result))
        self.assertIn("--metrics-file", result.event("error")["message"])

    def test_one_that_stops_working_is_told_once_and_disturbs_nobody(self):
        place = self.folder / "place"
        place.mkdir()
        self.bob.quit()
        self.bob.variables = {"PARLOR_METRICS_FILE": str(place / "bob.prom")}
        self.bob.start()
        harness.wait_until(lambda: 'client="bob"' in (place / "bob.prom").read_text(), "the variable is heard")
        shutil.rmtree(place)
        self.bob.wait_for("warning", code="metrics")
        self.bob.befriend(self.alice)
        place.mkdir()
        harness.wait_until((place / "bob.prom").exists, "it is written again")
        self.assertEqual(1, len(self.bob.seen("warning", code="metrics")))


if __name__ == "__main__":
    harness.main()
