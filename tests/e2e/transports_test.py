"""Rooms are talked in over UDP, a chat alone over TCP; and where UDP is blocked, over TCP without anybody's doing."""

import socket

import firewall
import harness

# The dialler begins with the other transport after 0.25 s.
FALLBACK = 5


def free_port():
    """One that nobody has for TCP nor UDP. What takes it in between makes the test fail and say so."""
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as tcp, \
            socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as udp:
        tcp.bind(("::", 0))
        udp.bind(("::", tcp.getsockname()[1]))
        return tcp.getsockname()[1]


class TransportsTest(harness.EndToEndTest):

    def linked(self, person, other, room="den"):
        members = person.must("who", room=room)["members"]
        return next(member for member in members if member["user"] == other.name)

    def test_a_room_is_over_udp(self):
        alice, bob = self.person("alice"), self.person("bob")
        self.meet(alice, bob)
        for one, other in ((alice, bob), (bob, alice)):
            member = self.linked(one, other)
            self.assertEqual(("udp", "direct"), (member["transport"], member["path"]), member)
            self.assertGreater(member["rtt_ms"], 0)
            self.assertLess(member["rtt_ms"], 1000)
            one.wait_for("link", peer=other.name, transport="udp", path="direct", state="up")
        self.assertDelivered(alice, bob, "#den", "over UDP")
        self.assertDelivered(bob, alice, "#den", "and back")
        check = next(check for check in alice.must("doctor")["checks"] if check["name"] == "udp")
        self.assertEqual("ok", check["outcome"], check)

    def test_a_chat_alone_is_over_tcp(self):
        alice, bob = self.pair()
        alice.wait_for("link", peer="bob", transport="tcp", state="up")
        self.assertDelivered(alice, bob, "@bob", "over TCP")

    def test_blocked_udp_costs_a_moment(self):
        if (why := firewall.why_none()) is not None:
            harness.skip(self, "nft", why)
        ports = {name: free_port() for name in ("alice", "bob")}
        alice, bob = (self.person(name, online=False) for name in ports)
        with firewall.Firewall("transports_test") as blocked:
            for port in ports.values():
                blocked.drop(f"udp dport {port}")
            for person in (alice, bob):
                person.start("--port", str(ports[person.name]))
            alice.must("create", room="den")
            bob.must("join", room="den")
            alice.wait_for("room", room="den", change="linked", user="bob", deadline=FALLBACK)
            self.assertEqual("tcp", self.linked(alice, bob)["transport"])
            self.assertDelivered(alice, bob, "#den", "over TCP")
            self.assertDelivered(bob, alice, "#den", "as ever")

    def test_a_killed_member_is_missed_at_once(self):
        alice, bob = self.person("alice"), self.person("bob")
        self.meet(alice, bob)
        since = alice.mark()
        bob.kill()
        alice.do("send", target="#den", text="are you there?")  # the machine answers that nobody is
        alice.wait_for("link", since=since, peer="bob", state="down", deadline=FALLBACK)


if __name__ == "__main__":
    harness.main()
