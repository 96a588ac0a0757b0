#!/usr/bin/env python3
"""Who includes whom: the layers of docs/architecture.md.

CMake's targets say what is linked. A header alone passes them, since the root is on every include path and Debian's
headers are in /usr/include.
"""

import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', re.MULTILINE)
LIBRARY = re.compile(r"parlor_library\((\w+)\s+SOURCES\s+(.*?)\s+DEPS\s", re.DOTALL)

GRPC = re.compile(r"grpcpp/|grpc/|.*\.grpc\.pb\.h$")
SQL = re.compile(r"sqlite3|pqxx/|libpq")
SOCKETS = re.compile(r"asio|sys/socket\.h|sys/epoll\.h|poll\.h|netdb\.h")
CLOCK = re.compile(r"(absl/time|base)/clock\.h|chrono|ctime|sys/time\.h")
TIMER = re.compile(r"grpcpp/alarm\.h|sys/timerfd\.h|asio")
THREAD = re.compile(r"thread$|pthread\.h|future$")

# The adapters that docs/architecture.md names.
ADAPTER = re.compile(r"services/\w+/\w+_(service|session)\.(h|cc)|services/common/stream/session\.h"
                     r"|(base|client|services/common)/rpc/")

# Classes that decide and do nothing else: services' rules, the client's state machines.
RULES = ("parlor_auth_rules", "parlor_auth_password", "parlor_presence_rules", "parlor_rooms_rules",
         "parlor_rooms_hub", "parlor_chat", "parlor_room")
# Of these, the ones to which time is handed in.
TIMELESS = ("parlor_auth_rules", "parlor_rooms_rules", "parlor_chat", "parlor_room")

# Who starts threads in the services. None of them belongs to a person or a stream.
THREADS = {"services/auth/maintenance.h", "services/auth/password/hash_gate.cc", "services/common/admin/admin_http.cc",
           "services/common/blocking_pool.cc", "services/common/blocking_pool.h",
           "services/common/live/delivery_queue.h", "services/common/live/postgres/postgres_doorbell.h",
           "services/common/live/replicated_directory.h", "services/common/rpc/key_client.h", "services/common/signals.cc",
           "services/common/stream/ticker.h"}


def read_includes():
    """Path of each source file below base, services and client: what it includes."""
    files = (path for part in ("base", "services", "client") for path in sorted((ROOT / part).rglob("*"))
             if path.suffix in (".h", ".cc"))
    return {str(path.relative_to(ROOT)): INCLUDE.findall(path.read_text()) for path in files}


def read_targets():
    """Name of each library: its sources, and the headers beside them."""
    targets = {}
    for lists in ROOT.glob("*/**/CMakeLists.txt"):
        if lists.relative_to(ROOT).parts[0] in ("base", "services", "client"):
            for name, sources in LIBRARY.findall(lists.read_text()):
                paths = [lists.parent.relative_to(ROOT) / source for source in sources.split() if "$" not in source]
                targets[name] = {str(path.with_suffix(suffix)) for path in paths for suffix in (".h", ".cc")}
    return targets


INCLUDES = read_includes()
TARGETS = read_targets()


def reached(start):
    """`start`, and all files of the tree that they include, directly or not: path, and how it was come to."""
    found = {path: path for path in start if path in INCLUDES}
    waiting = list(found)
    while waiting:
        path = waiting.pop()
        for included in INCLUDES[path]:
            if included in INCLUDES and included not in found:
                found[included] = f"{found[path]} > {included}"
                waiting.append(included)
    return found


def breaches(paths, forbidden):
    return [f"{way} > {included}" for path, way in paths.items() for included in INCLUDES[path]
            if forbidden.match(included)]


def below(folder):
    return {path: path for path in INCLUDES if path.startswith(folder)}


class LayersTest(unittest.TestCase):
    maxDiff = None

    def test_the_tree_was_read(self):
        self.assertGreater(len(INCLUDES), 300)
        for target in RULES:
            self.assertTrue(reached(TARGETS[target]), target)

    def test_base_stands_below_all(self):
        self.assertEqual(breaches(below("base/"), re.compile("services/|client/|bench/|tests/")), [])

    def test_services_and_client_do_not_know_each_other(self):
        self.assertEqual(breaches(below("services/"), re.compile("client/|bench/|tests/")), [])
        self.assertEqual(breaches(below("client/"), re.compile("services/|bench/|tests/")), [])

    def test_services_do_not_know_each_other(self):
        for service in ("auth", "presence", "rooms"):
            others = re.compile(rf"services/(?!common/|{service}/)")
            self.assertEqual(breaches(below(f"services/{service}/"), others), [])
        self.assertEqual(breaches(below("services/common/"), re.compile("services/(?!common/)")), [])

    def test_only_adapters_include_grpc(self):
        others = {path: path for path in INCLUDES if not ADAPTER.match(path)}
        self.assertEqual(breaches(others, GRPC), [])

    def test_only_three_folders_include_a_database(self):
        folders = ("base/sqlite/", "services/common/live/postgres/", "services/common/postgres/")
        others = {path: path for path in INCLUDES if not path.startswith(folders)}
        self.assertEqual(breaches(others, SQL), [])

    def test_only_one_folder_of_the_client_counts_for_prometheus(self):
        others = {path: path for path in below("client/") if not path.startswith("client/metrics/")}
        self.assertEqual(breaches(others, re.compile("prometheus/")), [])
        self.assertEqual(breaches(below("client/core/"), re.compile("client/metrics/")), [])

    def test_rules_reach_no_grpc_no_sockets_and_no_database(self):
        for target in RULES:
            for forbidden in (GRPC, SOCKETS, SQL):
                self.assertEqual(breaches(reached(TARGETS[target]), forbidden), [], target)

    def test_rules_do_not_look_at_a_clock(self):
        for target in TIMELESS:
            own = {path: path for path in TARGETS[target] if path in INCLUDES}
            self.assertEqual(breaches(own, CLOCK), [], target)

    def test_services_have_no_timers_and_few_threads(self):
        self.assertEqual(breaches(below("services/"), TIMER), [])
        threads = {path for path, included in INCLUDES.items()
                   if path.startswith("services/") and any(map(THREAD.match, included))}
        self.assertEqual(threads, THREADS, "a thread of a stream? see CONTRIBUTING.md; else name the file here")


if __name__ == "__main__":
    unittest.main()
