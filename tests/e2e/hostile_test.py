"""Garbage on ports, ports in use, races, and processes that would spin."""

import concurrent.futures
import os
import signal
import socket
import ssl
import subprocess

import harness
from harness import PASSWORD, run


class HostileTest(harness.EndToEndTest):
    server_flags = harness.IMPATIENT


class GarbageTest(HostileTest):

    GARBAGE = (b"\x00" * 4096, os.urandom(65536), b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\xff" * 100, b"\n",
               b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00" * 64)

    def client_hello(self):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        tls = context.wrap_bio(incoming, outgoing, server_hostname="somebody.parlor")
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            pass
        return outgoing.read()

    def connect(self, port):
        connection = socket.create_connection(("127.0.0.1", port), timeout=harness.DEADLINE)
        self.addCleanup(connection.close)
        return connection

    def pester(self, port):
        """Garbage, half handshakes and silence, all at once; the connections stay open."""
        hello = self.client_hello()
        for data in (*self.GARBAGE, hello, hello[:len(hello) // 2], hello + os.urandom(1000), b""):
            for _ in range(3):
                connection = self.connect(port)
                try:
                    connection.sendall(data)
                except OSError:
                    pass  # it was shown the door

    def check_all_is_well(self, *people):
        newcomer = self.person("newcomer")
        newcomer.must("join", room="den")
        for person in people:
            newcomer.wait_for("room", change="linked", user=person.name)
            self.assertDelivered(newcomer, person, "#den", f"hello {person.name}")
            self.assertDelivered(person, newcomer, "#den", "welcome")

    def test_on_the_servers_port(self):
        alice, bob = self.pair()
        self.meet(alice, bob)
        since = alice.mark()
        self.pester(self.server.port)
        self.check_all_is_well(alice, bob)
        self.assertEqual([], alice.seen("services", since=since))
        self.assertIdle(self.server.process)

    def test_on_a_persons_port(self):
        port = harness.free_port()
        alice = self.person("alice", online=False).start("--port", str(port))
        bob = self.person("bob")
        self.meet(alice, bob)
        since = alice.mark()
        self.pester(port)
        self.check_all_is_well(alice, bob)
        self.assertEqual([], alice.seen("room", since=since, change="unlinked"))
        self.assertIdle(alice.process)

    def test_a_stranger_without_a_certificate(self):
        port = harness.free_port()
        alice = self.person("alice", online=False).start("--port", str(port))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with self.connect(port) as raw:
            try:
                with context.wrap_socket(raw) as tls:
                    tls.sendall(b"hello")
                    self.assertEqual(b"", tls.recv(1))
            except OSError:
                pass
        self.assertEqual([], alice.seen("link"))


class PortTest(HostileTest):

    def test_the_servers_port_is_in_use(self):
        argv = [harness.PARLORD, "--data", str(self.folder / "other"), "--listen", f"127.0.0.1:{self.server.port}",
                "--admin", "127.0.0.1:0"]
        second = subprocess.run(argv, capture_output=True, timeout=harness.DEADLINE, env=harness.environment())
        self.assertEqual((1, b""), (second.returncode, second.stdout), second.stderr)
        self.assertIn(str(self.server.port).encode(), second.stderr)
        self.assertIn(b"in use", second.stderr)
        self.person("alice")  # the first one works on

    def test_a_persons_port_is_in_use(self):
        alice = self.person("alice", online=False)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            alice.spawn("--port", str(port))
            error = alice.wait_for("error")
            self.assertIn(str(port), error["message"])
            self.assertEqual(1, alice.process.wait())
            self.assertEqual([], alice.seen("ready"))
            self.assertEqual([], alice.seen("services"))
            alice.end()
        alice.start("--port", str(port))

    def test_data_directory_in_use(self):
        argv = [harness.PARLORD, "--data", str(self.server.data), "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]
        second = harness.Process(argv, self.folder / "second.log", env=harness.environment())
        self.keep(second)
        self.assertEqual(1, second.wait(), "two servers on one data directory")
        self.assertEqual(b"", second.child.stdout.read())
        second.child.stdout.close()

    def test_restarts_take_the_port_back_and_keep_rooms(self):
        alice, bob = self.pair()
        alice.must("create", room="den", topic="tea")
        bob.must("create", room="hut", access="password", password="let me in")
        alice.must("leave", room="den")
        for take_away in (self.server.stop, self.server.kill):
            since = alice.mark()
            take_away()
            alice.wait_for("services", since=since, state="down")
            self.server.start()
            alice.wait_for("services", since=since, state="up")
            rooms = {room["room"]: room for room in alice.must("rooms")["rooms"]}
            self.assertEqual({"den", "hut"}, set(rooms))
            self.assertEqual(("tea", "alice"), (rooms["den"]["topic"], rooms["den"]["owner"]))
            self.assertEqual("error", alice.ask("join", room="hut")["event"])
            alice.must("join", room="hut", password="let me in")
            alice.must("leave", room="hut")


class RaceTest(HostileTest):

    def test_sixteen_registrations_of_one_name(self):
        def register(i):
            return run("register", ("Alice", "alice", "ALICE", "a1ice")[i % 4], "--server", self.server.link,
                       "--home", self.folder / f"racer-{i}", "--password-stdin", stdin=f"{PASSWORD}-{i}\n")

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            results = list(pool.map(register, range(16)))
        winners = [i for i, result in enumerate(results) if result.code == 0]
        self.assertEqual(1, len(winners), "\n".join(map(str, results)))
        for i, result in enumerate(results):
            if i not in winners:
                self.assertIn("taken", result.err, str(result))
        self.assertEqual(0, run("rooms", "--home", self.folder / f"racer-{winners[0]}").code)

    def test_sixteen_devices_that_race_to_be_online(self):
        alice, bob, carol = self.person("alice", online=False), self.person("bob"), self.person("carol")
        self.meet(bob, carol)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            devices = [alice, *pool.map(lambda _: self.second_device(alice), range(15))]
        since = {person: person.mark() for person in (bob, carol)}
        self.server.freeze()  # until all of them knock
        for device in devices:
            device.spawn()
        for device in devices:
            device.wait_for("ready")
        self.server.thaw()

        def outcome(device):
            return device.wait_for(None, predicate=lambda e: e["event"] == "error" or
                                   (e["event"] == "services" and e["state"] == "up"))

        outcomes = {device: outcome(device) for device in devices}
        winners = [device for device, event in outcomes.items() if event["event"] == "services"]
        self.assertEqual(1, len(winners), outcomes.values())
        losers = [device for device in devices if device is not winners[0]]
        for device in losers:
            self.assertEqual("already_online", outcomes[device]["code"])
            self.assertIn("takeover", outcomes[device]["message"])
            # Nothing is tried any more, and no command waits in vain.
            down = device.wait_for("services", state="down")
            self.assertNotIn("retry_in_ms", down)
        bob.do("msg", user="alice", text="which one?")
        winners[0].wait_for("request", **{"from": "bob"})
        self.assertEqual([], [device for device in losers if device.seen("request")])
        self.assertIdle(*(device.process for device in devices))
        # A restart of the server lets nobody else in.
        mark = winners[0].mark()
        self.server.kill()
        winners[0].wait_for("services", since=mark, state="down")
        self.server.start()
        winners[0].wait_for("services", since=mark, state="up")
        self.assertDelivered(bob, carol, "#den", "did you notice anything?")
        self.assertEqual([], [device for device in losers if device.seen("services", state="up")])
        for person in (bob, carol):
            self.assertEqual([], person.seen("room", since=since[person], change="unlinked"))
        # Whoever lost and says goodbye takes nobody along, and the winner can be relieved.
        losers[0].quit()
        losers[1].must("takeover")
        winners[0].wait_for("error", code="taken_over")
        losers[1].wait_for("services", state="up")

    def test_many_join_at_once(self):
        people = [self.person(f"racer-{i}") for i in range(6)]
        people[0].must("create", room="den")
        for person in people[1:]:
            person.do("join", room="den")
        for person in people:
            for other in people:
                if other is not person:
                    person.wait_for("room", change="linked", user=other.name)
        for person in people:
            person.do("send", target="#den", text=f"I am {person.name}")
        for person in people:
            for other in people:
                if other is not person:
                    person.wait_for("message", text=f"I am {other.name}")
            self.assertNothingTwice(person)


class IdleTest(HostileTest):

    def test_nobody_spins(self):
        alice, bob, carol = self.person("alice"), self.person("bob"), self.person("carol")
        self.meet(alice, bob, carol)
        alive = [self.server.process, alice.process, bob.process]
        self.assertIdle(*alive, carol.process)
        alice.do("msg", user="bob", text="may I?")
        bob.wait_for("request", **{"from": "alice"})
        bob.must("decline", user="alice")
        alice.wait_for("chat", change="declined")
        self.assertIdle(*alive, carol.process)
        carol.kill()
        alice.wait_for("room", change="unlinked", user="carol")
        self.assertIdle(*alive)
        bob.quit()
        alice.wait_for("room", change="left", user="bob")
        self.assertIdle(self.server.process, alice.process)
        since = alice.mark()
        self.server.stop()
        alice.wait_for("services", since=since, state="down")
        self.assertIdle(alice.process)

    def test_a_closed_input_and_a_closed_output(self):
        alice = self.person("alice")
        alice.process.child.stdin.close()  # the end of the input ends nothing
        self.assertIdle(alice.process)
        bob = self.person("bob", online=False)
        child = subprocess.Popen([harness.PARLOR, "listen", "--json", "--home", str(bob.home)], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=harness.environment())
        try:
            child.stdout.readline()
            child.stdout.close()
            alice_asks = self.person("carol")
            alice_asks.do("msg", user="bob", text="are you there?")
            self.assertEqual(1, child.wait(harness.DEADLINE))
        finally:
            child.kill()
            child.wait()
            child.stdin.close()

    def test_signals_say_goodbye(self):
        alice, bob = self.pair()
        for number in (signal.SIGTERM, signal.SIGINT):
            since = alice.mark()
            bob.process.signal(number)
            bob.wait_for("closed")
            self.assertEqual(0, bob.process.wait())
            alice.wait_for("presence", since=since, user="bob", status="offline", deadline=2.9)
            bob.end()
            bob.start()


if __name__ == "__main__":
    harness.main()
