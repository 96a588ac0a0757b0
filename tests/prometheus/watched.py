"""Separate services, two replicas of presence and of rooms among them, people, and what watches all of it."""

import monitoring  # first: it says where the others are
import gateway
import harness
import postgres
import services


class WatchedTest(harness.EndToEndTest):

    def make_server(self):
        return services.SeparateServices(self.folder, replicas=2)

    def setUp(self):
        for what, why in (("prometheus", monitoring.missing()), ("postgres", postgres.missing()),
                          ("grpcio", gateway.MISSING)):
            if why is not None:
                harness.skip(self, what, why)
        super().setUp()
        self.alice, self.bob, self.carol = [self.person(name) for name in ("alice", "bob", "carol")]
        self.meet(self.alice, self.bob, self.carol)
        database = self.server.postgres
        exporter = self.keep(monitoring.PostgresExporter(
            self.folder, f"postgresql://parlor@127.0.0.1:{database.port}/auth?sslmode=disable"))
        alertmanager = self.keep(monitoring.Alertmanager(self.folder))
        targets = {job: [replica.admin for replica in self.server.of(f"parlor-{job}")]
                   for job in ("auth", "presence", "rooms")}
        targets.update(postgres=[exporter.address], alertmanager=[alertmanager.address])
        self.prometheus = self.keep(monitoring.Prometheus(self.folder, targets))
        for daemon in (exporter, alertmanager, self.prometheus):
            daemon.wait_until_ready()
        harness.wait_until(lambda: all(health == "up" for health, _ in self.prometheus.targets().values()),
                           "everything is scraped", 2 * harness.DEADLINE)

    def alerts(self, *states):
        """Names of the alerts in one of these states: pending, firing."""
        return {rule["name"] for rule in self.prometheus.rules() if rule.get("state") in states}
