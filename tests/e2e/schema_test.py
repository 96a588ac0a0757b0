"""docs/schema is what the program speaks: every command that it lists is taken and answered."""

import harness
import event_schema

# Anything that fits; what matters is that it is understood.
VALUES = {"room": "den", "user": "bob", "target": "@bob", "text": "hello", "topic": "tea", "prefix": "b",
          "role": "speaker", "device": "none",
          "old": "not-the-password", "new": harness.PASSWORD + "!", "password": "not-the-password"}
LAST = ["leave", "close", "logout", "quit"]


class SchemaTest(harness.EndToEndTest):

    def setUp(self):
        if event_schema.jsonschema is None:
            harness.skip(self, "jsonschema", "python3-jsonschema is not installed: no line is validated")
        super().setUp()

    def test_wrong_lines_are_found(self):
        checker = event_schema.EventSchema.load()
        self.assertEqual([], checker.violations({"event": "ready", "user": "alice"}))
        for wrong in ({"event": "ready"}, {"event": "nonsense"}, {}, {"event": "ready", "user": "@alice"},
                      {"event": "services", "state": "sideways"}, {"event": "ready", "user": "alice", "more": 1}):
            self.assertNotEqual([], checker.violations(wrong), wrong)

    def test_every_command_is_answered(self):
        definitions = event_schema.read("commands.schema.json")["definitions"]
        required = {name.removeprefix("command_"): [field for field in schema["required"] if field != "command"]
                    for name, schema in definitions.items() if name.startswith("command_")}
        self.assertGreater(len(required), 30)
        alice, bob = self.person("alice"), self.person("bob")
        alice.befriend(bob)
        bob.must("create", room="hut")
        order = ["create"] + [name for name in required if name not in ["create"] + LAST] + LAST
        for command in order:
            with self.subTest(command):
                answer = alice.ask(command, **{field: VALUES[field] for field in required[command]})
                self.assertNotIn("unknown", answer.get("message", ""))
                if answer["event"] == "error":
                    self.assertNotEqual("invalid_argument", answer["code"], answer)
            if not alice.process.running():
                break  # logged out
        self.assertEqual(0, alice.process.wait())
        alice.wait_for("closed")


if __name__ == "__main__":
    harness.main()
