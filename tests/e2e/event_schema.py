"""docs/schema, held against every line that the tests see."""

import json
import os
import pathlib

try:
    import jsonschema
except ImportError:
    jsonschema = None  # schema_test says so and is counted as skipped

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "docs" / "schema"


# What tests may find missing, as in tests/skip.h.
SKIP_WORDS = ("clock", "docker", "grpcio", "hostile-peer", "ipv6", "jsonschema", "k8s-schemas", "kubectl", "libsecret",
              "netns", "nft", "postgres", "prometheus")


def required(what):
    """Whether this machine is said to have `what`, so that no test may skip for want of it.

    A word that nobody knows is refused: misspelt, it would require nothing.
    """
    words = [word for word in os.environ.get("PARLOR_REQUIRE", "").split(",") if word]
    for word in (*words, what):
        if word not in SKIP_WORDS:
            raise ValueError(f'no test skips for want of "{word}"; PARLOR_REQUIRE may have: {", ".join(SKIP_WORDS)}')
    return what in words


def read(name):
    return json.loads((FOLDER / name).read_text())


class EventSchema:
    """Without Debian's python3-jsonschema nothing is checked."""

    def __init__(self, validators):
        self._validators = validators

    @classmethod
    def load(cls):
        if jsonschema is None:
            return cls(None)
        schema = read("events.schema.json")
        # One validator a kind: what it says is about the event that was meant, and it is fast.
        kinds = [entry["$ref"].rsplit("/", 1)[1] for entry in schema["oneOf"]]
        return cls({
            kind.removeprefix("event_"): jsonschema.Draft7Validator(
                {"$ref": f"#/definitions/{kind}", "definitions": schema["definitions"]})
            for kind in kinds
        })

    def violations(self, event):
        if self._validators is None:
            return []
        validator = self._validators.get(event.get("event"))
        if validator is None:
            return [f"an event of an unknown kind: {event}"]
        return [f"{str(event)[:500]}: {error.message}" for error in validator.iter_errors(event)]
