"""What is measured with all services running: each scenario starts them anew, and returns figures."""

import contextlib
import subprocess
import time

import cluster
import harness
import processes
import roles
from figures import Figure

# A presence replica's people, and friends of them at the other one.
HELD = 5_000
WATCHERS = 10
IDLE = 9_900
MOVERS = 2_000
TALKING = 2_000
TO_A_ROOM = 4
MESSAGES_A_SECOND = 200
CALLS_A_SECOND = 10
OUTAGE = 60


@contextlib.contextmanager
def bare_server(people):
    """The floor: a server of gRPC without anything behind it, and as many streams, each with a connection of its own."""
    with contextlib.ExitStack() as stack:
        data = stack.enter_context(roles.Role("shared-data")).greeting
        server = stack.enter_context(roles.Role("bare-server", data, 16))
        clients = stack.enter_context(roles.Role("presence-clients", data, server.greeting, people, 5))
        before = processes.resident_bytes(server.pid)
        seconds = clients.ask("connect")["seconds"]
        yield {"connect_seconds": seconds,
               "bytes_each": (processes.resident_bytes(server.pid) - before) / people}


def replica_killed():
    """A presence replica holds people; then it is killed, as if its machine lost power."""
    memory = Figure("memory a connected person, presence with replicas, TLS", "B", ratio=1.2)
    gateway = Figure("the gateway's memory for them", "B")
    client = Figure("memory a person, the client's core", "B")
    back = Figure(f"{HELD} people back after kill -9 of their presence replica", "s", ratio=1.5)
    flaps = Figure("friends of theirs who saw somebody go", "", at_most=0)
    with bare_server(HELD) as floor:
        pass
    with cluster.running() as services, services.town(HELD + WATCHERS, watchers=WATCHERS) as town:
        held = services.of("parlor-presence")[0]
        pids = {**services.pids(), "town": town.pid}
        before = {name: processes.resident_bytes(pid) for name, pid in pids.items()}
        connected = town.ask("connect", HELD + WATCHERS)
        settle(services, "parlor-presence", HELD + WATCHERS)
        each = {name: (processes.resident_bytes(pid) - before[name]) / HELD for name, pid in pids.items()}
        memory.add(each["presence"], floor["bytes_each"], connect_seconds=connected["seconds"],
                   cpu_seconds_of_people=connected["cpu_seconds"])
        gateway.add(each["gateway"])
        client.add(each["town"])
        assert held.metric("parlor_presence_sessions") == HELD, held.metric("parlor_presence_sessions")
        town.ask("news")
        killed = time.time()
        held.kill()
        news = town.ask("await-return", HELD)
        back.add(news["last_up"] - killed, floor["connect_seconds"], first_noticed=news["first_down"] - killed,
                 cpu_seconds_of_people=news["cpu_seconds"] - connected["cpu_seconds"])
        # Whoever was not back in time would be seen to go when the grace ends.
        time.sleep(30)
        later = town.ask("news")
        flaps.add(news["seen_offline"] + later["seen_offline"], reconnecting=news["seen_reconnecting"],
                  errors={**news["errors"], **later["errors"]}, lost_again=later["downs"])
    return [memory, gateway, client, back, flaps]


def settle(services, name, count):
    """Everybody is shown by every replica."""
    harness.wait_until(lambda: sum(replica.metric("parlor_presence_sessions") for replica in services.of(name)) == count,
                       f"{count} sessions")


def idle():
    """People who are online through the gateway, and do nothing."""
    figures = {name: Figure(f"CPU of {IDLE} people who do nothing: {name}", "% of a core", at_most=goal)
               for name, goal in (("presence", 15), ("gateway", None), ("postgres", None), ("town", None))}
    with cluster.running() as services, services.town(IDLE + 1, watchers=1) as town:
        town.ask("connect", IDLE)
        time.sleep(60)  # until everybody was told to be heard more rarely
        town.ask("news")
        meter = processes.Meter({**services.pids(), "town": town.pid})
        time.sleep(60)
        used = meter.percent_of_a_core()
        news = town.ask("news")
        for name, figure in figures.items():
            figure.add(used[name], all=used, lost=news["downs"])
    return list(figures.values())


def transitions():
    """Changes of one replica's people, seen by friends at the other one."""
    figure = Figure("a change seen at the other replica, 1,000 a second: p99", "ms", at_most=250)
    with cluster.running() as services, services.town(2 * MOVERS) as town:
        town.ask("connect", 2 * MOVERS)
        town.ask("transitions", 100, 5)
        for _ in range(3):
            meter = processes.Meter({**services.pids(), "town": town.pid})
            seen = town.ask("transitions", 1_000, 10)
            figure.add(seen["p99_ms"], p50_ms=seen["p50_ms"], max_ms=seen["max_ms"], unseen=seen["unseen"],
                       cpu_percent=meter.percent_of_a_core())
    return [figure]


@contextlib.contextmanager
def talking():
    with cluster.running() as services, services.town(TALKING, links=True) as town:
        town.ask("connect", TALKING)
        town.ask("meet", TO_A_ROOM)
        town.ask("talk", MESSAGES_A_SECOND, CALLS_A_SECOND)
        time.sleep(10)
        town.ask("news")
        yield services, town


def members():
    """People who are in rooms, and say nothing: what the rooms service and auth have to do for them."""
    memory = Figure("memory a member, rooms with replicas, TLS", "B")
    figures = {name: Figure(f"CPU of {TALKING} members who do nothing: {name}", "% of a core")
               for name in ("presence", "rooms", "auth", "gateway", "postgres", "town")}
    with cluster.running() as services, services.town(TALKING, links=True) as town:
        town.ask("connect", TALKING)
        rooms = [service.process.child.pid for service in services.of("parlor-rooms")]
        before = sum(processes.resident_bytes(pid) for pid in rooms)
        met = town.ask("meet", TO_A_ROOM)
        memory.add((sum(processes.resident_bytes(pid) for pid in rooms) - before) / TALKING, meet_seconds=met["seconds"])
        meter = processes.Meter({**services.pids(), "town": town.pid})
        time.sleep(60)
        used = meter.percent_of_a_core()
        for name, figure in figures.items():
            figure.add(used[name] + used.get(f"{name} 2", 0))
    return [memory, *figures.values()]


def rolling_restart():
    """Every process is replaced, one after the other, while people talk."""
    lost = Figure(f"messages lost by {TALKING} people who talk while every service is restarted", "", at_most=0)
    failed = Figure("calls of theirs that failed", "", at_most=0)
    with talking() as (services, town):
        took = {}
        for called, service in services.services.items():
            began = time.monotonic()
            code = service.stop()
            drained = time.monotonic()
            service.start()
            service.wait_until_ready()
            took[called] = {"exit": code, "drain_s": round(drained - began, 1),
                            "ready_s": round(time.monotonic() - drained, 1)}
            time.sleep(5)
        said = town.ask("hush")
        news = town.ask("await-return", 0)
        lost.add(said["lost"] + said["undelivered"], **said, took=took, seen_offline=news["seen_offline"],
                 seen_reconnecting=news["seen_reconnecting"], errors=news["errors"], downs=news["downs"])
        failed.add(said["calls_failed"] + said["calls_unanswered"], calls=said["calls"])
    return [lost, failed]


def database_away():
    """PostgreSQL is killed, and comes back a minute later."""
    lost = Figure(f"messages lost by {TALKING} people who talk while PostgreSQL is away for {OUTAGE} s", "", at_most=0)
    dropped = Figure("streams lost meanwhile", "", at_most=0)
    converged = Figure("until every change made meanwhile is seen, and rooms and accounts are made", "s", at_most=10)
    with talking() as (services, town):
        services.postgres.kill()
        time.sleep(OUTAGE - 5)
        # Made while it is away.
        changing = time.monotonic()
        town.tell("transitions", 20, 4)
        time.sleep(5)
        services.postgres.start()
        back = time.monotonic()
        until_written = first_write(services) - back
        seen = town.answer()
        until_seen = changing + seen["seconds"] - back
        time.sleep(10)
        said = town.ask("hush")
        news = town.ask("news")
        lost.add(said["lost"] + said["undelivered"], **said, errors=news["errors"])
        dropped.add(news["downs"])
        if seen["unseen"]:
            until_seen = float("inf")
        converged.add(max(until_seen, until_written), seen_s=until_seen, written_s=until_written, **seen)
    return [lost, dropped, converged]


def first_write(services):
    """When a newcomer has an account and a room; the moment."""
    flags = ["--server", services.link, "--home", str(services.trust.parent / "newcomer"), "--password-stdin"]
    for words in (["register", "newcomer", *flags], ["login", "newcomer", *flags]):
        harness.wait_until(lambda: subprocess.run([harness.PARLOR, *words], input=f"{harness.PASSWORD}\n".encode(),
                                                  capture_output=True).returncode == 0, " ".join(words[:2]))
    return time.monotonic()


ALL = {"replica-killed": replica_killed, "idle": idle, "members": members, "transitions": transitions, "rolling-restart": rolling_restart,
       "database-away": database_away}
