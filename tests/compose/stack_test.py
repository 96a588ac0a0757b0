#!/usr/bin/env python3
"""compose.yaml on a real engine: started, talked on, killed in parts, stopped, and gone without a trace.

Alice and bob are on this machine and come through the published port; carol and dave chat by `compose run client`.
"""

import concurrent.futures
import pathlib
import shutil
import tempfile
import time

import engine
import harness
import stack
from confinement import Confinement
from terminal import Terminal


class StackTest(Confinement, harness.EndToEndTest):
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
        if violations := [violation for person in cls.everybody if person.events for violation in person.events.violations]:
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

    def test_replicas_come_and_go(self):
        since = [person.mark() for person in self.everybody]
        for replicas in (3, 2):
            self.server.scale("presence", replicas)
            self.assertEqual(replicas, len(self.server.containers("presence")))
            self.wait_until_all_are_well()
            self.wait_until_services_are_up()
            self.talk(f"with {replicas} replicas")
        for person, mark in zip(self.everybody, since):
            self.assertEqual([], person.seen("room", mark, change="left"))
        self.check_newcomer("friend-of-replicas")

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


if __name__ == "__main__":
    harness.main()
