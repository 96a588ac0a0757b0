"""Commands of the shell: what they print and how they exit; beside an open session, and on a second device."""

import concurrent.futures
import json
import random
import signal

import harness
from harness import PASSWORD, run

LIMIT = 64 * 1024
OK, ERROR, USAGE, QUEUED, ALONE = range(5)


class OneShotTest(harness.EndToEndTest):

    def check(self, result, code):
        self.assertEqual(code, result.code, str(result))
        if code == ERROR:
            self.assertNotEqual("", result.err.strip(), str(result))
        return result


class AccountTest(OneShotTest):

    def register(self, name, *flags, link=None, password=PASSWORD, **options):
        return run("register", name, "--server", link or self.server.link, "--home", self.folder / "new",
                   "--password-stdin", *flags, stdin=password + "\n", **options)

    def test_register_tells_who_one_is(self):
        account = self.check(self.register("Alice"), OK).event("account")
        self.assertEqual("alice", account["user"])
        self.assertEqual(self.server.link, account["server"])
        again = self.check(run("whoami", "--home", self.folder / "new"), OK).event("account")
        self.assertEqual(account, again)
        self.assertIn("alice", run("whoami", "--home", self.folder / "new", json_lines=False).out)

    def test_what_register_refuses(self):
        self.person("alice", online=False)
        for name, password, word in (("alice", PASSWORD, "taken"), ("a1ice", PASSWORD, "taken"),
                                     ("al\u0456ce", PASSWORD, "script"),
                                     ("two words", PASSWORD, "name"), ("x", PASSWORD, "name"),
                                     ("n" * 10_000, PASSWORD, "name"), ("newcomer", "short", "8"),
                                     ("newcomer", "password", "common"), ("newcomer", "newcomer", "name"),
                                     ("newcomer", "p" * 129, "128"), ("newcomer", "", "password")):
            with self.subTest(name=name[:20], password=password[:20]):
                result = self.check(self.register(name, password=password), ERROR)
                self.assertIn(word, result.err)
                self.assertFalse((self.folder / "new" / "account").exists())
        self.check(self.register("newcomer"), OK)

    def test_wrong_links(self):
        address, pin = self.server.link.split("/#")
        other_pin = ("a" if pin[0] != "a" else "b") + pin[1:]
        wrong = self.check(self.register("alice", link=f"{address}/#{other_pin}"), ERROR)
        self.assertIn("not the server of this link", wrong.err)
        nobody = self.check(self.register("alice", link=f"parlor://127.0.0.1:{harness.free_port()}/#{pin}"), ERROR)
        self.assertIn("is the server running", nobody.err)
        for link in ("nonsense", address + "/#short", "http://127.0.0.1/", f"parlor://127.0.0.1:99999/#{pin}"):
            self.check(self.register("alice", link=link), ERROR)
        self.assertIn("join link", self.check(
            run("register", "alice", "--home", self.folder / "new", "--password-stdin", stdin=PASSWORD), ERROR).err)

    def test_wrong_password_and_unknown_name_say_the_same(self):
        self.person("alice", online=False)
        said = {run("login", name, "--server", self.server.link, "--home", self.folder / "other",
                    "--password-stdin", stdin="not-the-password\n").event("error")["message"]
                for name in ("alice", "nobody-of-that-name")}
        self.assertEqual(1, len(said), said)

    def test_without_an_account(self):
        result = self.check(run("rooms", "--home", self.folder / "empty"), ERROR)
        self.assertIn("parlor login", result.err)

    def test_a_command_line_that_makes_no_sense(self):
        alice = self.person("alice", online=False)
        for words in (["nonsense"], ["send"], ["send", "@bob"], ["send", "bob", "hi"], ["rooms", "--nonsense"],
                      ["role", "den", "bob", "emperor"], ["--port", "70000", "whoami"],
                      ["history", "@bob", "limit=many"], ["--wait", "-1", "send", "@bob", "hi"]):
            with self.subTest(words=words):
                result = alice.run(*words, json_lines=False)
                self.check(result, USAGE)
                self.assertNotEqual("", (result.err + result.out).strip())

    def test_help_and_version(self):
        for words in (["--help"], ["send", "--help"], ["listen", "--help"], ["--version"]):
            self.assertNotEqual("", self.check(run(*words, json_lines=False), OK).out)

    def test_files_are_private(self):
        alice = self.person("alice")
        for home in (alice.home, self.server.data):
            self.assertEqual(0o700, home.stat().st_mode & 0o777, home)
        secrets = 0
        for path in self.folder.rglob("*"):
            try:
                if not path.is_file():
                    continue
                secret = b"PRIVATE KEY" in path.read_bytes() or path.suffix == ".db" or alice.home in path.parents
                mode = path.stat().st_mode
            except FileNotFoundError:
                continue  # one that the programs had for a moment
            if secret:
                secrets += 1
                self.assertEqual(0, mode & 0o077, f"others can use {path}")
        self.assertGreater(secrets, 3)

    def test_password_logout_and_delete(self):
        alice = self.person("alice", online=False)
        other = self.second_device(alice)
        self.check(alice.run("password", "--password-stdin", stdin=f"wrong-password\n{PASSWORD}!\n"), ERROR)
        self.check(alice.run("password", "--password-stdin", stdin=f"{PASSWORD}\n{PASSWORD}!\n"), OK)
        self.check(other.run("rooms"), ERROR)
        self.check(alice.run("rooms"), OK)
        self.check(alice.run("logout"), OK)
        self.assertIn("parlor login", self.check(alice.run("rooms"), ERROR).err)
        login = ("login", "alice", "--server", self.server.link, "--password-stdin")
        self.check(alice.run(*login, stdin=PASSWORD), ERROR)
        self.check(alice.run(*login, stdin=PASSWORD + "!"), OK)
        self.check(alice.run("delete-account", "--password-stdin", stdin="wrong-password"), ERROR)
        self.check(alice.run("delete-account", "--password-stdin", stdin=PASSWORD + "!"), OK)
        self.check(self.register("alice"), ERROR)  # never given out again

    def test_devices_and_revoke(self):
        alice = self.person("alice", online=False)
        other = self.second_device(alice)
        devices = self.check(alice.run("devices"), OK).event("devices")["devices"]
        self.assertEqual(2, len(devices), devices)
        mine, = [device for device in devices if device.get("current")]
        self.assertEqual(alice.run("whoami").event("account")["device"], mine["device"])
        theirs, = [device["device"] for device in devices if not device.get("current")]
        self.check(alice.run("revoke", theirs), OK)
        self.check(other.run("rooms"), ERROR)
        self.assertEqual(1, len(alice.run("devices").event("devices")["devices"]))
        self.check(alice.run("revoke", "no-such-device"), ERROR)


class QuestionsTest(OneShotTest):

    def test_questions(self):
        alice, bob = self.person("alice", online=False), self.person("bob")
        bob.must("create", room="Den", topic="tea")
        room, = self.check(alice.run("rooms"), OK).event("rooms")["rooms"]
        self.assertEqual(("den", "tea", 1, "bob"), tuple(room[f] for f in ("room", "topic", "members", "owner")))
        self.assertEqual([], self.check(alice.run("rooms", "zebra"), OK).event("rooms")["rooms"])
        people = self.check(alice.run("who"), OK).event("people")["people"]
        self.assertIn("bob", [person["user"] for person in people])
        found = self.check(alice.run("find", "bo"), OK).event("people")["people"]
        self.assertEqual(["bob"], [person["user"] for person in found])
        self.assertEqual([], self.check(alice.run("find", "zebra"), OK).event("people")["people"])
        self.assertEqual([], self.check(alice.run("outbox"), OK).event("outbox")["messages"])
        self.assertEqual([], self.check(alice.run("history", "@bob"), OK).event("history")["messages"])
        self.assertEqual([], self.check(alice.run("contacts"), OK).event("contacts")["contacts"])
        self.check(alice.run("who", "den"), ERROR)  # not in it
        self.check(alice.run("leave", "den"), ERROR)
        self.check(alice.run("join", "no-such-room"), ERROR)

    def test_doctor(self):
        alice = self.person("alice", online=False)
        checks = self.check(alice.run("doctor"), OK).event("doctor")["checks"]
        self.assertEqual([], [check for check in checks if check["outcome"] in ("failed", "warning")])
        self.assertIn("untested", [check["outcome"] for check in checks], "it names what it does not test yet")
        self.server.stop()
        checks = alice.run("doctor", "--wait", "3").event("doctor")["checks"]
        self.assertIn("failed", [check["outcome"] for check in checks])

    def test_server_away(self):
        alice = self.person("alice", online=False)
        self.server.stop()
        result = self.check(alice.run("rooms", "--wait", "2"), ERROR)
        self.assertEqual("unavailable", result.event("error")["code"])
        for words in (["whoami"], ["outbox"], ["history", "@bob"]):
            self.check(alice.run(*words), OK)


class AnswersTest(OneShotTest):
    """Many questions at once: each answer is about what was asked."""

    def check_lookup(self, name, answer):
        self.assertEqual(("people", [name]), (answer["event"], [person["user"] for person in answer["people"]]))

    def test_fifty_questions_at_once(self):
        alice, rooms = self.person("alice"), [f"room-{i}" for i in range(12)]
        for room in rooms:
            alice.must("create", room=room, topic=f"about {room}")
        refs = {f"lookup-{i}": ("lookup", {"user": f"somebody-{i}"}) for i in range(50)}
        refs.update({f"rooms-{i}": ("rooms", {"query": f"about {room}"}) for i, room in enumerate(rooms)})
        refs.update({f"who-{i}": ("who", {"room": room}) for i, room in enumerate(rooms)})
        lines = [json.dumps({"command": command, "ref": ref, **fields}) for ref, (command, fields) in refs.items()]
        alice.write("".join(line + "\n" for line in random.Random(1).sample(lines, len(lines))).encode())
        for ref, (command, fields) in refs.items():
            answer = alice.wait_for(None, ref=ref)
            if command == "lookup":
                self.check_lookup(fields["user"], answer)
            elif command == "rooms":
                self.assertIn(fields["query"], [room["topic"] for room in answer["rooms"]])
                self.assertTrue(all(room["topic"].startswith(fields["query"]) for room in answer["rooms"]), answer)
            else:
                self.assertEqual(("who", fields["room"]), (answer["event"], answer["room"]))
        self.assertEqual(len(refs), len([event for event in alice.events.all() if event.get("ref") in refs]))

    def test_from_two_processes_beside_an_open_session(self):
        alice = self.person("alice")
        names = [f"other-{i}" for i in range(20)]
        with concurrent.futures.ThreadPoolExecutor(2) as two:
            jobs = {name: two.submit(alice.run, "lookup", name) for name in names}
            for turn in range(10):  # while those run
                refs = {alice.do("lookup", user=f"own-{turn}-{i}"): f"own-{turn}-{i}" for i in range(50)}
                for ref, name in refs.items():
                    self.check_lookup(name, alice.wait_for(None, ref=ref))
            for name, job in jobs.items():
                answer, = self.check(job.result(), OK).events()
                self.check_lookup(name, answer)
        self.assertEqual([], [event for event in alice.seen("people") if
                              any(person["user"] in names for person in event["people"])])


class SendTest(OneShotTest):

    def test_delivered(self):
        alice, bob = self.pair()
        alice.quit()
        result = self.check(alice.run("send", "@bob", "from", "the", "shell"), OK)
        marks = [event["mark"] for event in result.events() if event["event"] == "delivery"]
        self.assertEqual("delivered", marks[-1], str(result))
        bob.wait_for("message", text="from the shell", target="@alice")
        history = alice.run("history", "@bob", "limit=1").event("history")["messages"]
        self.assertEqual([("from the shell", True, "delivered")],
                         [(m["text"], m["own"], m["mark"]) for m in history])
        self.assertIn("from the shell", alice.run("history", "@bob", json_lines=False).out)

    def test_waits_for_somebody_who_is_offline(self):
        alice, bob = self.pair()
        bob.quit()
        alice.quit()
        result = self.check(alice.run("send", "@bob", "later", "--wait", "2"), QUEUED)
        last = result.events()[-1]
        self.assertEqual("queued", last["mark"])
        self.assertIn("offline", last["reason"])
        waiting, = alice.run("outbox").event("outbox")["messages"]
        self.assertEqual(("later", "@bob"), (waiting["text"], waiting["target"]))
        self.assertIn("offline", alice.run("send", "@bob", "later, too", "--wait", "2", json_lines=False).out)
        bob.start()
        alice.start()
        bob.wait_for("message", text="later, too")
        self.assertEqual(["later", "later, too"], bob.texts())
        alice.wait_for("delivery", mark="delivered", id=waiting["id"])
        self.assertEqual([], alice.must("outbox")["messages"])

    def test_waits_for_somebody_who_has_not_accepted(self):
        alice, bob = self.person("alice", online=False), self.person("bob")
        result = self.check(alice.run("send", "@bob", "knock", "--wait", "2"), QUEUED)
        self.assertIn("accept", result.events()[-1]["reason"])
        bob.wait_for("request", **{"from": "alice"})
        self.assertEqual([], bob.texts())
        bob.must("accept", user="alice")
        alice.start()
        bob.wait_for("message", text="knock")

    def test_a_decline_is_told(self):
        alice, bob = self.person("alice"), self.person("bob")
        alice.do("send", target="@bob", text="knock")
        bob.wait_for("request", **{"from": "alice"})
        bob.must("decline", user="alice", note="not now")
        alice.wait_for("chat", user="bob", change="declined", note="not now")
        self.assertEqual([], bob.texts())

    def test_a_request_can_be_withdrawn(self):
        alice, bob = self.person("alice"), self.person("bob")
        alice.do("send", target="@bob", text="knock")
        bob.wait_for("request", **{"from": "alice"})
        alice.must("withdraw", target="@bob")
        alice.wait_for("delivery", mark="withdrawn")
        bob.wait_for("chat", user="alice", change="withdrawn")
        self.assertEqual([], alice.must("outbox")["messages"])

    def test_without_the_server(self):
        alice, bob = self.pair()
        bob.quit()
        alice.quit()
        self.server.stop()
        self.check(alice.run("send", "@bob", "hello?", "--wait", "2"), QUEUED)
        self.server.start()
        bob.start()
        alice.start()
        bob.wait_for("message", text="hello?")

    def test_alone_in_the_room(self):
        alice = self.person("alice", online=False)
        self.check(alice.run("create", "den"), OK)
        result = self.check(alice.run("send", "#den", "anybody?"), ALONE)
        self.assertEqual("alone", result.events()[-1]["reason"])
        self.check(alice.run("send", "#no-such-room", "anybody?"), ERROR)

    def test_room_with_others(self):
        alice, bob = self.person("alice", online=False), self.person("bob")
        bob.must("create", room="den")
        result = self.check(alice.run("send", "#den", "hello"), OK)
        self.assertEqual("bob", result.events()[-1]["by"])
        bob.wait_for("message", text="hello", target="#den")

    def test_beside_an_open_session(self):
        alice, bob = self.pair()
        alice.must("create", room="den")
        bob.must("join", room="den")
        alice.wait_for("room", change="linked", user="bob")
        since = alice.mark()
        self.check(alice.run("send", "@bob", "through the owner"), OK)
        self.check(alice.run("send", "#den", "in the room, too"), OK)
        bob.wait_for("message", text="through the owner", target="@alice")
        bob.wait_for("message", text="in the room, too", target="#den")
        self.assertEqual(["den"], [room["room"] for room in alice.run("rooms").event("rooms")["rooms"]])
        self.check(alice.run("history", "@bob"), OK)
        self.assertDelivered(alice, bob, "#den", "still here")
        self.assertEqual([], alice.seen("services", since=since), "the owner was disturbed")
        self.assertEqual([], alice.seen("closed"))

    def test_second_listen_takes_the_owners_place(self):
        alice, bob = self.pair()
        second = harness.Person(self.folder, "alice", alice.home)
        self._people.append(second)
        second.spawn()
        second.wait_for("ready")
        self.assertDelivered(second, bob, "@bob", "from the second")
        self.assertDelivered(alice, bob, "@bob", "from the first")
        since = second.mark()
        alice.process.signal(signal.SIGKILL)
        ready = second.events.wait(lambda e: e["event"] == "ready", "the owner's place", since)[1]
        second.wait_for("services", since=ready, state="up")
        self.assertDelivered(second, bob, "@bob", "the owner is dead")


class TextTest(OneShotTest):

    TEXTS = {
        "newlines": "one\ntwo\r\n\n\tthree",
        "combining characters": "a" + "\u0301" * 5000,
        "only combining characters": "\u0301\u0323" * 1000,
        "escape sequences": "\x1b[2J\x1b]0;owned\x07\x9b31m red end",
        "bidirectional overrides": "abc\u202edef\u2066ghi",
        "any script":
            "\u0644\u0644\u0639\u0631\u0628\u064a\u0629 \u4f60\u597d "
            "\U0001f468\u200d\U0001f469\u200d\U0001f467 \u0939\u093f\u0928\u094d\u0926\u0940",
        "looks like a command": ":quit\n/leave",
        "60 KiB": "0123456789abcdef" * (60 * 64),
        "the limit": "\u4f60" * (LIMIT // 3) + "x",
    }

    def test_texts_arrive_whole(self):
        alice, bob = self.person("alice"), self.person("bob")
        alice.befriend(bob)
        bob.must("create", room="den")
        alice.must("join", room="den")
        alice.wait_for("room", change="linked", user="bob")
        for target in ("@bob", "#den"):
            for name, text in self.TEXTS.items():
                with self.subTest(name, target=target):
                    since = bob.mark()
                    self.check(alice.run("send", target, "-", stdin=text), OK)
                    message = bob.wait_for("message", since=since, **{"from": "alice"})
                    self.assertEqual(text, message["text"])
        history = bob.must("history", target="@alice", limit=len(self.TEXTS))["messages"]
        self.assertEqual(list(self.TEXTS.values()), [message["text"] for message in history])

    def test_texts_that_are_refused(self):
        alice, bob = self.person("alice"), self.person("bob")
        alice.befriend(bob)
        since = bob.mark()
        for name, data, word in (("too long", b"x" * (LIMIT + 1), str(LIMIT)),
                                 ("much too long", b"x" * (1 << 20), str(LIMIT)), ("a NUL", b"a\0b", "NUL"),
                                 ("invalid UTF-8", b"ab\xff\xfecd", "UTF-8"),
                                 ("half a character", "\u4f60".encode()[:2], "UTF-8"),
                                 ("a surrogate", b"\xed\xa0\x80", "UTF-8"), ("nothing", b"", "nothing")):
            with self.subTest(name):
                result = self.check(alice.run("send", "@bob", "-", stdin=data), ERROR)
                self.assertIn(word, result.err)
        self.assertDelivered(alice, bob, "@bob", "and on we go")
        self.assertEqual(["and on we go"], bob.texts(since))

    def test_lines_that_are_no_commands(self):
        alice, bob = self.person("alice"), self.person("bob")
        alice.befriend(bob)
        for line in (b"garbage\n", b"{}\n", b"[1]\n", b'{"command":"nonsense"}\n', b'{"command":"send"}\n',
                     b'{"command":"send","target":"@bob","text":7}\n',
                     b'{"command":"send","target":"bob","text":"x"}\n',
                     b'{"command":"send","target":"@bob","text":"x","extra":1}\n', b"\xff\xfe\n",
                     b'{"command":"send","target":"@bob","text":"\xff"}\n', b"x" * (2 << 20) + b"\n",
                     b'{"command":"join","room":"two words"}\n',
                     b'{"command":"lookup","user":"' + b"n" * 10000 + b'"}\n'):
            with self.subTest(line=line[:60]):
                since = alice.mark()
                alice.write(line)
                self.assertNotEqual("", alice.wait_for("error", since=since)["message"])
        answer = alice.ask("send", target="@bob", text="x" * (LIMIT + 1))
        self.assertEqual(("error", "invalid_argument"), (answer["event"], answer["code"]))
        self.assertDelivered(alice, bob, "@bob", "unharmed")

    def test_commands_in_pieces_and_at_once(self):
        alice, bob = self.person("alice"), self.person("bob")
        alice.befriend(bob)
        line = '{"command":"send","target":"@bob","text":"\u4f60\u597d"}\n'.encode()
        for at in range(len(line)):
            alice.write(line[at:at + 1])
        bob.wait_for("message", text="\u4f60\u597d")
        alice.write(b"".join(b'{"command":"send","target":"@bob","text":"m%d"}\n' % i for i in range(200)))
        bob.wait_for("message", text="m199")
        self.assertEqual([f"m{i}" for i in range(200)], [text for text in bob.texts() if text.startswith("m") and
                                                         text[1:].isdigit()])


class SecondDeviceTest(OneShotTest):

    def test_told_already_online_and_takeover(self):
        alice, bob = self.person("alice"), self.person("bob")
        alice.befriend(bob)
        other = self.second_device(alice)
        other.spawn()
        other.wait_for("error", code="already_online")
        self.assertDelivered(alice, bob, "@bob", "I was first")
        self.assertEqual([], other.seen("services", state="up"))
        other.kill()
        taken = alice.mark()
        other.start("--takeover")
        alice.wait_for("error", since=taken, code="taken_over")
        # The new device knows of no chat with bob: the person decides.
        bob.do("send", target="@alice", text="to where you are")
        other.wait_for("request", **{"from": "bob"})
        other.must("accept", user="bob")
        other.wait_for("message", text="to where you are")
        self.assertDelivered(other, bob, "@bob", "now from here")
        # Who was taken over does not come back by itself; it does when its person asks.
        self.assertEqual([], alice.seen("services", since=taken, state="up"))
        back = alice.mark()
        alice.must("takeover")
        other.wait_for("error", code="taken_over")
        alice.wait_for("services", since=back, state="up")
        self.assertDelivered(alice, bob, "@bob", "back on the first")

    def test_one_shot_from_the_second_device(self):
        alice = self.person("alice")
        other = self.second_device(alice)
        since = alice.mark()
        result = self.check(other.run("rooms", "--wait", "3"), ERROR)
        self.assertRegex(result.err, "take ?over")
        self.assertEqual([], alice.seen("services", since=since), "the first was disturbed")
        self.assertEqual([], alice.seen("error", since=since))


if __name__ == "__main__":
    harness.main()
