#!/usr/bin/env python3
"""The words of PARLOR_REQUIRE: C++ and Python know the same ones, .ci/run has them all, and tests use no others."""

import os
import re
import sys
import unittest
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
import event_schema  # noqa: E402

# What no package of Debian 12 brings, so that not every machine has it.
NOT_IN_DEBIAN = {"k8s-schemas", "kubectl"}


def read(*parts):
    return ROOT.joinpath(*parts).read_text()


class SkipsTest(unittest.TestCase):

    def test_both_languages_know_the_same_words(self):
        words = re.search(r"kSkipWords\[\] = \{(.*?)\}", read("tests", "skip.h"), re.DOTALL)[1]
        self.assertEqual(sorted(event_schema.SKIP_WORDS), sorted(re.findall(r'"([^"]+)"', words)))

    def test_continuous_integration_requires_all_that_debian_has(self):
        words = re.search(r"PARLOR_REQUIRE:-([a-z0-9,-]+)\}", read(".ci", "run"))[1]
        self.assertEqual(set(event_schema.SKIP_WORDS) - NOT_IN_DEBIAN, set(words.split(",")))

    def test_every_word_has_a_test_that_skips_for_it(self):
        source = "".join(path.read_text() for path in (ROOT / "tests").rglob("*")
                         if path.suffix in (".h", ".cc", ".py") and path.name not in ("skip.h", "skip_test.cc"))
        used = set(re.findall(r'PARLOR_SKIP\("([^"]+)"|harness\.skip\(self, "([^"]+)"', source))
        used = {"".join(groups) for groups in used}
        looped = set(re.findall(r'\("([a-z0-9-]+)", \w+\.(?:missing\(\)|MISSING)\)', source))
        self.assertEqual(set(event_schema.SKIP_WORDS), used | looped)

    def test_words_that_nobody_knows_are_refused(self):
        for misspelt in ("postgress", "ipv6,Postgres", "postgres, ipv6"):
            with mock.patch.dict(os.environ, PARLOR_REQUIRE=misspelt):
                with self.assertRaisesRegex(ValueError, "PARLOR_REQUIRE may have: clock, .*postgres"):
                    event_schema.required("postgres")
        with mock.patch.dict(os.environ, PARLOR_REQUIRE="ipv6,postgres"):
            self.assertTrue(event_schema.required("postgres"))
            self.assertFalse(event_schema.required("clock"))
            self.assertRaises(ValueError, event_schema.required, "a thing without a word")

    def test_those_of_this_run_are_known(self):
        event_schema.required("postgres")


if __name__ == "__main__":
    unittest.main()
