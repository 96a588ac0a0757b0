"""A hostile peer on a real link: it breaks one rule at a time, and two people go on talking beside it."""

import hashlib
import socket
import ssl
import struct
import threading
import time

import harness
import hostile_peer
from hostile_peer import Author, RawLink, StolenServer, peer


class PeerTest(harness.EndToEndTest):
    """Alice, whose port is known, and bob are in #den and have a chat. Mallory's account exists, and no more."""

    def setUp(self):
        if hostile_peer.MISSING is not None:
            harness.skip(self, "hostile-peer", hostile_peer.MISSING)
        super().setUp()
        self.port = harness.free_port()
        self.alice = self.person("alice", online=False).start("--port", str(self.port))
        self.bob = self.person("bob")
        self.alice.befriend(self.bob)
        self.meet(self.alice, self.bob)
        self.stolen = StolenServer(self.server.data)
        self.room = self.stolen.room_id("den")
        self.before = {person: person.mark() for person in (self.alice, self.bob)}

    def link(self, device, port=None):
        link = RawLink(port or self.port, device, self.folder)
        self.addCleanup(link.close)
        return link

    def enter(self, link, **ticket):
        """Shows a ticket, a right one unless told otherwise; returns what answers it."""
        link.send(hello=peer.Hello(version=1))
        link.until("hello")
        link.send(room_hello=peer.RoomHello(room=self.room, ticket=self.stolen.ticket("den", link.device, **ticket),
                                               full=True))

    def member(self, user="mallory", **ticket):
        """A peer that did everything right until now."""
        device = self.stolen.device(user)
        link = self.link(device)
        since = self.alice.mark()
        self.enter(link, **ticket)
        self.alice.wait_for("room", since=since, change="linked", user=user)
        link.until("room_synced")
        return link, Author(device)

    def say(self, link, *messages):
        link.send(room_messages=peer.RoomMessages(room=self.room, messages=messages))

    def assertUndisturbed(self):
        """The two talk on, no link between them broke, and nobody spins."""
        for writer, reader in ((self.alice, self.bob), (self.bob, self.alice)):
            self.assertDelivered(writer, reader, "#den", f"{writer.name} in the room, {reader.mark()}")
            self.assertDelivered(writer, reader, f"@{reader.name}", f"{writer.name} in private, {reader.mark()}")
        for person, other in ((self.alice, "bob"), (self.bob, "alice")):
            self.assertEqual([], person.seen("room", since=self.before[person], change="unlinked", user=other))
            self.assertNothingTwice(person)

    def assertShutOut(self, link):
        """Nothing that is said in the room goes there."""
        self.assertUndisturbed()
        kinds = {frame.WhichOneof("kind") for frame in link.everything_so_far()}
        self.assertEqual(set(), {kind for kind in kinds if kind.startswith("room_")}, kinds)


class CertificateTest(PeerTest):

    def assertRefused(self, device):
        try:
            link = self.link(device)
        except (ssl.SSLError, ConnectionError):
            return
        self.assertIsNone(link.receive(), "a first word, to a certificate that counts for nothing")

    def test_certificates_that_count_for_nothing(self):
        stolen, day = self.stolen, 24 * 3600
        for name, device in {
                "of a foreign CA": stolen.device("mallory", issuer=stolen.foreign_ca()),
                "ended": stolen.device("mallory", begins_in=-2 * day),
                "not begun": stolen.device("mallory", begins_in=600),
                "the server's": stolen.service(),
                "in a name beside its key": stolen.device("mallory", claimed_id="a" * 26),
                "of oneself": hostile_peer.self_signed(stolen, "mallory"),
        }.items():
            with self.subTest(certificate=name):
                self.assertRefused(device)
        self.assertEqual([], self.alice.seen("link", since=self.before[self.alice], peer="mallory"))
        self.assertUndisturbed()
        self.assertIdle(self.alice.process)
        self.member()  # the same with a right one


class FalseServerTest(PeerTest):
    """Somebody with a person's certificate where the server should be."""

    def serve(self, port, device):
        """Takes connections, and what is said on them once the handshake is over."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["h2"])
        device.load_into(context, self.folder)
        listener = socket.create_server(("127.0.0.1", port))
        said, knocked = [], threading.Event()

        def answer():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return  # the test is over
                try:
                    with context.wrap_socket(connection, server_side=True) as tls:
                        said.append(tls.recv(65536))
                except OSError:
                    pass
                knocked.set()

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()

        def stop():
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            thread.join(harness.DEADLINE)

        return said, knocked, stop

    def certificate(self):
        """A person's, with the root behind it, as the server shows its own."""
        device = self.stolen.device("mallory")
        device.chain.append(self.stolen.root)
        return device

    def test_a_newcomer_tells_it_nothing(self):
        port = harness.free_port()
        said, _, stop = self.serve(port, self.certificate())
        try:
            link = self.server.link.replace(f":{self.server.port}/", f":{port}/")
            result = harness.run("register", "carol", "--server", link, "--home", self.folder / "carol",
                                 "--password-stdin", stdin=harness.PASSWORD + "\n")
        finally:
            stop()
        self.assertEqual(1, result.code, str(result))
        self.assertEqual(b"", b"".join(said))

    def test_those_who_know_the_server_wait_for_the_right_one(self):
        self.server.stop()
        self.alice.wait_for("services", since=self.before[self.alice], state="down")
        said, knocked, stop = self.serve(self.server.port, self.certificate())
        try:
            self.assertTrue(knocked.wait(harness.DEADLINE), "nobody came")
            self.assertUndisturbed()
        finally:
            stop()
        since = self.alice.mark()
        self.assertEqual(b"", b"".join(said))
        self.server.start()
        self.alice.wait_for("services", since=since, state="up")
        self.assertUndisturbed()


class TicketTest(PeerTest):

    def test_tickets_that_count_for_nothing(self):
        bob = self.stolen.device("bob")
        now = int(time.time())
        self.alice.must("create", room="hut")
        for name, claims in {
                "somebody else's": {"sub": "bob"},
                "of another device": {"dev": bob.id, "x5t": bob.id},
                "of bob and his device": {"sub": "bob", "dev": bob.id, "x5t": bob.id},
                "ended": {"iat": now - 1200, "exp": now - 600},
                "of another server": {"iss": "a" * 52},
                "of another room": {"room": self.stolen.room_id("hut")},
                "signed by itself": {"key": bob.key},
                "of a role that is none": {"role": "emperor"},
        }.items():
            with self.subTest(ticket=name):
                since = self.alice.mark()
                device = self.stolen.device("mallory")
                link = self.link(device)
                self.enter(link, **claims)
                self.alice.wait_for("warning", since=since, code="ticket_refused")
                self.say(link, Author(device).signed("let me in", self.room))
                self.assertShutOut(link)
                link.close()
        self.assertNotIn("let me in", self.alice.texts())
        self.assertEqual([], self.alice.seen("room", change="linked", user="mallory"))

    def test_the_kicked_goes_on_sending(self):
        mallory = self.person("mallory")
        mallory.must("join", room="den")
        for person in (self.alice, self.bob):
            person.wait_for("room", change="linked", user="mallory")
        mallory.freeze()  # its place in the room is kept for a while
        link, author = self.member()
        self.say(link, author.signed("before", self.room))
        self.alice.wait_for("message", text="before", proof="link")
        old = {"iat": int(time.time()) - 5}
        since = self.alice.mark()
        self.alice.must("kick", room="den", user="mallory")
        self.alice.wait_for("room", since=since, change="kicked", user="mallory")
        self.say(link, author.signed("after", self.room))
        self.assertUndisturbed()
        link.close()
        # Again, with the ticket of before.
        again = self.link(self.stolen.device("mallory"))
        since = self.alice.mark()
        self.enter(again, **old)
        refusal = self.alice.wait_for("warning", since=since, code="ticket_refused")
        self.assertIn("removed", refusal["message"])
        self.say(again, author.signed("after", self.room))
        self.assertShutOut(again)
        for person in (self.alice, self.bob):
            self.assertNotIn("after", person.texts())


class MessageTest(PeerTest):

    def test_frames_in_any_pieces(self):
        link, author = self.member()
        frames = [RawLink.encode(peer.Frame(room_messages=peer.RoomMessages(
            room=self.room, messages=[author.signed(text, self.room)]))) for text in ("one", "two", "three")]
        link.write(frames[0] + frames[1])
        for byte in frames[2]:
            link.write(bytes([byte]))
        self.alice.wait_for("message", text="three")
        self.assertEqual(["one", "two", "three"],
                         [event["text"] for event in self.alice.seen("message", **{"from": "mallory"})])
        self.assertUndisturbed()

    def test_frames_that_are_none(self):
        for name, data in {
                "longer than the limit": struct.pack(">I", 262_145) + b"x" * 262_145,
                "of 4 GiB": b"\xff" * 64,
                "of nothing": struct.pack(">I", 0),
                "of no protobuf": struct.pack(">I", 1000) + b"\xff" * 1000,
                "of no UTF-8": RawLink.encode(peer.Frame(room_hello=peer.RoomHello(room="#" * 20))).replace(b"#", b"\xff"),
                "garbage": hashlib.sha256(b"noise").digest() * 50,
        }.items():
            with self.subTest(frame=name):
                since = self.alice.mark()
                link, _ = self.member()
                link.write(data)
                link.until_the_end()
                self.alice.wait_for("link", since=since, peer="mallory", state="down")
                link.close()
                self.assertUndisturbed()
        self.assertIdle(self.alice.process)
        # A library that complains on standard error would write into the terminal in which a person types.
        self.assertNotIn("protobuf", self.alice.errors())

    def test_a_replayed_message(self):
        link, author = self.member()
        mine = author.signed("once", self.room)
        self.say(link, mine)
        message = self.alice.wait_for("message", text="once")
        for _ in range(3):
            self.say(link, mine)
        since = self.alice.mark()
        link.close()
        self.alice.wait_for("link", since=since, peer="mallory", state="down")
        again, _ = self.member()  # and handed over by another device
        self.say(again, mine)
        self.say(again, Author(again.device).signed("the last", self.room))
        self.alice.wait_for("message", text="the last")
        self.assertEqual(1, self.alice.texts().count("once"))
        kept = [m["id"] for m in self.alice.must("history", target="#den")["messages"]]
        self.assertEqual(1, kept.count(message["id"]))
        self.assertUndisturbed()

    def test_a_second_message_under_one_number(self):
        link, author = self.member()
        self.say(link, author.signed("the first", self.room))
        self.alice.wait_for("message", text="the first")
        author.number -= 1
        self.say(link, author.signed("the second", self.room))
        self.alice.wait_for("warning", code="conflict")
        self.assertNotIn("the second", self.alice.texts())
        self.assertUndisturbed()


class ForgeryTest(PeerTest):
    """Words in bob's mouth."""

    def bobs_next(self):
        """As mallory writes it: bob's device, his present numbering."""
        message_id = self.assertDelivered(self.bob, self.alice, "#den", "really me")
        device, epoch, number = message_id.split(".")
        mallory = self.stolen.device("mallory")
        author = Author(mallory, int(epoch, 16), int(number))

        def forge(text, ahead=0):
            author.number += ahead
            number = author.number + 1
            return author.signed(text, self.room, sender="bob", id=peer.MessageId(
                device=device, epoch=author.epoch, number=number))

        return forge

    def assertBobIsHeard(self):
        for i in range(3):
            message_id = self.assertDelivered(self.bob, self.alice, "#den", f"bob, {i}")
            self.assertEqual("link", self.alice.wait_for("message", id=message_id)["proof"])

    def assertNotPassedOn(self, text):
        carol = self.person("carol")
        carol.must("join", room="den")
        carol.wait_for("message", text="really me")
        self.assertDelivered(self.alice, carol, "#den", "welcome")
        self.assertNotIn(text, carol.texts())

    def assertCaught(self, link, text):
        link.until_the_end()
        warning = self.alice.wait_for("warning", code="forged")
        self.assertIn("@mallory", warning["message"])
        self.assertNotIn(text, self.alice.texts())
        self.assertBobIsHeard()
        self.assertNotPassedOn(text)
        self.assertUndisturbed()

    def test_under_his_next_number(self):
        forge = self.bobs_next()
        link, _ = self.member()
        self.say(link, forge("I hate alice"))
        self.assertCaught(link, "I hate alice")

    def test_under_a_number_far_ahead(self):
        forge = self.bobs_next()
        link, _ = self.member()
        self.say(link, forge("all is over", ahead=1_000_000))
        self.assertCaught(link, "all is over")

    def test_by_mallorys_own_device(self):
        self.bobs_next()
        link, author = self.member()
        self.say(link, author.signed("I am bob", self.room, sender="bob"))
        self.assertCaught(link, "I am bob")

    def test_in_alices_own_name(self):
        message_id = self.assertDelivered(self.alice, self.bob, "#den", "mine")
        device, epoch, number = message_id.split(".")
        link, author = self.member()
        self.say(link, author.signed("not mine", self.room, sender="alice", id=peer.MessageId(
            device=device, epoch=int(epoch, 16), number=int(number) + 1)))
        self.say(link, Author(link.device, epoch=8).signed("over", self.room))
        self.alice.wait_for("message", text="over")
        self.assertNotIn("not mine", self.alice.texts())
        self.assertUndisturbed()


class PrivateTest(PeerTest):

    def test_words_without_consent_and_in_another_name(self):
        link, _ = self.member()
        author = Author(link.device)
        accepted = peer.ChatState(state=peer.ChatState.STATE_ACCEPTED)
        link.send(chat_state=accepted)
        link.send(chat_messages=peer.ChatMessages(bodies=[author.body("unasked")]))
        link.send(chat_messages=peer.ChatMessages(bodies=[author.body("as bob", sender="bob")]))
        self.assertEqual([], [frame for frame in link.everything_so_far() if frame.HasField("chat_delivered")])
        self.assertEqual([], self.alice.seen("message", **{"target": "@mallory"}))
        self.assertNotIn("as bob", self.alice.texts())
        self.assertUndisturbed()


class StageTest(PeerTest):

    def meet(self, *people, room="den", **create):
        super().meet(*people, room=room, stage=True)
        people[0].must("role", room=room, user="bob", role="speaker")
        people[1].wait_for("room", change="role", user="bob", role="speaker")

    def test_a_listener_speaks(self):
        link, author = self.member(role="listener")
        self.say(link, author.signed("hear me", self.room))
        self.alice.wait_for("warning", code="not_allowed")
        # As somebody whom nobody knows, and as one who may.
        since = self.alice.mark()
        self.say(link, author.signed("hear nobody", self.room, sender="nobody", id=peer.MessageId(
            device="b" * 26, epoch=1, number=1)))
        self.alice.wait_for("warning", since=since, code="not_allowed")
        self.say(link, author.signed("hear bob", self.room, sender="bob"))
        link.until_the_end()
        self.assertUndisturbed()
        self.assertEqual([], [text for text in self.alice.texts() if text.startswith("hear")])


if __name__ == "__main__":
    harness.main()
