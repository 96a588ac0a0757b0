"""parlor-auth, parlor-presence and parlor-rooms as processes of their own, on PostgreSQL, with TLS everywhere.

Each of them, and the database, is killed while people talk.
"""

import json
import re
import socket
import time

import burst
import gateway
import harness
import postgres
import services


class SeparateServicesTest(harness.EndToEndTest):

    def make_server(self):
        return services.SeparateServices(self.folder)

    def setUp(self):
        for what, why in (("postgres", postgres.missing()), ("grpcio", gateway.MISSING)):
            if why is not None:
                harness.skip(self, what, why)
        super().setUp()
        self.alice, self.bob, self.carol = self.everybody = [self.person(name) for name in ("alice", "bob", "carol")]
        self.meet(*self.everybody)
        self.alice.befriend(self.bob)

    def talk(self, tag):
        alice, bob, carol = self.everybody
        self.assertDelivered(alice, bob, "#den", f"{tag}: alice to all")
        carol.wait_for("message", text=f"{tag}: alice to all")
        self.assertDelivered(carol, alice, "#den", f"{tag}: carol to all")
        self.assertDelivered(alice, bob, "@bob", f"{tag}: between us")
        self.assertDelivered(bob, alice, "@alice", f"{tag}: and back")

    def check_newcomer(self, name):
        """Registers, logs in, enters, is heard: every service does its part."""
        newcomer = self.person(name)
        newcomer.must("join", room="den")
        for person in self.everybody:
            newcomer.wait_for("room", change="linked", user=person.name)
        self.assertDelivered(newcomer, self.alice, "#den", f"{name} is new")
        newcomer.befriend(self.carol)
        newcomer.quit()

    def marks(self):
        return {person.name: person.mark() for person in self.everybody}

    def assertNobodyNoticed(self, since):
        for person in self.everybody:
            news = person.events.all()[since[person.name]:]
            self.assertEqual([], [event for event in news if event["event"] == "services"])
            self.assertEqual([], [event for event in news if event.get("change") == "unlinked" and
                                  event["user"] in ("alice", "bob", "carol")])

    def check_logged(self, service, answer):
        """What a person is told names a request, and the service's log has the reason under it."""
        request = re.search(r"[(]request ([A-Za-z0-9_-]+)[)]$", answer["message"])
        self.assertIsNotNone(request, answer)
        lines = [json.loads(line) for line in self.server.services[service].log.read_text().splitlines()]
        reasons = [line for line in lines if line.get("request") == request[1]]
        self.assertEqual(1, len(reasons), reasons)
        self.assertEqual("warning", reasons[0]["level"])
        self.assertEqual(answer["code"], reasons[0]["code"])
        self.assertIn(reasons[0]["method"], ("CreateRoom", "SetTopic"))
        self.assertGreaterEqual(float(reasons[0]["duration_ms"]), 0)
        self.assertIn("onnect", reasons[0]["message"])  # as PostgreSQL's library says it

    def test_postgres_is_killed(self):
        self.talk("before")
        since = self.marks()
        self.server.postgres.kill()
        self.talk("without a database")
        # What has to be written says that it was not.
        for command, fields in (("create", {"room": "hut"}), ("topic", {"room": "den", "topic": "tea"})):
            answer = self.alice.ask(command, **fields)
            self.assertEqual(("error", "unavailable"), (answer["event"], answer.get("code")), answer)
            self.assertIn("try again", answer["message"])
            self.check_logged("parlor-rooms", answer)
        result = harness.run("register", "dave", "--server", self.server.link, "--home", self.folder / "dave",
                             "--password-stdin", stdin=harness.PASSWORD + "\n")
        self.assertEqual(1, result.code, str(result))
        self.assertIn("try again", result.err)
        programs = self.server.services
        self.assertIn("database", programs["parlor-auth"].health())
        # Rooms tells who is where, and what there is, without one.
        self.assertIsNone(programs["parlor-rooms"].health())
        self.assertIsNone(programs["parlor-presence"].health())
        self.assertIdle(*(service.process for service in programs.values()))
        self.server.postgres.start()
        for service in programs.values():
            service.wait_until_ready()
        self.assertNobodyNoticed(since)
        self.talk("after")
        self.alice.must("create", room="hut")
        self.alice.must("topic", room="den", topic="tea")
        self.check_newcomer("dave")

    def test_postgres_is_killed_while_it_writes(self):
        refs = {f"room-{i}": self.bob.do("create", room=f"room-{i}") for i in range(15)}
        self.bob.wait_for(None, ref=refs["room-2"])
        self.server.postgres.kill()
        self.server.postgres.start()
        answers = {room: self.bob.wait_for(None, ref=ref) for room, ref in refs.items()}
        for service in self.server.services.values():
            service.wait_until_ready()
        made = {room for room, answer in answers.items() if answer["event"] == "done"}
        self.assertIn("room-2", made)
        burst.wait_until_listed(self.alice, made)
        for room in set(answers) - made:
            self.assertEqual(("error", "unavailable"), (answers[room]["event"], answers[room].get("code")))
        self.talk("after")
        self.check_newcomer("dave")

    def check_killed(self, name):
        """Others are needed meanwhile; nobody has to do anything once it is back."""
        self.talk(f"before {name}")
        service = self.server.services[name]
        service.kill()
        self.talk(f"without {name}")
        service.start().wait_until_ready()
        for other in self.server.services.values():
            other.wait_until_ready()
        self.talk(f"after {name}")
        self.check_newcomer(f"friend-of-{name}")

    def test_auth_is_killed(self):
        since = self.marks()
        self.check_killed("parlor-auth")
        self.assertNobodyNoticed(since)

    def test_presence_is_killed(self):
        since = self.marks()
        self.check_killed("parlor-presence")
        for person in self.everybody:
            person.wait_for("services", since=since[person.name], state="up")

    def test_rooms_is_killed(self):
        self.check_killed("parlor-rooms")
        harness.wait_until(lambda: {member["user"] for member in self.alice.must("who", room="den")["members"]} >=
                           {"alice", "bob", "carol"}, "everybody is in the room again")

    def check_killed_while_it_works(self, name):
        service = self.server.services[name]
        work = burst.Burst(self, self.alice)
        service.kill()
        self.talk(f"without {name}")
        service.start().wait_until_ready()
        for other in self.server.services.values():
            other.wait_until_ready()
        work.check(self.carol)
        self.talk(f"after {name}")
        self.check_newcomer("dave")

    def test_rooms_is_killed_while_it_works(self):
        self.check_killed_while_it_works("parlor-rooms")

    def test_auth_is_killed_while_it_works(self):
        self.check_killed_while_it_works("parlor-auth")

    def test_each_drains_and_is_replaced(self):
        """As in an upgrade: each says goodbye, ends in its time, and another one takes its port at once."""
        for name, service in self.server.services.items():
            since, start = self.marks(), time.monotonic()
            self.assertEqual(0, service.stop(), service.log.read_text()[-4000:])
            self.assertLess(time.monotonic() - start, 2 + 3, f"{name}: --drain 2s, and what a busy machine needs")
            for address in (service.address, service.admin):
                socket.create_server(("127.0.0.1", int(address.rsplit(":", 1)[1]))).close()
            if name == "parlor-presence":
                for person in self.everybody:
                    down = person.wait_for("services", since=since[person.name], state="down")
                    self.assertIn("asks to come back", down["reason"])
            service.start().wait_until_ready()
            for other in self.server.services.values():
                other.wait_until_ready()
            for person in self.everybody:
                if name == "parlor-presence":
                    person.wait_for("services", since=since[person.name], state="up")
                else:
                    self.assertEqual([], person.seen("services", since=since[person.name]))
                self.assertEqual([], person.seen("room", since=since[person.name], change="left"), name)
            self.talk(f"after the goodbye of {name}")
            self.check_newcomer(f"friend-of-{name}")

    def test_admin_ports_and_commands(self):
        names = {"parlor-auth": "parlor_auth_logins_total", "parlor-presence": "parlor_presence_sessions",
                 "parlor-rooms": "parlor_rooms_members"}
        for name, service in self.server.services.items():
            self.assertEqual("ok\n", service.ask("/healthz"))
            self.assertEqual("ready\n", service.ask("/readyz"))
            metrics = service.ask("/metrics")
            self.assertIn("grpc_server_started_total{", metrics)
            self.assertIn("parlor_build_info{", metrics)
            self.assertEqual([names[name]], [metric for metric in names.values() if metric in metrics])
        auth = self.server.services["parlor-auth"]
        self.assertRegex(auth.run("admin", "users").stdout.decode(), r"(?m)^alice +active ")
        since = self.alice.mark()
        self.assertEqual(0, auth.run("admin", "suspend", "carol").returncode)
        self.alice.wait_for("room", since=since, change="left", user="carol")
        self.assertIn("logged out", self.carol.wait_for("services", state="down")["reason"])
        self.assertEqual(3, auth.run("admin", "suspend", "nobody").returncode)
        self.assertRegex(auth.run("admin", "users").stdout.decode(), r"(?m)^carol +suspended ")

    def test_somebody_comes_while_rooms_is_away(self):
        rooms = self.server.services["parlor-rooms"]
        rooms.kill()
        dave = self.person("dave")  # who cannot fetch the keys that tickets are signed with
        rooms.start().wait_until_ready()
        dave.must("join", room="den")
        for person in self.everybody:
            dave.wait_for("room", change="linked", user=person.name)
            person.wait_for("room", change="linked", user="dave")
        self.assertDelivered(dave, self.alice, "#den", "at last")
        self.assertDelivered(self.carol, dave, "#den", "welcome")
        self.assertEqual([], dave.seen("warning", code="ticket_refused"))

    def test_nobody_has_to_ask_twice_while_a_service_starts_anew(self):
        rooms = self.server.services["parlor-rooms"]
        rooms.kill()
        asked = {self.alice.do("rooms"): "rooms", self.alice.do("topic", room="den", topic="tea"): "done"}
        made = self.alice.ask("create", room="hut")  # it may be there already, for all that is known
        self.assertEqual(("error", "unavailable"), (made["event"], made.get("code")), made)
        rooms.start().wait_until_ready()
        for ref, event in asked.items():
            self.assertEqual(event, self.alice.wait_for(None, ref=ref)["event"])


if __name__ == "__main__":
    harness.main()
