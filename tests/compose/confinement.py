"""What compose.yaml promises of its containers, looked at from outside: a part of stack_test.py, which starts them."""

import json
import re

import engine
import guesser
import harness
import stack


class Confinement:
    """Needs `server`, a stack that runs, and `folder`."""

    def test_a_second_up_changes_nothing(self):
        before, link = sorted(self.server.containers(*stack.REPLICAS)), self.server.link
        self.server.up()
        self.assertEqual(before, sorted(self.server.containers(*stack.REPLICAS)))
        self.assertEqual(link, self.server.link)

    def test_as_many_as_are_said(self):
        for service, replicas in stack.REPLICAS.items():
            self.assertEqual(replicas, len(self.server.containers(service)), service)

    def test_containers_are_confined(self):
        for container in engine.inspect("container", self.server.containers()):
            name, host = container["Name"], container["HostConfig"]
            with self.subTest(container=name):
                self.assertTrue(host["ReadonlyRootfs"])
                self.assertEqual(["ALL"], host["CapDrop"])
                self.assertIn("no-new-privileges:true", host["SecurityOpt"])
                self.assertFalse(host["Privileged"])
                self.assertTrue(host["Memory"] and host["PidsLimit"])
                self.assertEqual({"max-size": "10m", "max-file": "3"}, host["LogConfig"]["Config"])
                if container["Config"]["Labels"]["com.docker.compose.oneoff"] == "False":
                    self.assertEqual("unless-stopped", host["RestartPolicy"]["Name"])
                if "postgres_1" not in name.replace("-", "_"):
                    self.assertFalse(host["CapAdd"])

    def test_nothing_runs_as_root(self):
        for container in self.server.containers():
            users = engine.docker("top", container, "-o", "uid,pid,args").splitlines()[1:]
            self.assertTrue(users)
            self.assertFalse([line for line in users if line.split()[0] == "0"], container)

    def test_the_root_file_system_cannot_be_written(self):
        for service in ("auth", "presence", "rooms"):
            said = engine.fails("exec", self.server.container(service), "sh", "-c", ": >/usr/local/bin/new")
            self.assertIn("Read-only file system", said)

    def test_secrets_are_only_where_they_are_read(self):
        secrets = self.secrets()
        self.assertEqual({"password", "pgpass", "root.key", "services-ca.key", "people-ca.key", "service.key"}, set(secrets))
        shown = json.dumps(engine.inspect("container", self.server.containers(all=True)) + engine.inspect(
            "image", map(engine.image, engine.TARGETS))) + self.server.compose("config") + self.server.compose("logs")
        for name, secret in secrets.items():
            for line in secret.split("\n")[1:-2] or [secret.strip()]:
                self.assertNotIn(line, shown, name)
        self.assertNotIn("PRIVATE KEY", shown)

    def secrets(self):
        """What init made, read as nobody but an administrator of the engine can."""
        found = {}
        for volume, names in {"authority": ("trust/root.key", "trust/services-ca.key"), "people-ca": ("people-ca.key",),
                              "service-certificate": ("service.key",), "database-password": ("pgpass",),
                              "postgres-password": ("password",)}.items():
            for name in names:
                found[name.rsplit("/", 1)[-1]] = engine.docker(
                    "run", "--rm", "--network", "none", "-v", f"{self.server.project}_{volume}:/secrets:ro",
                    "--entrypoint", "cat", engine.image("setup"), f"/secrets/{name}")
        return found

    def test_everybody_has_the_volumes_they_need(self):
        readers = {}
        for container in engine.inspect("container", self.server.containers(all=True)):
            service = container["Config"]["Labels"]["com.docker.compose.service"]
            for mount in container["Mounts"]:
                if mount["Type"] == "volume":
                    volume = mount["Name"].removeprefix(f"{self.server.project}_")
                    readers.setdefault(volume, set()).add((service, mount["RW"]))
        self.assertEqual({("init", True)}, readers["authority"])
        self.assertEqual({("init", True), ("auth", False)}, readers["people-ca"])
        self.assertEqual({("init", True), *((name, False) for name in ("auth", "rooms", "presence", "gateway"))},
                         readers["service-certificate"])
        self.assertEqual({("init", True), *((name, False) for name in ("auth", "rooms", "presence"))},
                         readers["database-password"])
        self.assertEqual({("init", True), ("postgres", False), ("postgres-exporter", False)}, readers["postgres-password"])

    def test_services_are_not_the_databases_superuser(self):
        def ask(query):
            return engine.docker("exec", self.server.container("postgres"), "psql", "-U", "postgres", "-d", "parlor", "-Atc",
                                 query).splitlines()

        self.assertEqual(["postgres"], ask("SELECT rolname FROM pg_authid WHERE rolsuper"))
        self.assertEqual(["parlor"], ask("SELECT rolname FROM pg_authid WHERE rolpassword IS NOT NULL"))
        self.assertEqual(["parlor"], ask("SELECT DISTINCT usename FROM pg_stat_activity WHERE client_addr IS NOT NULL"))

    def test_the_gateway_reaches_no_database(self):
        gateway, postgres = (engine.inspect("container", [self.server.container(name)])[0] for name in ("gateway", "postgres"))
        self.assertFalse(set(gateway["NetworkSettings"]["Networks"]) & set(postgres["NetworkSettings"]["Networks"]))
        (address,) = [network["IPAddress"] for network in postgres["NetworkSettings"]["Networks"].values()]
        for name in ("postgres", address):
            engine.fails("exec", gateway["Id"], "timeout", "3", "bash", "-c", f"exec 3<>/dev/tcp/{name}/5432")

    def test_callers_are_known_by_their_address_and_cannot_choose_it(self):
        if guesser.MISSING is not None:
            harness.skip(self, "grpcio", guesser.MISSING)
        root = engine.docker("run", "--rm", "-v", f"{self.server.project}_public:/public:ro", "--entrypoint", "cat",
                             engine.image("setup"), "/public/root.pem")
        codes = guesser.guess(self.server.port, self.server.link.rsplit("#", 1)[1], root, 250)
        # 200 guesses are free for an address: whoever could make addresses up would never be slowed down.
        self.assertEqual({"UNAUTHENTICATED", "RESOURCE_EXHAUSTED"}, set(codes))
        stack.Guest(self.server, self.folder, "gina").register()  # elsewhere nobody notices
        auth = self.server.container("auth")
        engine.docker("restart", auth)  # forgets who guessed
        self.server.wait_until_healthy(auth)

    def test_one_port_is_open_to_everybody(self):
        ports = {}
        for container in engine.inspect("container", self.server.containers()):
            for bindings in container["NetworkSettings"]["Ports"].values():
                for binding in bindings or ():
                    ports.setdefault(binding["HostIp"], set()).add(binding["HostPort"])
        self.assertEqual({str(self.server.port)}, ports.pop("0.0.0.0") | ports.pop("::", set()))
        self.assertEqual({"127.0.0.1"}, set(ports))

    def test_services_have_no_way_out(self):
        for network in engine.inspect("network", engine.docker(
                "network", "ls", "-q", "--filter", f"label=com.docker.compose.project={self.server.project}").split()):
            name = network["Labels"]["com.docker.compose.network"]
            self.assertEqual(name in ("services", "database", "metrics"), network["Internal"], name)

    def test_what_it_mounts_of_the_checkout_is_there(self):
        """Docker makes a folder of what is not: Grafana, which is not started here, would come up with nothing."""
        mounts = re.findall(r"- \./([^:]+):([^:]+):ro$", (engine.ROOT / "compose.yaml").read_text(), re.M)
        self.assertGreaterEqual(len(mounts), 5)
        for source, _ in mounts:
            self.assertTrue((engine.ROOT / source).exists(), source)
        home = re.search(r"HOME_DASHBOARD_PATH: (\S+)", (engine.ROOT / "compose.yaml").read_text())[1]
        folder, name = home.rsplit("/", 1)
        self.assertTrue((engine.ROOT / dict(map(reversed, mounts))[folder] / name).is_file(), home)

    def test_prometheus_sees_every_replica(self):
        expected = sorted(["auth", "postgres"] + ["presence"] * 2 + ["rooms"] * 2)

        def well():
            targets = self.server.ask_prometheus("targets?state=active")["activeTargets"]
            jobs = [(target["labels"]["job"], target["health"]) for target in targets]
            return sorted(job for job, health in jobs if job in expected and health == "up") == expected

        harness.wait_until(well, "all targets are up")
