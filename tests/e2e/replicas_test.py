"""Two replicas of presence and of rooms behind one gateway: to people they are one server.

Each replica, and the database, is killed, frozen or drained while people are there.
"""

import firewall
import gateway
import harness
import postgres
import services

# What the services take for granted (services/common/live/replica.h), in seconds.
LEASE = 10
POLL = 5

PRESENCE, ROOMS = "parlor-presence", "parlor-rooms"


class ReplicasTest(harness.EndToEndTest):

    def make_server(self):
        # People come back within 5 s of a goodbye, and a process waits for them as long as it drains.
        return services.SeparateServices(self.folder, replicas=2, drain="8s")

    def setUp(self):
        for what, why in (("postgres", postgres.missing()), ("grpcio", gateway.MISSING)):
            if why is not None:
                harness.skip(self, what, why)
        super().setUp()
        self.everybody = [self.person(name) for name in ("alice", "bob", "carol", "dora")]
        self.alice, self.bob, self.carol, self.dora = self.everybody
        self.meet(*self.everybody)
        for a, b in ((self.alice, self.bob), (self.carol, self.dora), (self.alice, self.dora)):
            a.befriend(b)
        for name, metric in ((PRESENCE, "parlor_presence_sessions"), (ROOMS, "parlor_rooms_sessions")):
            harness.wait_until(lambda: all(replica.metric(metric) > 0 for replica in self.server.of(name)),
                               f"both of {name} hold somebody")

    def marks(self):
        return {person.name: person.mark() for person in self.everybody}

    def talk(self, tag):
        self.assertDelivered(self.alice, self.bob, "#den", f"{tag}: alice to all")
        self.carol.wait_for("message", text=f"{tag}: alice to all")
        self.assertDelivered(self.dora, self.carol, "#den", f"{tag}: dora to all")
        self.assertDelivered(self.alice, self.bob, "@bob", f"{tag}: between us")
        self.assertDelivered(self.dora, self.alice, "@alice", f"{tag}: and back")

    def assertNobodyFlapped(self, since):
        """Nobody was seen to go: not offline, and not out of the room."""
        names = {person.name for person in self.everybody}
        for person in self.everybody:
            news = [event for event in person.events.all()[since[person.name]:] if event.get("user") in names]
            self.assertEqual([], [event for event in news
                                  if event["event"] == "presence" and event["status"] == "offline"], person.name)
            self.assertEqual([], [event for event in news if event.get("change") in ("left", "unlinked", "joined")],
                             person.name)

    def online(self, who):
        return {member["user"] for member in who.must("who")["people"] if member["status"] == "online"}

    def wait_until_all_are_online(self):
        names = {person.name for person in self.everybody}
        for person in self.everybody:
            harness.wait_until(lambda: names - {person.name} <= self.online(person) | {person.name},
                               f"{person.name} sees everybody")

    # ---- as one

    def test_what_one_does_the_others_see(self):
        for person in self.everybody:
            since = self.marks()
            person.must("status", status="busy")
            for friend in (self.alice, self.bob, self.dora):
                if friend is not person and person in (self.alice,):
                    friend.wait_for("presence", since=since[friend.name], user=person.name, status="busy")
        self.alice.must("topic", room="den", topic="tea at four")
        for person in self.everybody:
            person.wait_for("room", change="topic", room="den")
        erin = self.person("erin")
        erin.must("join", room="den")
        for person in self.everybody:
            person.wait_for("room", change="joined", user="erin")
        since = self.marks()
        self.alice.must("kick", room="den", user="erin")
        erin.wait_for("room", change="kicked")
        for person in self.everybody:
            person.wait_for("room", since=since[person.name], change="kicked", user="erin")
        self.alice.must("close", room="den")
        for person in self.everybody:
            person.wait_for("room", change="closed", room="den")

    def test_a_second_device_takes_over_wherever_it_comes_in(self):
        loser, winner = self.bob, self.second_device(self.bob).spawn()
        winner.wait_for("error", code="already_online")
        for _ in range(4):  # the gateway sends each stream to the next replica
            since = loser.mark()
            winner.must("takeover")
            self.assertIn("took over", loser.wait_for("services", since=since, state="down")["reason"])
            loser, winner = winner, loser

    # ---- killed, frozen, drained

    def test_a_presence_replica_is_killed(self):
        self.check_killed(PRESENCE)

    def test_a_rooms_replica_is_killed(self):
        self.check_killed(ROOMS)

    def check_killed(self, name):
        for replica in self.server.of(name):
            since = self.marks()
            replica.kill()
            self.talk("one is dead")
            self.wait_until_all_are_online()
            newcomer = self.person("friend" + replica.address.rsplit(":", 1)[1])
            newcomer.must("join", room="den")
            newcomer.wait_for("room", change="linked", user="alice")
            newcomer.quit()
            replica.start().wait_until_ready()
            self.talk("it is back")
            self.assertNobodyFlapped(since)

    def test_a_replica_stands_still_for_longer_than_its_lease(self):
        frozen, other = self.server.of(PRESENCE)
        since = self.marks()
        frozen.freeze()
        harness.wait_until(lambda: other.metric("parlor_presence_lease_expired_total") == 1,
                           "the other sees the lease run out", deadline=LEASE * 4 + harness.DEADLINE)
        self.talk("one stands still")
        frozen.thaw()
        self.wait_until_all_are_online()
        harness.wait_until(lambda: all(r.metric("parlor_live_replicas") == 2 for r in (frozen, other)),
                           "both have a lease")
        self.assertNobodyFlapped(since)
        self.talk("it goes on")

    def test_all_are_replaced_one_after_the_other(self):
        since = self.marks()
        for service in self.server.services.values():
            self.assertEqual(0, service.stop(), service.log.read_text()[-4000:])
            service.start().wait_until_ready()
            self.talk(f"{service.name} is new")
            self.wait_until_all_are_online()
        for person in self.everybody:
            statuses = [event["status"] for event in person.events.all()[since[person.name]:]
                        if event["event"] == "presence"]
            self.assertEqual([], [status for status in statuses if status != "online"], person.name)
        self.assertNobodyFlapped(since)

    # ---- the database

    def test_the_database_is_away_for_longer_than_a_lease(self):
        since = self.marks()
        self.server.postgres.kill()
        replicas = self.server.of(PRESENCE)

        def ages():
            return [replica.metric("parlor_live_age_seconds") for replica in replicas]

        harness.wait_until(lambda: min(ages()) > LEASE + 2, "what they know is old",
                           deadline=LEASE + 2 + harness.DEADLINE)
        self.talk("without a database")
        self.wait_until_all_are_online()
        for command in ("who", "rooms", "find"):
            answer = self.carol.must(command, **({"prefix": "al"} if command == "find" else {}))
            self.assertGreater(answer["age_ms"], LEASE * 1000, answer)
        for service in self.server.of(PRESENCE) + self.server.of(ROOMS):
            self.assertIsNone(service.health(), service.name)
        self.server.postgres.start()
        self.alice.must("status", status="busy")
        harness.wait_until(lambda: max(ages()) < POLL, "they are in touch again")
        self.bob.wait_for("presence", since=since["bob"], user="alice", status="busy", deadline=10)
        self.assertNobodyFlapped(since)
        self.talk("with a database")
        self.assertNotIn("age_ms", self.carol.must("who"))

    def test_a_silenced_connection_is_noticed(self):
        """A firewall drops what the database has to tell to one replica, which looks by itself."""
        if (why := firewall.why_none()) is not None:
            harness.skip(self, "nft", why)
        deaf = self.server.of(PRESENCE)[0]
        with DatabaseFirewall(self.server.postgres) as database_firewall:
            silenced = database_firewall.silence_listeners("presence")
            self.assertEqual(2, silenced)
            since = self.marks()
            for status in ("busy", "away"):
                self.alice.must("status", status=status)
                self.bob.wait_for("presence", since=since["bob"], user="alice", status=status,
                                  deadline=POLL + harness.DEADLINE)
            # TCP gives up on it within 15 s, and a new one is made.
            harness.wait_until(lambda: database_firewall.listeners("presence") - database_firewall.silenced,
                               "LISTEN on a connection of its own", deadline=3 * harness.DEADLINE)
        self.assertIsNone(deaf.health())
        self.assertNobodyFlapped(since)


class DatabaseFirewall(firewall.Firewall):
    """Drops what PostgreSQL sends to some of its clients."""

    def __init__(self, database):
        super().__init__("replicas_test")
        self._database = database
        self.silenced = set()

    def listeners(self, database):
        """The ports of connections that wait for notifications."""
        ports = self._database.execute(database, "SELECT client_port FROM pg_stat_activity "
                                                 "WHERE datname = current_database() AND query LIKE 'LISTEN%'")
        return {int(port) for port in ports.split()}

    def silence_listeners(self, database):
        for port in self.listeners(database):
            self.drop(f"tcp sport {self._database.port} tcp dport {port}")
            self.silenced.add(port)
        return len(self.silenced)


if __name__ == "__main__":
    harness.main()
