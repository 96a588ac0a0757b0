"""Many people in one process (bench/town), who do in the same moment what people mostly do one after the other.

Behind two replicas of presence and rooms, they come online, meet, talk, and see each other.
"""

import pathlib
import sys

import gateway
import harness
import postgres
import services

sys.path.append(str(pathlib.Path(__file__).parents[2] / "bench/cluster"))
import roles  # noqa: E402

# Of few, as the gateway has a thread for each stream.
CITIZENS = 20
TO_A_ROOM = 5


class TownTest(harness.EndToEndTest):

    def make_server(self):
        return services.SeparateServices(self.folder, replicas=2, flags=services.QUICK_HASHES)

    def setUp(self):
        for what, why in (("postgres", postgres.missing()), ("grpcio", gateway.MISSING)):
            if why is not None:
                harness.skip(self, what, why)
        super().setUp()
        auth = self.server.of("parlor-auth")[0].address.rsplit(":", 1)[1]
        port, server_id = self.server.link.removeprefix("parlor://127.0.0.1:").split("/#")
        self.town = roles.Role("town", auth, port, port, self.server.trust / "root.pem", server_id, CITIZENS, "links", 0)
        self.addCleanup(self.town.__exit__)
        self.town.ask("connect", CITIZENS)

    def assertNothingWrong(self, news):
        self.assertEqual(({}, {}, 0, 0), (news["errors"], news["warnings"], news["seen_offline"], news["downs"]))

    def test_who_meet_in_the_same_moment_are_all_linked_and_hear_each_other(self):
        self.town.ask("meet", TO_A_ROOM)
        self.town.ask("talk", 100, 10)
        seen = self.town.ask("transitions", 10, 2)
        self.assertEqual((20, 0), (seen["transitions"], seen["unseen"]))
        said = self.town.ask("hush")
        self.assertGreater(said["said"], 100)
        self.assertEqual((0, 0, 0), (said["lost"], said["twice"], said["undelivered"]), said)
        self.assertEqual((0, 0), (said["calls_failed"], said["calls_unanswered"]), said)
        self.assertNothingWrong(self.town.ask("news"))

    def test_who_are_sent_away_come_back_without_being_missed(self):
        self.town.ask("news")
        presence = self.server.of("parlor-presence")[0]
        held = presence.metric("parlor_presence_sessions")
        presence.kill()
        news = self.town.ask("await-return", int(held))
        self.assertGreaterEqual(news["downs"], held)
        self.assertEqual((0, {}), (news["seen_offline"], news["errors"]))


if __name__ == "__main__":
    harness.main()
