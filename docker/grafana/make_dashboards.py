#!/usr/bin/env python3
"""Writes docker/grafana/dashboards/*.json: what they show is decided here, and a test holds the files against this.

    docker/grafana/make_dashboards.py            write them
    docker/grafana/make_dashboards.py --check    say which ones differ; exit 1 if any does
"""

import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
from panels import dashboard, graph, heatmap, stat, table, variable  # noqa: E402
import rows  # noqa: E402

FOLDER = Path(__file__).resolve().parent / "dashboards"
SERVICES = 'job=~"auth|presence|rooms"'


def overview():
    return dashboard("parlor-overview", "Parlor: overview", "Is it well, who is here, and which dashboard to open next.", [
        ("Now", [
            stat("Firing alerts", "Alerts that fire; docs/alerts.md says what each means and what to do.",
                 'count(ALERTS{alertstate="firing", alertname!="Watchdog"}) or vector(0)', "none", yellow=1, red=3),
            stat("Replicas", "Replicas that Prometheus reaches, by service.",
                 [("{{job}}", "job:replicas_up:count")], "none", yellow=1, red=0.5),
            stat("Calls that did not fail, 1 h", "Share of the last hour's calls that the server did not fail; the objective "
                 "is 99.9 % over 30 days.", [("{{job}}", "1 - job:grpc_failed:ratio_rate1h")], "percentunit",
                 yellow=0.999, red=0.99, decimals=2),
            stat("People online", "Open presence streams: one for each person who is connected.",
                 "sum(parlor_presence_sessions)", "none"),
            stat("Rooms in use", "Rooms with at least one member, as the replica that knows most sees them.",
                 "max(parlor_rooms_active)", "none"),
            stat("First certificate to end", "Time until the first of the certificates ends that the services show.",
                 "min(parlor_certificate_expiry_timestamp_seconds) - time()", "s", yellow=30 * 86400, red=3 * 86400),
        ]),
        ("Rate, errors, duration", [
            graph("Calls", "Calls that ended, a second.",
                  [("{{job}}", f"sum by (job) (rate(grpc_server_handled_total{{{SERVICES}}}[$__rate_interval]))")], "reqps"),
            graph("Calls that the server failed", "Share of the calls that failed by the server's fault, over 5 minutes. "
                  "The line is the objective.", [("{{job}}", "job:grpc_failed:ratio_rate5m")], "percentunit", red=0.001),
            graph("Duration, 99th percentile", "Calls with one answer; streams live as long as people do.",
                  [("{{job}}", "histogram_quantile(0.99, sum by (job, le) (rate(grpc_server_handling_seconds_bucket"
                    f'{{{SERVICES}, grpc_type="unary"}}[$__rate_interval])))')], "s", yellow=0.25, red=1),
            graph("Speed at which the error budget burns", "1: it lasts for just 30 days. 14.4 pages within minutes.",
                  [("{{job}} availability", "job:grpc_failed:ratio_rate1h / 0.001"),
                   ("{{job}} latency", "job:grpc_slow:ratio_rate1h / 0.01")], "none", yellow=6, red=14.4),
        ]),
        ("Use", [
            graph("CPU", "Cores that all replicas of a service use together.",
                  [("{{job}}", f"sum by (job) (rate(process_cpu_seconds_total{{{SERVICES}}}[$__rate_interval]))")], "none"),
            graph("Memory", "Memory in RAM, of the replica that has most.",
                  [("{{job}}", f"max by (job) (process_resident_memory_bytes{{{SERVICES}}})")], "bytes"),
            graph("What may fill up", "How much of its limits the fullest replica of each service uses. "
                  "At 85 % there is an alert.", [
                      ("{{job}} open files", f"max by (job) (process_open_fds{{{SERVICES}}} / process_max_fds)"),
                      ("presence streams", "max(parlor_presence_sessions / parlor_presence_sessions_limit)"),
                      ("room streams", "max(parlor_rooms_sessions / parlor_rooms_sessions_limit)"),
                      ("pool {{pool}}", "max by (pool) (parlor_pool_waiting / parlor_pool_queue)")],
                  "percentunit", yellow=0.85, red=1),
            graph("Transactions that the database failed", "By service and code, a second.",
                  [("{{job}} {{code}}", "sum by (job, code) (rate(parlor_database_errors_total[$__rate_interval]))")], "cps"),
        ]),
        ("What runs", [
            table("Alerts that fire", "Each with its labels. Watchdog is always there: it shows that alerts work.",
                  'ALERTS{alertstate="firing"}'),
            table("Programs", "Version of each replica.", f"parlor_build_info{{{SERVICES}}}"),
            graph("Scraped", "1: Prometheus reads the metrics of this target.", [("{{job}} {{instance}}", "up")], "none"),
            graph("Clocks", "How far a replica's clock is from that of Prometheus.",
                  [("{{job}} {{instance}}", f"parlor_time_seconds{{{SERVICES}}} - timestamp(parlor_time_seconds{{{SERVICES}}})")],
                  "s", minimum=None),
        ]),
    ])


def service(job, title, description, own_rows):
    """Rate, errors and duration first, then what only this service does, then what it uses."""
    choice = variable("instance", "Replica", f'label_values(up{{job="{job}"}}, instance)')
    return dashboard(f"parlor-{job}", title, description, [rows.calls(job), *own_rows, *rows.use(job)], [choice])


def auth():
    here = rows.of("auth")
    return service("auth", "Parlor: auth", "Accounts, tokens and certificates.", [("Accounts", [
        graph("Logins", "By how they ended. busy and failed are the server's fault.",
              [("{{result}}", f"sum by (result) (rate(parlor_auth_logins_total{{{here}}}[$__rate_interval]))")], "cps",
              stack=True),
        graph("Registrations", "Accounts made, an hour.",
              f"sum(rate(parlor_auth_registrations_total{{{here}}}[$__rate_interval])) * 3600", "none"),
        heatmap("Password hashes", "How long one Argon2id computation took, waiting not counted.",
                f"sum by (le) (increase(parlor_auth_password_hash_seconds_bucket{{{here}}}[$__rate_interval]))", "s"),
        graph("Duration of a password hash", "Without the time that it waited for its turn.",
              rows.quantiles(f"parlor_auth_password_hash_seconds_bucket{{{here}}}"), "s"),
        graph("Old refresh tokens that came back", "Devices that were logged out for it, within the last hour. "
              "Any is worth a look.", f"sum(increase(parlor_auth_refresh_reuse_total{{{here}}}[1h]))", "none", red=1),
        graph("Ended devices", "Length of the revocation list; it holds 20,000.",
              f"max(parlor_auth_revoked_devices{{{here}}})", "none", yellow=18_000, red=20_000),
    ])])


def presence():
    here = rows.of("presence")
    return service("presence", "Parlor: presence", "Who is online, and who hears of it.", [("People", [
        graph("Open streams", "One for each person who is connected, by replica.",
              [("{{instance}}", f"parlor_presence_sessions{{{here}}}")], "none", stack=True),
        graph("Room for streams", "Share of the streams that a replica takes.",
              [("{{instance}}", f"parlor_presence_sessions{{{here}}} / parlor_presence_sessions_limit{{{here}}}")],
              "percentunit", yellow=0.85, red=1),
        graph("Changes", "Changes of people's availability, by what they became.",
              [("{{to}}", f"sum by (to) (rate(parlor_presence_transitions_total{{{here}}}[$__rate_interval]))")], "cps",
              stack=True),
        graph("From a change to those who watch", "Until all queues of watchers on this replica have it.",
              rows.quantiles(f"parlor_presence_fanout_lag_seconds_bucket{{{here}}}"), "s", yellow=0.25, red=1),
        rows.stream_messages("presence"), rows.stream_ends("presence"), rows.keys("presence"),
    ]), rows.live("presence")])


def rooms():
    here = rows.of("rooms")
    return service("rooms", "Parlor: rooms", "Rooms, who is in them, and the list of rooms.", [("Rooms", [
        graph("Rooms in use", "Rooms with at least one member, by replica.",
              [("{{instance}}", f"parlor_rooms_active{{{here}}}")], "none"),
        graph("Members", "Of all rooms, those included who are reconnecting, by replica.",
              [("{{instance}}", f"parlor_rooms_members{{{here}}}")], "none"),
        graph("Entering", "EnterRoom by how it was answered.",
              [("{{result}}", f"sum by (result) (rate(parlor_rooms_joins_total{{{here}}}[$__rate_interval]))")], "cps",
              stack=True),
        graph("Room for streams", "Share of the room streams that a replica takes.",
              [("{{instance}}", f"parlor_rooms_sessions{{{here}}} / parlor_rooms_sessions_limit{{{here}}}")],
              "percentunit", yellow=0.85, red=1),
        rows.stream_messages("rooms"), rows.stream_ends("rooms"), rows.keys("rooms"),
    ]), rows.live("rooms")])


def postgresql():
    named = 'job="postgres", datname=~"$database"'

    def rate(metric):
        return f"sum by (datname) (rate({metric}{{{named}}}[$__rate_interval]))"

    choice = variable("database", "Database", 'label_values(pg_database_size_bytes{datname!~"template.*"}, datname)')
    return dashboard("parlor-postgresql", "Parlor: PostgreSQL", "The database: what it is asked, and what it uses.", [
        ("Rate, errors, duration", [
            graph("Transactions", "Committed and undone, a second.",
                  [("{{datname}} committed", rate("pg_stat_database_xact_commit")),
                   ("{{datname}} undone", rate("pg_stat_database_xact_rollback"))], "cps"),
            graph("As the services see it: failed", "Transactions that the database failed, by service and code.",
                  [("{{job}} {{code}}", "sum by (job, code) (rate(parlor_database_errors_total[$__rate_interval]))")], "cps"),
            graph("As the services see it: duration, 99th percentile", "By service and operation, with the wait for a "
                  "connection.", [("{{job}} {{operation}}", "histogram_quantile(0.99, sum by (job, operation, le) "
                                   "(rate(parlor_database_seconds_bucket[$__rate_interval])))")], "s", yellow=0.1, red=1),
            graph("Deadlocks and conflicts", "A second. Parlor repeats such transactions.",
                  [("{{datname}} deadlocks", rate("pg_stat_database_deadlocks")),
                   ("{{datname}} conflicts", rate("pg_stat_database_conflicts"))], "cps"),
        ]),
        ("Use", [
            graph("Connections", "By state; the line is what PostgreSQL allows.",
                  [("{{state}}", 'sum by (state) (pg_stat_activity_count{job="postgres"})'),
                   ("allowed", 'max(pg_settings_max_connections{job="postgres"})')], "none"),
            graph("Longest transaction", "Parlor's take milliseconds; a long one keeps deleted rows from being cleaned up.",
                  [("{{datname}}", f"max by (datname) (pg_stat_activity_max_tx_duration{{{named}}})")], "s", yellow=60, red=300),
            graph("Rows", "Read and changed, a second.",
                  [("{{datname}} read", rate("pg_stat_database_tup_fetched")),
                   ("{{datname}} inserted", rate("pg_stat_database_tup_inserted")),
                   ("{{datname}} updated", rate("pg_stat_database_tup_updated")),
                   ("{{datname}} deleted", rate("pg_stat_database_tup_deleted"))], "cps"),
            graph("Blocks found in memory", "Share of the blocks that were in PostgreSQL's own cache. Below 99 % for long: "
                  "more shared_buffers.",
                  [("{{datname}}", f"{rate('pg_stat_database_blks_hit')} / ({rate('pg_stat_database_blks_hit')} + "
                    f"{rate('pg_stat_database_blks_read')})")], "percentunit"),
            graph("Size", "On disk, indexes included.",
                  [("{{datname}}", f"max by (datname) (pg_database_size_bytes{{{named}}})")], "bytes"),
            graph("Locks", "Held, by mode.",
                  [("{{mode}}", f"sum by (mode) (pg_locks_count{{{named}}})")], "none"),
            graph("Written to temporary files", "What did not fit into work_mem.",
                  [("{{datname}}", rate("pg_stat_database_temp_bytes"))], "Bps"),
            graph("Checkpoints", "An hour; requested ones mean that max_wal_size is small for what is written.",
                  [("timed", 'sum(rate(pg_stat_bgwriter_checkpoints_timed_total{job="postgres"}[$__rate_interval])) * 3600'),
                   ("requested", 'sum(rate(pg_stat_bgwriter_checkpoints_req_total{job="postgres"}[$__rate_interval])) * 3600')],
                  "none"),
        ]),
    ], [choice])


DASHBOARDS = {"overview": overview, "auth": auth, "presence": presence, "rooms": rooms, "postgresql": postgresql}


def rendered():
    """Path of each file: its text."""
    return {FOLDER / f"{name}.json": json.dumps(make(), indent=2, ensure_ascii=False) + "\n"
            for name, make in DASHBOARDS.items()}


def main():
    texts = rendered()
    strange = [path for path in FOLDER.glob("*.json") if path not in texts]
    differing = [path for path, text in texts.items() if not path.exists() or path.read_text() != text] + strange
    if sys.argv[1:] == ["--check"]:
        for path in differing:
            print(f"{path.name} is not what make_dashboards.py makes: run docker/grafana/make_dashboards.py")
        sys.exit(1 if differing else 0)
    for path, text in texts.items():
        path.write_text(text)
    for path in strange:
        path.unlink()


if __name__ == "__main__":
    main()
