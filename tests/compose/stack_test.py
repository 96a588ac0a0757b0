#!/usr/bin/env python3
"""compose.yaml on a real engine: started, talked on, killed in parts, stopped, and gone without a trace.

Alice and bob are on this machine and come through the published port; carol and dave chat by `compose run client`.
"""

import concurrent.futures
import json
import pathlib
import shutil
import tempfile
import time

import engine
import guesser
import harness
import stack
from terminal import Terminal

OURS = ("auth", "rooms", "presence", "postgres-exporter")


class StackTest(harness.EndToEndTest):
    """One start for all tests; each leaves everybody linked, and all parts well."""

    @classmethod
    def setUpClass(cls):
        if engine.missing() is not None:
            return
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="parlor-compose-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        engine.build()
        cls.server = stack.Stack()
        cls.everybody = []
        cls.addClassCleanup(cls.end_people)
        cls.addClassCleanup(cls.check_nothing_is_left)  # goes first: with their containers guests end, too
        cls.start()

    @classmethod
    def start(cls):
        begin = time.monotonic()
        cls.server.up()
        up = time.monotonic()
        alice, bob = cls.welcome(harness.Person(cls.folder, name) for name in ("alice", "bob"))
        alice.must("create", room="den")
        bob.must("join", room="den")
        alice.wait_for("room", change="linked", user="bob")
        alice.do("send", target="#den", text="the first one")
        bob.wait_for("message", text="the first one")
        first = time.monotonic()
        print(f"stack: up in {up - begin:.1f} s, the first message after {first - begin:.1f} s")
        cls.start_to_first_message = first - begin
        cls.welcome(stack.Guest(cls.server, cls.folder, name) for name in ("carol", "dave"))

    @classmethod
    def welcome(cls, people):
        """Registered at once, as people are; started here, since a process ends with the thread that started it."""
        with concurrent.futures.ThreadPoolExecutor() as pool:
            registered = list(pool.map(lambda person: person.register(cls.server.link), people))
        cls.everybody += registered
        return [person.start() for person in registered]

    @classmethod
    def end_people(cls):
        for person in cls.everybody:
            person.end()
        if violations := [violation for person in cls.everybody for violation in person.events.violations]:
            raise AssertionError(f"lines that docs/schema does not allow: {violations}")

    @classmethod
    def check_nothing_is_left(cls):
        cls.server.end()
        left = cls.server.left()
        if left:
            raise AssertionError(f"left behind: {left}")

    def setUp(self):
        if (why := engine.missing()) is not None:
            harness.skip(self, "docker", why)
        self.alice, self.bob, self.carol, self.dave = self.everybody
        for guest in (self.carol, self.dave):
            guest.must("join", room="den")
        self.wait_until_linked()

    def wait_until_linked(self, *newcomers):
        people = (*self.everybody, *newcomers)
        for person in people:
            others = {other.name for other in people} - {person.name}
            harness.wait_until(lambda: self.linked(person) >= others, f"{person.name} is linked with {others}")

    @staticmethod
    def linked(person):
        members = person.must("who", room="den")["members"]
        return {member["user"] for member in members if member["state"] == "linked"}

    # ---- what people do

    def talk(self, tag):
        for sender, receiver in ((self.alice, self.bob), (self.carol, self.dave), (self.dave, self.alice)):
            self.assertDelivered(sender, receiver, "#den", f"{tag}: {sender.name} to all")
            for other in self.everybody:
                if other is not sender:
                    other.wait_for("message", text=f"{tag}: {sender.name} to all")

    def befriend(self, one, other):
        if not other.seen("message", **{"from": one.name, "text": "may I?"}):
            one.befriend(other)

    def check_newcomer(self, name):
        """Registers, logs in, enters, is heard: every service does its part."""
        newcomer = harness.Person(self.folder, name).register(self.server.link)
        self.addCleanup(newcomer.end)
        newcomer.start()
        newcomer.must("join", room="den")
        self.wait_until_linked(newcomer)
        self.assertDelivered(newcomer, self.carol, "#den", f"{name} is new")
        newcomer.quit()

    def test_people_talk(self):
        self.talk("all is well")
        for one, other in ((self.alice, self.bob), (self.carol, self.dave), (self.bob, self.carol)):
            self.befriend(one, other)
            self.assertDelivered(one, other, f"@{other.name}", f"from {one.name}, between us")
            self.assertDelivered(other, one, f"@{one.name}", f"from {other.name}, between us")
        self.check_newcomer("erin")

    def test_somebody_chats_on_a_terminal(self):
        def open_chat():
            variables = self.server.settings(PARLOR_PERSON="frida")
            opened = Terminal(None, argv=self.server.command("run", "--rm", "client"), **variables)
            self.addCleanup(opened.end)
            return opened

        terminal = open_chat()
        terminal.wait_for("Your name:")
        terminal.enter("frida")
        terminal.wait_for("Password for frida")
        terminal.enter(harness.PASSWORD)
        terminal.wait_for("The same again")
        terminal.enter(harness.PASSWORD)
        self.chat_on(terminal, "hello from a container")
        terminal = open_chat()  # who is known is asked nothing
        self.chat_on(terminal, "hello again")

    def chat_on(self, terminal, text):
        terminal.wait_for("connected to the server")
        terminal.enter(":join den")
        for person in self.everybody:
            harness.wait_until(lambda: "frida" in self.linked(person), f"{person.name} is linked with frida")
        terminal.enter(text)
        self.alice.wait_for("message", text=text, **{"from": "frida"})
        terminal.wait_for("delivered to")
        terminal.type_bytes(b"\x04")
        self.assertEqual(0, terminal.wait())

    def test_it_starts_soon(self):
        # The goal is 20 s; a machine that runs other tests beside may take longer.
        self.assertLess(self.start_to_first_message, 60)

    # ---- parts die

    def check_killed(self, container):
        self.befriend(self.alice, self.dave)
        engine.docker("kill", container)
        self.talk("while a part is away")
        self.assertDelivered(self.alice, self.dave, "@dave", "between us, while a part is away")
        engine.docker("start", container)
        self.server.wait_until_healthy(container)
        self.wait_until_linked()
        self.talk("after it came back")

    def test_a_replica_of_presence_is_killed(self):
        since = [person.mark() for person in self.everybody]
        self.check_killed(self.server.container("presence"))
        self.wait_until_services_are_up()
        for person, mark in zip(self.everybody, since):
            self.assertEqual([], person.seen("room", mark, change="left"))
        self.check_newcomer("friend-of-presence")

    def test_a_replica_of_rooms_is_killed(self):
        self.check_killed(self.server.container("rooms"))
        self.check_newcomer("friend-of-rooms")

    def test_one_replica_serves_everybody(self):
        """Nobody waits for the others to come back."""
        lost = [self.server.container(service) for service in ("presence", "rooms")]
        engine.docker("kill", *lost)
        try:
            self.wait_until_services_are_up()
            self.check_newcomer("friend-of-one")
        finally:
            engine.docker("start", *lost)
        for container in lost:
            self.server.wait_until_healthy(container)
        self.wait_until_linked()

    def test_auth_is_killed(self):
        self.check_killed(self.server.container("auth"))
        self.check_newcomer("friend-of-auth")

    def test_postgres_is_killed(self):
        self.check_killed(self.server.container("postgres"))
        self.wait_until_all_are_well()
        self.check_newcomer("friend-of-postgres")

    def test_the_gateway_is_killed(self):
        since = [person.mark() for person in self.everybody]
        gateway = self.server.container("gateway")
        engine.docker("kill", gateway)
        for person, mark in zip(self.everybody, since):
            person.wait_for("services", since=mark, state="down")
        self.talk("without a gateway")
        engine.docker("start", gateway)
        for person, mark in zip(self.everybody, since):
            person.wait_for("services", since=mark, state="up")
        self.wait_until_linked()
        self.check_newcomer("friend-of-the-gateway")

    def test_what_crashes_is_started_again(self):
        container = self.server.container("auth")
        (before,) = engine.inspect("container", [container])
        # Not `docker kill`, which the engine takes for somebody's wish.
        engine.docker("run", "--rm", "--pid=host", "--entrypoint", "sh", engine.image("setup"), "-c",
                      f"kill -9 {before['State']['Pid']}")
        harness.wait_until(lambda: engine.inspect("container", [container])[0]["RestartCount"] > before["RestartCount"],
                           "the engine starts auth again")
        self.server.wait_until_healthy(container)
        self.check_newcomer("friend-of-crashes")

    def test_it_is_stopped_and_started_with_what_it_had(self):
        since = [person.mark() for person in self.everybody]
        link = self.server.link
        self.server.compose("stop", "--timeout", "20")
        self.talk("while nothing runs")
        self.server.up()
        self.assertEqual(link, self.server.link, "another server")
        for person, mark in zip(self.everybody, since):
            person.wait_for("services", since=mark, state="up")
        self.wait_until_linked()
        self.talk("with what it had")
        self.check_newcomer("friend-of-stops")

    def wait_until_services_are_up(self):
        for person in self.everybody:
            harness.wait_until(lambda: [event["state"] for event in person.seen("services")][-1] == "up",
                               f"{person.name} is with the services again")

    def wait_until_all_are_well(self):
        for container in self.server.containers(*stack.REPLICAS):
            self.server.wait_until_healthy(container)

    # ---- how it is built

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

    def test_prometheus_sees_every_replica(self):
        expected = sorted(["auth", "postgres"] + ["presence"] * 2 + ["rooms"] * 2)

        def well():
            targets = self.server.ask_prometheus("targets?state=active")["activeTargets"]
            jobs = [(target["labels"]["job"], target["health"]) for target in targets]
            return sorted(job for job, health in jobs if job in expected and health == "up") == expected

        harness.wait_until(well, "all targets are up")


if __name__ == "__main__":
    harness.main()
