#!/usr/bin/env python3
"""What breaks is seen: the alerts that are made for it are raised by what the programs that ship really say.

How long each has to last before it fires is tested in the rules' own tests. Here it is enough that they are pending.
"""

from watched import WatchedTest  # first: it says where the others are
import harness


class OutageTest(WatchedTest):

    def setUp(self):
        super().setUp()
        replicas = {"auth": 1, "presence": 2, "rooms": 2}
        harness.wait_until(lambda: replicas == {labels["job"]: value for labels, value in
                                                self.prometheus.query("job:replicas_up:count")}, "all replicas are counted")
        harness.wait_until(lambda: self.alerts("pending", "firing") == {"Watchdog"}, "all is well")

    def assertRaised(self, *names):
        """Whatever else is raised besides."""
        seen = set()

        def raised():
            seen.update(self.alerts("pending", "firing"))
            return set(names) <= seen
        try:
            harness.wait_until(raised, "alerts", 3 * harness.DEADLINE)
        except AssertionError as error:
            self.fail(f"{error}: {sorted(set(names) - seen)} of {sorted(names)}; seen: {sorted(seen)}")

    def test_a_replica_is_killed(self):
        presence, _ = self.server.of("parlor-presence")
        presence.kill()
        self.assertRaised("ParlorReplicaMissing", "ParlorLeaseExpired")

    def test_postgres_is_killed(self):
        self.server.postgres.kill()
        self.alice.ask("topic", room="den", topic="is anybody there?")
        self.assertRaised("PostgresDown", "ParlorDatabaseUnreachable", "ParlorLiveStale")
        self.server.postgres.start()
        harness.wait_until(lambda: self.alice.ask("topic", room="den", topic="back")["event"] == "done", "it is back")
        harness.wait_until(lambda: not self.alerts("pending", "firing") & {"PostgresDown", "ParlorLiveStale"},
                           "it is seen that it is back", 3 * harness.DEADLINE)

    def test_auth_is_killed(self):
        self.server.services["parlor-auth"].kill()
        self.assertRaised("ParlorServiceDown")


if __name__ == "__main__":
    harness.main()
