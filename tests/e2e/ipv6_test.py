"""The same over IPv6: the server's address, and people's own."""

import socket

import harness


def has_ipv6():
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


class Ipv6Test(harness.EndToEndTest):
    server_host = "[::1]"

    def setUp(self):
        if not has_ipv6():
            harness.skip(self, "ipv6", "this machine has no IPv6")
        super().setUp()

    def test_talk(self):
        alice, bob = self.person("alice"), self.person("bob")
        alice.befriend(bob)
        alice.must("create", room="den")
        bob.must("join", room="den")
        alice.wait_for("room", change="linked", user="bob")
        self.assertDelivered(alice, bob, "@bob", "in private")
        self.assertDelivered(bob, alice, "#den", "in the room")
        self.server.stop()
        self.assertDelivered(bob, alice, "@alice", "without the server")
        alice.quit()
        self.server.start()
        alice.start("--port", str(harness.free_port("::1")))
        self.assertDelivered(bob, alice, "@alice", "back again")
        link = alice.seen("link", peer="bob", state="up")[-1]
        self.assertRegex(link["address"], r"^\[[0-9a-f:]+\]:\d+$")


if __name__ == "__main__":
    harness.main()
