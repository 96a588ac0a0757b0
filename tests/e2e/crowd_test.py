"""A room of many, each a process of its own: some are killed, one is frozen, one forges, and nobody else misses a word.

With fifty everybody is linked with everybody; with seventy the room is large, and each has a few neighbours.
"""

import concurrent.futures

import harness
import hostile_peer
import services
from hostile_peer import Author, RawLink, StolenServer, peer

MESSAGES = 20  # of each writer
GROUP = 10  # who come at the same moment
FEW_LINKS = 8  # of a member of a large room, but for those that are about to be closed


class Crowd:
    """The test for any number of people."""

    people_count = 0
    server_flags = services.QUICK_HASHES["parlor-auth"]

    def setUp(self):
        if hostile_peer.MISSING is not None:
            harness.skip(self, "hostile-peer", hostile_peer.MISSING)
        super().setUp()
        self.ports = {}
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            self.crowd = list(pool.map(lambda i: self.person(f"guest{i:02}", online=False), range(self.people_count)))
        for i, person in enumerate(self.crowd):  # by this thread: processes end with the one that started them
            self.spawn(i, person)
        for person in self.crowd:
            person.wait_for("services", state="up")
        self.crowd[0].must("create", room="den")
        for i in range(1, self.people_count, GROUP):
            group = self.crowd[i:i + GROUP]
            for person in group:
                person.do("join", room="den")
            for person in group:
                person.wait_for("room", change="linked")

    def spawn(self, i, person):
        if i >= 3:
            return person.spawn()
        self.ports[i] = harness.free_port()  # mallory has to find somebody
        return person.spawn("--port", str(self.ports[i]))

    def write(self, writers, tag):
        """Each says so many things; returns [(writer, ref, text)]."""
        return [(writer, writer.do("send", target="#den", text=f"{tag} {i}"), f"{tag} {i}")
                for i in range(MESSAGES) for writer in writers]

    def assertHeard(self, readers, said):
        """By everybody, once, each writer's in their order."""
        for reader in readers:
            others = [(writer, text) for writer, _, text in said if writer is not reader]
            for writer, text in others:
                reader.wait_for("message", text=text, **{"from": writer.name})
            for name in {writer.name for writer, _ in others}:
                expected = [text for writer, text in others if writer.name == name]
                heard = [event["text"] for event in reader.seen("message", **{"from": name}) if event["text"] in expected]
                self.assertEqual(expected, heard, f"{reader.name} heard {name}")
            self.assertNothingTwice(reader)

    def forge(self, i, victim_id):
        """Mallory becomes a neighbour of one and hands over what guest05 never wrote; returns the link."""
        stolen = StolenServer(self.server.data)
        device = stolen.device("mallory")
        link = RawLink(self.ports[i], device, self.folder)
        self.addCleanup(link.close)
        room = stolen.room_id("den")
        link.send(hello=peer.Hello(version=1))
        link.until("hello")
        link.send(room_hello=peer.RoomHello(room=room, ticket=stolen.ticket("den", device), full=True))
        link.until("room_synced")
        link.send(room_gossip=peer.RoomGossip(room=room, neighbour=peer.RoomGossip.NEIGHBOUR_ASK_URGENT))
        device_id, epoch, number = victim_id.split(".")
        author = Author(device, int(epoch, 16), int(number))
        forged = author.signed("FORGED", room, sender="guest05", id=peer.MessageId(
            device=device_id, epoch=int(epoch, 16), number=int(number) + 1))
        link.send(room_messages=peer.RoomMessages(room=room, messages=[forged]))
        return link

    def test_two_killed_one_frozen_and_one_forging(self):
        self.assertEveryoneIsReached()
        writers = [self.crowd[i] for i in (1, 5, 40)]
        self.assertHeard(self.crowd, self.write(writers, "at first"))
        killed = [self.crowd[10], self.crowd[20]]
        frozen = self.crowd[30]
        for person in killed:
            person.kill()
        frozen.freeze()
        victim_id = self.crowd[7].wait_for("message", text="at first 19", **{"from": "guest05"})["id"]
        links = [self.forge(i, victim_id) for i in self.ports]
        said = self.write(writers, "in trouble")
        others = [person for person in self.crowd if person not in killed and person is not frozen]
        self.assertHeard(others, said)
        for link, i in zip(links, self.ports):
            link.until_the_end()
            self.assertIn("@mallory", self.crowd[i].wait_for("warning", code="forged")["message"])
        self.assertEveryoneIsToldOf(said, others)
        frozen.thaw()
        for person in killed:
            person.start("#den")
        self.assertHeard([frozen], said)
        for person in killed:
            for writer, _, text in said:
                person.wait_for("message", text=text, **{"from": writer.name})
            self.assertNothingTwice(person)
        for person in self.crowd:
            self.assertNotIn("FORGED", person.texts())


class FiftyTest(Crowd, harness.EndToEndTest):
    people_count = 50

    def assertEveryoneIsReached(self):
        for person in self.crowd:
            for other in self.crowd:
                if other is not person:
                    person.wait_for("room", change="linked", user=other.name)

    def assertEveryoneIsToldOf(self, said, others):
        """By name."""
        for writer, ref, _ in said:
            for other in others:
                if other is not writer:
                    writer.wait_for("delivery", ref=ref, mark="delivered", by=other.name)


class SeventyTest(Crowd, harness.EndToEndTest):
    people_count = 70

    def linked(self, person):
        members = person.ask("who", room="den")["members"]
        self.assertEqual(self.people_count, len(members), "the whole roster")
        return sum(member["state"] == "linked" for member in members)

    def assertEveryoneIsReached(self):
        for person in self.crowd:
            harness.wait_until(lambda: 1 <= self.linked(person) <= FEW_LINKS, f"{person.name} has a few links")

    def assertEveryoneIsToldOf(self, said, others):
        """By number: each message is known to be with most, the frozen and the killed aside."""
        enough = len(others) * 9 // 10
        for writer, ref, _ in said:
            writer.wait_for("delivery", lambda event: event.get("count", 0) >= enough, ref=ref, mark="delivered")


if __name__ == "__main__":
    harness.main()
