"""Rules of rooms between real people, and every other command once: what it answers and what the others see."""

import harness


class RoomsTest(harness.EndToEndTest):

    def refused(self, answer, *codes):
        self.assertEqual("error", answer["event"], answer)
        if codes:
            self.assertIn(answer["code"], codes, answer)
        self.assertNotEqual("", answer["message"])
        return answer

    def test_kicked_and_banned(self):
        alice, bob, carol = self.person("alice"), self.person("bob"), self.person("carol")
        self.meet(alice, bob, carol)
        self.refused(bob.ask("kick", room="den", user="alice"), "permission_denied")
        alice.must("kick", room="den", user="bob")
        bob.wait_for("room", room="den", change="kicked", user="bob", by="alice")
        carol.wait_for("room", room="den", change="kicked", user="bob")
        self.refused(bob.ask("send", target="#den", text="am I still here?"))
        self.refused(bob.ask("join", room="den"))
        self.assertDelivered(alice, carol, "#den", "without him")
        self.assertEqual([], bob.texts())
        alice.must("ban", room="den", user="carol")
        carol.wait_for("room", room="den", change="banned", user="carol")
        self.refused(carol.ask("join", room="den"), "permission_denied")
        alice.must("unban", room="den", user="carol")
        carol.must("join", room="den")
        carol.wait_for("room", change="linked", user="alice")
        self.assertDelivered(carol, alice, "#den", "forgiven")

    def test_who_may_enter(self):
        alice, bob = self.person("alice"), self.person("bob")
        alice.must("create", room="club", access="invite")
        alice.must("create", room="vault", access="password", password="open sesame")
        self.refused(bob.ask("join", room="club"), "not_found")  # it is not even said that it exists
        self.refused(bob.ask("join", room="vault"))
        self.refused(bob.ask("join", room="vault", password="wrong"), "permission_denied", "unauthenticated")
        self.refused(bob.ask("join", room="no-such-room"), "not_found")
        self.refused(bob.ask("create", room="club"), "already_exists")
        alice.must("invite", room="club", user="bob")
        bob.must("join", room="club")
        bob.must("join", room="club")  # being in it already is no error
        bob.must("join", room="vault", password="open sesame")

    def test_a_stage(self):
        alice, bob, carol = self.person("alice"), self.person("bob"), self.person("carol")
        self.meet(alice, bob, carol, room="stage", stage=True)
        self.refused(bob.ask("send", target="#stage", text="may I?"), "permission_denied", "failed_precondition")
        bob.must("hand", room="stage")
        alice.wait_for("room", room="stage", change="hand", user="bob", hand=True)
        alice.must("role", room="stage", user="bob", role="speaker")
        bob.wait_for("room", room="stage", change="role", user="bob", role="speaker")
        self.assertDelivered(bob, alice, "#stage", "thank you")
        carol.wait_for("message", text="thank you")
        alice.must("role", room="stage", user="bob", role="listener")
        bob.wait_for("room", room="stage", change="role", user="bob", role="listener")
        self.refused(bob.ask("send", target="#stage", text="one more thing"))
        self.assertDelivered(alice, carol, "#stage", "order, order")
        self.assertNotIn("one more thing", alice.texts())
        who = alice.must("who", room="stage")
        self.assertTrue(who["stage"])
        self.assertEqual({"alice": "moderator", "bob": "listener", "carol": "listener"},
                         {member["user"]: member["role"] for member in who["members"]})

    def test_topic_leave_and_close(self):
        alice, bob = self.person("alice"), self.person("bob")
        self.meet(alice, bob, topic="tea")
        alice.must("topic", room="den", topic="cake & \u8336")
        bob.wait_for("room", room="den", change="topic", topic="cake & \u8336")
        self.refused(bob.ask("topic", room="den", topic="beer"), "permission_denied")
        bob.must("leave", room="den")
        alice.wait_for("room", room="den", change="left", user="bob")
        bob.must("join", room="den")
        bob.wait_for("room", change="linked", user="alice")
        self.refused(bob.ask("close", room="den"), "permission_denied")
        alice.must("close", room="den")
        bob.wait_for("room", room="den", change="closed")
        self.assertEqual([], bob.must("rooms")["rooms"])

    def test_who_comes_later_gets_what_was_said(self):
        alice, bob = self.person("alice"), self.person("bob")
        self.meet(alice, bob)
        for i in range(120):
            alice.do("send", target="#den", text=f"m{i}")
        bob.wait_for("message", text="m119")
        carol = self.person("carol")
        carol.must("join", room="den")
        carol.wait_for("message", text="m119", history=True)
        self.assertEqual([f"m{i}" for i in range(20, 120)], carol.texts())
        self.assertNothingTwice(carol)

    def test_a_room_survives_its_founder(self):
        alice, bob, carol = self.person("alice"), self.person("bob"), self.person("carol")
        self.meet(alice, bob, carol)
        self.assertDelivered(alice, bob, "#den", "farewell")
        alice.quit()
        self.assertDelivered(bob, carol, "#den", "we stay")
        dave = self.person("dave")
        dave.must("join", room="den")
        dave.wait_for("message", text="farewell", history=True, proof="signature", **{"from": "alice"})

    def test_people(self):
        alice, bob = self.person("alice"), self.person("bob")
        alice.befriend(bob)
        bob.must("status", status="away", text="at lunch")
        alice.wait_for("presence", user="bob", status="away", text="at lunch")
        person, = alice.must("lookup", user="bob")["people"]
        self.assertEqual(("bob", "away", "at lunch"), (person["user"], person["status"], person["text"]))
        self.refused(bob.ask("status", text="x" * 81), "invalid_argument")
        bob.do("typing", target="@alice")
        alice.wait_for("typing", user="bob", target="@bob")
        contact, = alice.must("contacts")["contacts"]
        self.assertEqual(("bob", "accepted"), (contact["user"], contact["consent"]))
        mine, theirs = alice.must("verify", user="bob"), bob.must("verify", user="alice")
        self.assertEqual(mine["number"], theirs["number"])
        alice.must("verify", user="bob", answer="match")
        self.assertTrue(alice.must("verify", user="bob")["verified"])
        self.assertEqual("alice", alice.must("whoami")["user"])
        self.assertEqual(1, len(alice.must("devices")["devices"]))
        self.assertEqual([], [c for c in alice.must("doctor")["checks"] if c["outcome"] == "failed"])

    def test_a_new_device_is_a_new_key(self):
        alice, bob = self.person("alice"), self.person("bob")
        alice.befriend(bob)
        alice.must("verify", user="bob", answer="match")
        bob.quit()
        elsewhere = self.second_device(bob).start()
        elsewhere.do("send", target="@alice", text="from my new laptop")
        alice.wait_for("key", user="bob", was_verified=True)
        alice.wait_for("message", text="from my new laptop")
        self.assertNotIn("verified", alice.must("verify", user="bob"))

    def test_block(self):
        alice, bob = self.person("alice"), self.person("bob")
        alice.befriend(bob)
        alice.must("block", user="bob")
        bob.wait_for("presence", user="alice", status="offline")
        ref = bob.do("send", target="@alice", text="why?")
        bob.wait_for("delivery", ref=ref, mark="queued")
        person, = bob.must("lookup", user="alice")["people"]
        self.assertEqual("offline", person["status"])
        self.assertNotIn("why?", alice.texts())
        alice.must("unblock", user="bob")
        bob.wait_for("presence", since=0, user="alice", status="online")

    def test_limits_of_names_and_texts(self):
        alice = self.person("alice")
        for room in ("two words", "x" * 65, "", "\x1b[31m", "#", "a/b"):
            self.refused(alice.ask("create", room=room), "invalid_argument")
        self.refused(alice.ask("send", target="#nowhere", text="x"))
        self.refused(alice.ask("send", target="@alice", text="to myself"), "invalid_argument", "failed_precondition")
        self.refused(alice.ask("accept", user="bob"))
        self.refused(alice.ask("kick", room="nowhere", user="bob"))


if __name__ == "__main__":
    harness.main()
