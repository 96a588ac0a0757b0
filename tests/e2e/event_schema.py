"""docs/schema/events.schema.json, held against every line that the tests see."""

import json
import os
import pathlib

SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "docs" / "schema" / "events.schema.json"


class EventSchema:
    def __init__(self, validators):
        self._validators = validators

    @classmethod
    def load(cls):
        """Without Debian's python3-jsonschema nothing is checked, unless PARLOR_REQUIRE names jsonschema."""
        try:
            import jsonschema
        except ImportError:
            if "jsonschema" in os.environ.get("PARLOR_REQUIRE", "").split(","):
                raise
            print("SKIPPED schema validation: python3-jsonschema is not installed")
            return cls(None)
        schema = json.loads(SCHEMA.read_text())
        jsonschema.Draft7Validator.check_schema(schema)
        # One validator a kind: its messages are about the event that was meant, and it is fast.
        definitions = {name: value for name, value in schema["definitions"].items()}
        kinds = {entry["$ref"].rsplit("/", 1)[1] for entry in schema["oneOf"]}
        return cls({
            kind.removeprefix("event_"): jsonschema.Draft7Validator(
                {"$ref": f"#/definitions/{kind}", "definitions": definitions})
            for kind in kinds
        })

    def violations(self, event):
        if self._validators is None:
            return []
        validator = self._validators.get(event.get("event"))
        if validator is None:
            return [f"an event of an unknown kind: {event}"]
        return [f"{str(event)[:500]}: {error.message}" for error in validator.iter_errors(event)]
