"""The database is dumped, lost and restored, as docs/kubernetes.md says, under people who stay online."""

import base64
import json

import gateway
import harness
import postgres
from services import SeparateServices

# So far ahead that no list of revocations was ever there (docs/operations.md, Backup).
RAISE = "UPDATE auth_state SET revocation_version = revocation_version + 1000000"


class OneDatabase(postgres.Postgres):
    """All services in one, as in a cluster."""

    uri = None

    def create_database(self, name):
        self.uri = self.uri or super().create_database("parlor")
        return self.uri


class BackedUp(SeparateServices):

    def __init__(self, folder):
        super().__init__(folder)
        self.postgres.end()
        self.postgres = OneDatabase()

    def lose_the_database(self):
        for service in self.services.values():
            service.stop()
        self._gateway.end()
        self.postgres.end()

    def restore(self, file, *statements):
        """On a new machine; it has the old one's address, as a Service would give it."""
        port, self.postgres = self.postgres.port, OneDatabase()
        self.postgres.port = port
        self.postgres.start()
        self.postgres.create_database("parlor")
        self.postgres.restore("parlor", file)
        for statement in statements:
            self.postgres.execute("parlor", statement)
        for service in self.services.values():
            service.start()
        for service in self.services.values():
            service.wait_until_ready()
        # Only now, as a cluster's gateway sends nobody to who is not ready.
        address, server_id = self.link.removeprefix("parlor://").split("/#")
        self._gateway = gateway.Gateway(int(address.rsplit(":", 1)[1]), self.trust, server_id, {
            f"/parlor.{name}.v1.{name.capitalize()}/": self.services[f"parlor-{name}"].address
            for name in ("auth", "presence", "rooms")})


def ended_devices(person):
    """Of the list of revocations that its client goes by."""
    token = json.loads((person.home / "account.json").read_text())["trust"]["revocations"]
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["dev"]


class BackupTest(harness.EndToEndTest):

    def make_server(self):
        return BackedUp(self.folder)

    def setUp(self):
        for what, why in (("postgres", postgres.missing()), ("grpcio", gateway.MISSING)):
            if why is not None:
                harness.skip(self, what, why)
        super().setUp()
        self.alice, self.bob, self.carol = self.everybody = [self.person(name) for name in ("alice", "bob", "carol")]
        self.meet(*self.everybody, topic="tea")
        self.alice.befriend(self.bob)
        self.person("mallory").must("join", room="den")
        self.alice.must("ban", room="den", user="mallory")
        self.dump = self.folder / "parlor.dump"
        self.server.postgres.dump("parlor", self.dump)

    def talk(self, tag):
        self.assertDelivered(self.alice, self.bob, "#den", f"{tag}: to all")
        self.carol.wait_for("message", text=f"{tag}: to all")
        self.assertDelivered(self.bob, self.alice, "@alice", f"{tag}: between us")

    def wait_until_back(self, since):
        """Online again, and in the room; nobody had to do anything."""
        for person in self.everybody:
            person.wait_for("services", since=since[person.name], state="up")
        there = {person.name for person in self.everybody}
        harness.wait_until(lambda: {member["user"] for member in self.alice.must("who", room="den")["members"]} >= there,
                           "everybody is in the room again")

    def test_people_talk_again_and_later(self):
        self.person("dave", online=False)  # too late for the backup
        since = {person.name: person.mark() for person in self.everybody}
        self.server.lose_the_database()
        self.talk("without services")
        self.server.restore(self.dump, RAISE)
        self.wait_until_back(since)
        self.talk("restored")
        listed = self.bob.must("rooms")["rooms"]
        self.assertEqual([("den", "tea")], [(room["room"], room["topic"]) for room in listed])
        mallory = self._people[3]
        self.assertEqual("permission_denied", mallory.ask("join", room="den").get("code"), "the ban is still there")
        # The name that came after the backup is free again; and who comes now meets everybody.
        dave = harness.Person(self.folder, "dave", self.folder / "home-dave-again").register(self.server.link)
        self._people.append(dave)
        dave.start().must("join", room="den")
        self.assertDelivered(dave, self.alice, "#den", "once more")

    def test_who_is_logged_out_after_it_is_so_for_everybody(self):
        """Clients have seen newer lists of ended devices than the restored database has, and take no older ones."""
        auth = self.server.services["parlor-auth"]
        for name in ("erin", "frank"):
            device = self.person(name).must("devices")["devices"][0]["device"]
            self.assertEqual(0, auth.run("admin", "suspend", name).returncode)
            harness.wait_until(lambda: device in ended_devices(self.alice), f"alice's client knows of {name}")
        device = self.carol.must("devices")["devices"][0]["device"]
        since = {person.name: person.mark() for person in self.everybody}
        self.server.lose_the_database()
        self.server.restore(self.dump, RAISE)
        self.wait_until_back(since)
        self.assertEqual(0, auth.run("admin", "suspend", "carol").returncode)
        harness.wait_until(lambda: device in ended_devices(self.alice), "alice's client knows of carol")
        self.assertDelivered(self.alice, self.bob, "#den", "without her")


if __name__ == "__main__":
    harness.main()
