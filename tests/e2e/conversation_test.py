"""Two people and a bot talk; the server goes away and comes back, and they talk on."""

import threading

import harness
from terminal import Terminal


class Bot:
    """The program of docs/scripting.md, "A bot in ten lines", on a thread."""

    def __init__(self, person):
        self._person = person
        self._thread = threading.Thread(target=self._answer, daemon=True)
        self._thread.start()

    def _answer(self):
        person, at = self._person, 0
        events = person.events
        while True:
            try:
                event, at = events.wait(lambda e: e["event"] in ("request", "message", "closed"), "anything", at,
                                        deadline=600)
            except AssertionError:
                return  # its process was ended
            at += 1
            if event["event"] == "closed":
                return
            if event["event"] == "request":
                person.do("accept", user=event["from"])
            elif event["text"].startswith("!ping"):
                person.do("send", target=event["target"], text=event["text"].replace("!ping", "pong"))


class ConversationTest(harness.EndToEndTest):

    def setUp(self):
        super().setUp()
        self.alice = self.person("alice")
        self.bob = self.person("bob")
        self.helper = self.person("helper")
        Bot(self.helper)
        self.everybody = (self.alice, self.bob, self.helper)
        self.meet(*self.everybody)
        self.alice.befriend(self.bob)

    def hold_conversation(self, tag):
        """In the room, with the bot, and in private; each message reaches everybody it is meant for."""
        alice, bob, helper = self.everybody
        since = {person.name: person.mark() for person in self.everybody}
        self.assertDelivered(alice, bob, "#den", f"{tag}: hello, room")
        helper.wait_for("message", since=since["helper"], text=f"{tag}: hello, room", target="#den")
        self.assertDelivered(bob, alice, "#den", f"{tag}: hello, alice")
        bob.do("send", target="#den", text=f"!ping {tag}")
        alice.wait_for("message", since=since["alice"], text=f"pong {tag}", **{"from": "helper"})
        bob.wait_for("message", since=since["bob"], text=f"pong {tag}", **{"from": "helper"})
        self.assertDelivered(alice, bob, "@bob", f"{tag}: between us")
        message_id = self.assertDelivered(bob, alice, "@alice", f"{tag}: and back")
        alice.must("read", target="@bob")
        bob.wait_for("delivery", since=since["bob"], id=message_id, mark="read", by="alice")
        for text in (f"{tag}: between us", f"{tag}: and back"):
            self.assertNotIn(text, helper.texts())

    def ask_bot(self, tag):
        self.alice.do("msg", user="helper", text=f"!ping {tag}")
        self.alice.wait_for("message", target="@helper", text=f"pong {tag}")

    def check_newcomer(self, name):
        newcomer = self.person(name)
        newcomer.must("join", room="den")
        for person in self.everybody:
            newcomer.wait_for("room", change="linked", user=person.name)
            person.wait_for("room", change="linked", user=name)
        self.assertDelivered(newcomer, self.alice, "#den", f"{name} is new here")
        self.assertDelivered(self.alice, newcomer, "#den", f"welcome, {name}")
        newcomer.befriend(self.bob)

    def check_outage(self, take_away):
        self.hold_conversation("before")
        self.ask_bot("before")
        since = {person.name: person.mark() for person in self.everybody}
        take_away()
        for person in self.everybody:
            person.wait_for("services", since=since[person.name], state="down")
        self.hold_conversation("while it is away")
        self.ask_bot("while it is away")
        since = {person.name: person.mark() for person in self.everybody}
        self.server.start()
        for person in self.everybody:
            person.wait_for("services", since=since[person.name], state="up")
        self.hold_conversation("after")
        self.check_newcomer("carol")
        members = {member["user"] for member in self.alice.must("who", room="den")["members"]}
        self.assertEqual({"alice", "bob", "helper", "carol"}, members)
        for person in self.everybody:
            self.assertNothingTwice(person)
            self.assertEqual([], person.seen("room", change="unlinked"), "a link broke without need")

    def test_goes_on_while_the_server_is_stopped(self):
        self.check_outage(lambda: self.assertEqual(0, self.server.stop()))

    def test_goes_on_while_the_server_is_killed(self):
        self.check_outage(self.server.kill)

    def test_goes_on_while_the_server_hangs(self):
        self.hold_conversation("before")
        since = self.alice.mark()
        self.server.freeze()
        self.hold_conversation("while it hangs")
        self.alice.wait_for("services", since=since, state="down", deadline=90)
        self.hold_conversation("and is missed")
        since = self.alice.mark()
        self.server.thaw()
        self.alice.wait_for("services", since=since, state="up")
        self.hold_conversation("after")
        self.check_newcomer("carol")

    def test_goodbyes(self):
        self.hold_conversation("before")
        since = self.alice.mark()
        self.assertEqual(0, self.bob.quit())
        self.alice.wait_for("room", since=since, change="left", user="bob")
        self.alice.wait_for("presence", since=since, user="bob", status="offline")
        since = self.alice.mark()
        self.alice.must("leave", room="den")
        self.helper.wait_for("room", change="left", user="alice")
        self.assertEqual(0, self.alice.quit())


class TerminalsTest(harness.EndToEndTest):
    """Two people at terminals and a bot over JSON lines. People type only to talk, never to get back."""

    def setUp(self):
        super().setUp()
        homes = [self.person(name, online=False).home for name in ("alice", "bob")]
        self.helper = self.person("helper")
        Bot(self.helper)
        self.alice, self.bob = self.terminals = [self.keep(Terminal(home)) for home in homes]
        for terminal in self.terminals:
            terminal.wait_for("connected to the server")
        self.alice.enter(":create den")
        self.alice.wait_for(lambda screen: screen.line_at_cursor() == "#den >")
        self.bob.enter(":join den")
        self.bob.wait_for(lambda screen: screen.line_at_cursor() == "#den >")
        self.helper.must("join", room="den")
        for name in ("alice", "bob"):
            self.helper.wait_for("room", change="linked", user=name)
        self.bob.enter(":msg alice may I?")
        self.alice.wait_for("@bob asks for a private chat")
        self.alice.enter(":accept bob")
        self.alice.wait_for("@bob bob: may I?")
        self.ask_bot("first")

    def ask_bot(self, tag):
        self.alice.enter(f":msg helper !ping {tag}")
        self.alice.wait_for(f"@helper helper: pong {tag}")

    def hold_conversation(self, tag):
        """In the room and in private, each way; what is private stays so."""
        for terminal in self.terminals:
            terminal.enter(":join den")  # what is typed goes there again
            terminal.wait_for(lambda screen: screen.line_at_cursor() == "#den >")
        self.alice.enter(f"{tag}: hello, room")
        self.bob.wait_for(f"#den alice: {tag}: hello, room")
        self.bob.enter(f"!ping {tag}")
        for terminal in self.terminals:
            terminal.wait_for(f"#den helper: pong {tag}")
        self.alice.wait_for(f"#den bob: !ping {tag}")
        self.alice.enter(f":msg bob {tag}: between us")
        self.bob.wait_for(f"@alice alice: {tag}: between us")
        self.bob.enter(f":msg alice {tag}: and back")
        self.alice.wait_for(f"@bob bob: {tag}: and back")
        self.ask_bot(f"{tag} in private")
        heard = self.helper.texts()
        self.assertIn(f"{tag}: hello, room", heard)
        self.assertEqual([], [text for text in heard if "between us" in text or "and back" in text])

    def check_all_are_back(self):
        """Asked by somebody who has just come and knows only what the server says."""
        carol = self.person("carol")
        everybody = {"alice", "bob", "helper", "carol"}
        harness.wait_until(lambda: {person["user"] for person in carol.must("who")["people"]
                                    if person["status"] == "online"} == everybody, "the server shows all as online")
        carol.must("join", room="den")
        for name in sorted(everybody - {"carol"}):
            carol.wait_for("room", room="den", change="linked", user=name)
        members = {member["user"] for member in carol.must("who", room="den")["members"]}
        self.assertEqual(everybody, members)

    def test_the_server_is_stopped_and_started_again(self):
        self.hold_conversation("before")
        since = self.helper.mark()
        self.assertEqual(0, self.server.stop())
        for terminal in self.terminals:
            terminal.wait_for("no connection to the server")
        self.helper.wait_for("services", since=since, state="down")
        self.hold_conversation("without a server")
        since = self.helper.mark()
        self.server.start()
        for terminal in self.terminals:
            terminal.wait_for(lambda screen: screen.text().count("connected to the server") == 2)
        self.helper.wait_for("services", since=since, state="up")
        self.check_all_are_back()
        self.hold_conversation("after")
        self.assertNothingTwice(self.helper)
        self.assertEqual([], self.helper.seen("room", change="unlinked"), "a link broke without need")
        for terminal in self.terminals:
            self.assertEqual([], terminal.screen.strange)
            terminal.enter(":quit")
            self.assertEqual(0, terminal.wait())


if __name__ == "__main__":
    harness.main()
