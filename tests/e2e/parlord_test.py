"""parlord as its operator sees it: its disk, its end, its admin port and its admin commands."""

import resource
import socket
import subprocess
import time
import urllib.error
import urllib.request

import burst
import harness

OK, FAILED, USAGE, NOT_FOUND = range(4)


class ParlordTest(harness.EndToEndTest):
    server_flags = harness.IMPATIENT

    def parlord(self, *words, stdin=b""):
        """A command of parlord's, on the data of the running one."""
        return subprocess.run([*harness.MORTAL, harness.PARLORD, "--data", str(self.server.data), *words], input=stdin,
                              capture_output=True, timeout=2 * harness.DEADLINE, env=harness.environment())

    def register(self, name, *flags):
        return harness.run("register", name, "--server", self.server.link, "--home", self.folder / f"home-{name}",
                           "--password-stdin", *flags, stdin=harness.PASSWORD + "\n")

    def login(self, name, password=harness.PASSWORD):
        return harness.run("login", name, "--server", self.server.link, "--home", self.folder / f"again-{name}",
                           "--password-stdin", stdin=password + "\n")


class FullDiskTest(ParlordTest):

    def limit(self, size):
        resource.prlimit(self.server.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def test_what_cannot_be_written_is_an_error_and_the_rest_goes_on(self):
        alice, bob = self.pair()
        self.meet(alice, bob)
        carol = self.person("carol", online=False)
        since = alice.mark()
        self.limit(1)
        for _ in range(3):
            result = self.register("dave")
            self.assertEqual(FAILED, result.code, str(result))
            self.assertRegex(result.err, "server.s disk is full.*try again", str(result))
            answer = alice.ask("create", room="hut")
            self.assertEqual("error", answer["event"], answer)
            self.assertRegex(answer["message"], "server.s disk is full.*try again")
        self.assertTrue(self.server.process.running(), self.server.errors())
        self.assertDelivered(alice, bob, "#den", "in the room, all the same")
        self.assertDelivered(bob, alice, "@alice", "and in private")
        self.assertEqual({"alice", "bob"}, {p["user"] for p in bob.must("who")["people"]})
        self.assertEqual([], alice.seen("services", since=since), "somebody connected was disturbed")
        self.limit(resource.RLIM_INFINITY)
        alice.must("create", room="hut")
        self.assertEqual(OK, self.register("dave").code)
        carol.start().must("join", room="hut")
        carol.wait_for("room", room="hut", change="linked", user="alice")
        # It is on the disk, too.
        self.server.kill()
        self.server.start()
        self.assertEqual(OK, self.login("dave").code)
        alice.wait_for("services", since=since, state="up")
        self.assertEqual({"den", "hut"}, {room["room"] for room in alice.must("rooms")["rooms"]})


class KilledTest(ParlordTest):
    server_flags = (*harness.IMPATIENT, *burst.GENEROUS)

    def test_while_it_writes(self):
        alice, bob = self.pair()
        work = burst.Burst(self, alice)
        since = {person.name: person.mark() for person in (alice, bob)}
        self.server.kill()
        self.assertDelivered(alice, bob, "@bob", "without a server")
        self.server.start()
        for person in (alice, bob):
            person.wait_for("services", since=since[person.name], state="up")
        work.check(bob)
        self.assertDelivered(bob, alice, "@alice", "after")


class DrainTest(ParlordTest):

    def test_says_goodbye_and_waits_for_nobody_beyond_its_time(self):
        alice, bob = self.pair()
        self.meet(alice, bob)
        bob.freeze()  # its streams will not be closed
        marks = {person: person.mark() for person in (alice, bob)}
        start = time.monotonic()
        self.assertEqual(0, self.server.stop())
        self.assertLess(time.monotonic() - start, 2 + 3, "--drain 2s, and what a busy machine needs")
        down = alice.wait_for("services", since=marks[alice], state="down")
        self.assertIn("asks to come back", down["reason"])
        socket.create_server(("127.0.0.1", self.server.port)).close()  # at once
        bob.thaw()
        self.server.start()
        for person, since in marks.items():
            person.wait_for("services", since=since, state="up")
        self.assertDelivered(alice, bob, "#den", "here again")


class AdminPortTest(ParlordTest):

    def ask(self, path):
        address = (self.server.data / "admin-address").read_text()
        try:
            with urllib.request.urlopen(f"http://{address}{path}", timeout=harness.DEADLINE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def test_answers_for_all_services(self):
        self.assertEqual((200, "ok\n"), self.ask("/healthz"))
        self.assertEqual((200, "ready\n"), self.ask("/readyz"))
        self.assertEqual(404, self.ask("/nonsense")[0])
        alice = self.person("alice")
        alice.must("create", room="den")
        status, metrics = self.ask("/metrics")
        self.assertEqual(200, status)
        values = dict(line.rsplit(" ", 1) for line in metrics.splitlines() if not line.startswith("#"))
        for name, value in (("parlor_auth_registrations_total", 1), ("parlor_rooms_members", 1),
                            ("parlor_rooms_active", 1)):
            self.assertEqual(value, float(values[name]), name)
        for name in ("parlor_presence_sessions", "parlor_build_info", "parlor_pool_running"):
            self.assertIn(name, metrics)
        for service, method in (("auth", "Register"), ("presence", "Connect"), ("rooms", "EnterRoom")):
            calls = [float(value) for name, value in values.items() if name.startswith("grpc_server_started_total") and
                     f'"parlor.{service}.v1.{service.capitalize()}"' in name and f'"{method}"' in name]
            self.assertEqual([1], calls, f"{service}: {metrics}")

    def test_healthcheck(self):
        healthy = self.parlord("healthcheck")
        self.assertEqual((0, b""), (healthy.returncode, healthy.stderr))
        self.server.kill()
        gone = self.parlord("healthcheck")
        self.assertNotEqual(0, gone.returncode)
        self.assertNotEqual(b"", gone.stderr)
        self.server.start()
        self.assertEqual(0, self.parlord("healthcheck").returncode, "at its new port")
        self.server.freeze()
        self.assertNotEqual(0, self.parlord("healthcheck").returncode)
        self.server.thaw()


class AdminCommandsTest(ParlordTest):
    """Beside the running server, which takes notice."""

    def admin(self, *words, code=OK, **options):
        completed = self.parlord("admin", *words, **options)
        out, err = completed.stdout.decode(), completed.stderr.decode()
        self.assertEqual(code, completed.returncode, out + err)
        self.assertEqual(code == OK, err == "", err)
        return out if code == OK else err

    def state_of(self, name):
        return {row.split()[0]: row.split()[1] for row in self.admin("users").splitlines()[1:]}.get(name)

    def test_suspend_and_unsuspend(self):
        alice, bob = self.pair()
        since = alice.mark()
        self.assertIn("bob", self.admin("suspend", "Bob"))
        alice.wait_for("presence", since=since, user="bob", status="offline")
        self.assertEqual(("active", "suspended"), (self.state_of("alice"), self.state_of("bob")))
        self.assertIn("logged out", bob.wait_for("services", state="down")["reason"])
        refused = self.login("bob")
        self.assertEqual(FAILED, refused.code, str(refused))
        self.assertIn("suspended", refused.err)
        self.admin("unsuspend", "bob")
        self.assertEqual("active", self.state_of("bob"))
        self.assertEqual(OK, self.login("bob").code)

    def test_reset_password(self):
        alice = self.person("alice", online=False)
        other = self.second_device(alice)
        self.admin("reset-password", "alice", "--password-stdin", stdin=b"a-new-password-17\n")
        for device in (alice, other):
            answers = []

            def logged_out():
                answers.append(device.run("rooms", "--wait", "1"))
                return "log in again" in answers[-1].err

            try:
                harness.wait_until(logged_out, "it is logged out")
            except AssertionError as late:
                raise AssertionError(f"{late}; {len(answers)} answers, the last: {answers[-1]}") from late
        self.assertEqual(FAILED, self.login("alice").code)
        self.assertEqual(OK, self.login("alice", "a-new-password-17").code)
        made = self.admin("reset-password", "alice").split("new password: ")[1].strip()
        self.assertEqual(FAILED, self.login("alice", "a-new-password-17").code)
        self.assertEqual(OK, self.login("alice", made).code)
        self.assertIn("8", self.admin("reset-password", "alice", "--password-stdin", stdin=b"short\n", code=USAGE))
        self.assertEqual(OK, self.login("alice", made).code)

    def test_registration_and_invitations(self):
        self.assertIn("open", self.admin("registration"))
        self.admin("registration", "closed")
        self.assertEqual(FAILED, self.register("dave").code)
        self.admin("registration", "invite")
        refused = self.register("dave")
        self.assertEqual(FAILED, refused.code)
        self.assertIn("invitation", refused.err)
        code = self.admin("invitations", "create", "--uses", "2").strip()
        self.assertRegex(self.admin("invitations", "list"), f"(?m)^{code} .* 2$")
        self.assertEqual(FAILED, self.register("dave", "--invitation", "x" * len(code)).code)
        self.assertEqual(OK, self.register("dave", "--invitation", code).code)
        self.assertRegex(self.admin("invitations", "list"), f"(?m)^{code} .* 1$")
        self.assertEqual(OK, self.register("erin", "--invitation", code).code)
        self.assertEqual(FAILED, self.register("fay", "--invitation", code).code)
        self.assertNotIn(code, self.admin("invitations", "list"))
        self.admin("registration", "open")
        self.assertEqual(OK, self.register("fay").code)

    def test_delete_and_rotate_keys(self):
        alice, bob = self.pair()
        since = alice.mark()
        self.admin("delete", "bob")
        alice.wait_for("presence", since=since, user="bob", status="offline")
        self.assertEqual(FAILED, self.login("bob").code)
        bob.end()
        self.assertIn("taken", self.register("bob").err)
        self.assertIn("new signing key", self.admin("rotate-keys"))
        alice.must("create", room="den")
        self.person("carol").must("join", room="den")
        alice.wait_for("room", change="linked", user="carol")

    def test_what_is_refused(self):
        self.assertIn("nobody", self.admin("suspend", "nobody", code=NOT_FOUND))
        self.admin("suspend", "two words", code=USAGE)
        self.admin("registration", "perhaps", code=USAGE)
        self.admin("invitations", "create", "--uses", "0", code=USAGE)
        for words in (["nonsense"], ["suspend"], []):
            self.assertEqual(USAGE, self.parlord("admin", *words).returncode, words)


if __name__ == "__main__":
    harness.main()
