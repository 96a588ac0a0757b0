"""What breaks: peers that are killed or frozen, disks that are full."""

import resource
import time

import harness


class FaultTest(harness.EndToEndTest):
    server_flags = harness.IMPATIENT

    def history(self, person, target):
        """All texts, oldest first; reads page by page as there may be many."""
        found, before = [], {}
        while True:
            page = person.must("history", target=target, limit=500, **before)["messages"]
            found = page + found
            if len(page) < 500:
                return found
            before = {"before": page[0]["id"]}


class KilledPeerTest(FaultTest):

    def test_others_are_undisturbed_and_only_the_dead_is_removed(self):
        alice, bob, carol = self.person("alice"), self.person("bob"), self.person("carol")
        self.meet(alice, bob, carol)
        since = alice.mark()
        bob.kill()
        self.assertDelivered(alice, carol, "#den", "did you see that?")
        dave = self.person("dave")
        dave.must("join", room="den")  # while bob is still in the list
        dave.wait_for("room", change="linked", user="alice")
        dave.wait_for("room", change="linked", user="carol")
        self.assertDelivered(dave, alice, "#den", "hello")
        alice.wait_for("room", since=since, change="left", user="bob")
        members = {member["user"] for member in alice.must("who", room="den")["members"]}
        self.assertEqual({"alice", "carol", "dave"}, members)
        self.assertEqual([], [e for e in alice.seen("room", since=since, change="left") if e["user"] != "bob"])
        self.assertEqual([], alice.seen("room", since=since, change="unlinked", user="carol"))

    def test_back_after_a_kill(self):
        alice, bob = self.pair()
        self.meet(alice, bob)
        bob.kill()
        alice.do("send", target="@bob", text="private, meanwhile")
        bob.start("#den")
        bob.wait_for("message", text="private, meanwhile")
        alice.wait_for("delivery", mark="delivered", by="bob")
        self.assertDelivered(bob, alice, "#den", "back in the room")
        self.assertDelivered(alice, bob, "#den", "I see")
        self.assertNothingTwice(alice)
        self.assertNothingTwice(bob)

    def test_outbox_survives_kill(self):
        alice, bob = self.pair()
        bob.quit()
        refs = [alice.do("send", target="@bob", text=f"queued {i}") for i in range(20)]
        for ref in refs:
            alice.wait_for("delivery", ref=ref, mark="queued")
        alice.kill()
        alice.start()
        self.assertEqual(20, len(alice.must("outbox")["messages"]))
        bob.start()
        bob.wait_for("message", text="queued 19")
        self.assertEqual([f"queued {i}" for i in range(20)], bob.texts())
        alice.wait_for("delivery", mark="delivered", by="bob")
        harness.wait_until(lambda: not alice.must("outbox")["messages"], "the outbox is empty")

    def test_receiver_killed_in_a_burst(self):
        alice, bob = self.pair()
        total = 5000
        for i in range(total):
            last = alice.do("send", target="@bob", text=f"m{i}")
        bob.wait_for("message", text="m100")
        bob.kill()
        shown = set(bob.texts())
        bob.start()
        alice.wait_for("delivery", mark="delivered", ref=last)
        self.assertEqual(set(), shown.intersection(bob.texts()), "shown twice")
        texts = [m["text"] for m in self.history(bob, "@alice")][1:]
        self.assertEqual([f"m{i}" for i in range(total)], texts)

    def test_sender_killed_in_a_burst(self):
        alice, bob = self.pair()
        total = 2000
        for i in range(total):
            alice.do("send", target="@bob", text=f"m{i}")
        bob.wait_for("message", text="m100")
        alice.kill()
        told = {e["id"]: e["mark"] for e in alice.seen("delivery")}
        alice.start()
        self.assertDelivered(alice, bob, "@bob", "the last one")
        there = {m["id"]: m["text"] for m in self.history(bob, "@alice")}
        self.assertEqual([], [id for id in told if id not in there], "lost what was called sent or delivered")
        mine = {m["id"]: m for m in self.history(alice, "@bob")}
        self.assertEqual([], [id for id in there if id not in mine], "sent before it was stored")
        self.assertEqual(len(set(there.values())), len(there), "a text was delivered twice")
        self.assertNothingTwice(bob)


class RoomBurstTest(FaultTest):
    """500 signed messages on their way to two others when somebody is killed."""

    TOTAL = 500

    def setUp(self):
        super().setUp()
        self.alice, self.bob, self.carol = self.person("alice"), self.person("bob"), self.person("carol")
        self.meet(self.alice, self.bob, self.carol)

    def burst(self):
        """Alice sends; returns the refs. The killed one has seen some of it, and not all."""
        return [self.alice.do("send", target="#den", text=f"m{i}") for i in range(self.TOTAL)]

    def delivered_to(self, name):
        return {event["id"] for event in self.alice.seen("delivery", mark="delivered", by=name)}

    def assertAllOnce(self, person):
        texts = [m["text"] for m in self.history(person, "#den") if m["text"].startswith("m")]
        self.assertEqual([f"m{i}" for i in range(self.TOTAL)], texts)

    def test_receiver(self):
        refs = self.burst()
        self.bob.wait_for("message", text="m50")
        self.bob.kill()
        self.carol.wait_for("message", text=f"m{self.TOTAL - 1}")  # the others do not notice
        self.assertAllOnce(self.carol)
        self.alice.wait_for("delivery", ref=refs[-1], mark="delivered", by="carol")
        # What was called delivered is on the disk: read before anybody could send it again.
        self.alice.freeze()
        self.carol.freeze()
        called = self.delivered_to("bob")
        self.bob.start("#den")
        kept = {m["id"] for m in self.history(self.bob, "#den")}
        self.assertEqual(set(), called - kept, "called delivered, and lost")
        self.alice.thaw()
        self.carol.thaw()
        self.alice.wait_for("delivery", ref=refs[-1], mark="delivered", by="bob", deadline=60)
        harness.wait_until(lambda: len(self.history(self.bob, "#den")) == self.TOTAL, "the rest arrives")
        self.assertAllOnce(self.bob)
        self.assertNothingTwice(self.bob)

    def test_sender(self):
        self.burst()
        self.bob.wait_for("message", text="m50")
        self.alice.kill()
        told = {event["id"] for event in self.alice.seen("delivery")}
        self.alice.start("#den")
        for person in (self.bob, self.carol):
            self.alice.wait_for("room", change="linked", user=person.name)
        self.assertDelivered(self.alice, self.bob, "#den", "the last one")
        mine = {m["id"]: m["text"] for m in self.history(self.alice, "#den")}
        self.assertEqual(set(), told - set(mine), "called sent, and lost")
        for person in (self.bob, self.carol):
            harness.wait_until(lambda: {m["id"]: m["text"] for m in self.history(person, "#den")} == mine,
                               f"{person.name} has all that was stored")
            self.assertNothingTwice(person)


class FrozenPeerTest(FaultTest):

    def test_others_go_on_and_it_catches_up(self):
        alice, bob, carol = self.person("alice"), self.person("bob"), self.person("carol")
        alice.befriend(bob)
        self.meet(alice, bob, carol)
        bob.freeze()
        start = time.monotonic()
        for i in range(50):
            self.assertDelivered(alice, carol, "#den", f"alice {i}")
            self.assertDelivered(carol, alice, "#den", f"carol {i}")
        self.assertLess(time.monotonic() - start, harness.DEADLINE, "a frozen peer slows the others down")
        alice.do("send", target="@bob", text="when you thaw")
        bob.thaw()
        bob.wait_for("message", text="when you thaw")
        bob.wait_for("message", text="alice 49")
        bob.wait_for("message", text="carol 49")
        self.assertNothingTwice(bob)
        self.assertDelivered(bob, alice, "@alice", "thawed")
        harness.wait_until(lambda: {m["user"] for m in bob.must("who", room="den")["members"]} ==
                           {"alice", "bob", "carol"}, "everybody is back in the room")

    def test_frozen_for_longer_than_the_grace(self):
        alice, bob = self.pair()
        self.meet(alice, bob)
        bob.freeze()
        alice.wait_for("presence", user="bob", status="offline", deadline=60)
        since = bob.mark()
        alice.do("send", target="@bob", text="sleep well")
        bob.thaw()
        bob.wait_for("message", since=since, text="sleep well")
        alice.wait_for("delivery", mark="delivered", by="bob")
        harness.wait_until(lambda: "bob" in [m["user"] for m in alice.must("who", room="den")["members"]],
                           "bob is in the room again")
        self.assertDelivered(bob, alice, "#den", "here again")
        self.assertNothingTwice(bob)


class FullDiskTest(FaultTest):

    def limit(self, person, size):
        resource.prlimit(person.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def test_nothing_is_called_delivered_that_is_not_stored(self):
        alice, bob = self.pair()
        self.meet(alice, bob)
        self.assertDelivered(alice, bob, "@bob", "before")
        since = bob.mark()
        self.limit(bob, 1)
        refs = [alice.do("send", target=target, text="while full") for target in ("@bob", "#den")]
        bob.wait_for("error", since=since, code="not_stored")
        # Its own message: told, and not sent.
        answer = bob.ask("send", target="@alice", text="not stored, not sent")
        self.assertEqual(("error", "not_stored"), (answer["event"], answer["code"]))
        for ref in refs:
            self.assertEqual([], alice.seen("delivery", ref=ref, mark="delivered"))
        self.assertNotIn("not stored, not sent", alice.texts())
        self.limit(bob, resource.RLIM_INFINITY)
        for ref in refs:
            alice.wait_for("delivery", ref=ref, mark="delivered", by="bob", deadline=90)
        self.assertDelivered(bob, alice, "@alice", "there is room again")
        bob.kill()
        bob.start()
        texts = [m["text"] for m in self.history(bob, "@alice")]
        self.assertEqual(1, texts.count("while full"), texts)


if __name__ == "__main__":
    harness.main()
