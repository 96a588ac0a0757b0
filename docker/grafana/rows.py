"""Rows that the dashboards of all services have."""

from panels import graph, heatmap


def of(job):
    """The labels by which a dashboard of one service chooses."""
    return f'job="{job}", instance=~"$instance"'


def quantiles(buckets, by=""):
    """Half, 95 and 99 of 100 are faster."""
    labels = f"{by}, le" if by else "le"
    return [(name, f"histogram_quantile({share}, sum by ({labels}) (rate({buckets}[$__rate_interval])))")
            for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))]


def calls(job):
    here = of(job)
    unary = f'{here}, grpc_type="unary"'
    return ("Rate, errors, duration", [
        graph("Calls by method", "Calls that ended, a second.",
              [("{{grpc_method}}", f"sum by (grpc_method) (rate(grpc_server_handled_total{{{here}}}[$__rate_interval]))")],
              "reqps", stack=True),
        graph("Errors by method and code", "All but OK, a second. Internal, Unknown, DataLoss, Unavailable and "
              "DeadlineExceeded are the server's fault, the others the caller's.",
              [("{{grpc_method}} {{grpc_code}}", "sum by (grpc_method, grpc_code) (rate(grpc_server_handled_total"
                f'{{{here}, grpc_code!="OK"}}[$__rate_interval])) > 0')], "reqps"),
        graph("Duration by method, 99th percentile", "Calls with one answer, from their start to their status.",
              [("{{grpc_method}}", "histogram_quantile(0.99, sum by (grpc_method, le) (rate("
                f"grpc_server_handling_seconds_bucket{{{unary}}}[$__rate_interval])))")], "s", yellow=0.25, red=1),
        heatmap("Duration of calls with one answer", "How many took how long.",
                f"sum by (le) (increase(grpc_server_handling_seconds_bucket{{{unary}}}[$__rate_interval]))", "s"),
        graph("Burnt of the error budget", "Speed over an hour; 1 spends the budget of 30 days in just 30 days.",
              [("availability", f'job:grpc_failed:ratio_rate1h{{job="{job}"}} / 0.001'),
               ("latency", f'job:grpc_slow:ratio_rate1h{{job="{job}"}} / 0.01')], "none", yellow=6, red=14.4),
        graph("Calls in flight", "Started and not ended, streams included, by method.",
              [("{{grpc_method}}", f"sum by (grpc_method) (grpc_server_started_total{{{here}}}) - "
                f"sum by (grpc_method) (grpc_server_handled_total{{{here}}})")], "none"),
    ])


def stream_messages(job):
    here = of(job)
    streams = f'{here}, grpc_type="bidi_stream"'
    return graph("Messages on streams", "Heartbeats and what people do, a second.",
                 [("received", f"sum(rate(grpc_server_msg_received_total{{{streams}}}[$__rate_interval]))"),
                  ("sent", f"sum(rate(grpc_server_msg_sent_total{{{streams}}}[$__rate_interval]))")], "cps")


def stream_ends(job):
    streams = f'{of(job)}, grpc_type="bidi_stream"'
    return graph("Ends of streams", "By code, a second. Canceled: the other side went away. Unavailable: the server said "
                 "goodbye, or was full. ResourceExhausted: too fast, or read too slowly.",
                 [("{{grpc_code}}", f"sum by (grpc_code) (rate(grpc_server_handled_total{{{streams}}}[$__rate_interval])) > 0")],
                 "cps", stack=True)


def keys(job):
    return graph("Age of other services' keys and revocations", "Since they were fetched last; they are asked for every 5 s.",
                 [("{{instance}} from {{from}}", f"time() - parlor_keys_fetched_timestamp_seconds{{{of(job)}}}")], "s",
                 yellow=15, red=60)


def live(directory):
    """What replicas share through PostgreSQL."""
    here = f'job="{directory}", instance=~"$instance", directory="{directory}"'
    return ("Between replicas (only with PostgreSQL)", [
        graph("Age of what is known of other replicas", "Since this replica was last in touch with the database; 0 to 5 s "
              "is normal.", [("{{instance}}", f"parlor_live_age_seconds{{{here}}}")], "s", yellow=5, red=15),
        graph("Replicas", "With a valid lease, as each replica sees it: all should see the same.",
              [("{{instance}}", f"parlor_live_replicas{{{here}}}")], "none"),
        graph("Time to commit", "One batch of changes, written and told to the others.",
              quantiles(f"parlor_live_commit_seconds_bucket{{{here}}}"), "s", yellow=0.25, red=1),
        graph("Changes that wait", "To be written, by replica.",
              [("{{instance}}", f"parlor_live_waiting{{{here}}}")], "none"),
        graph("Seats", "Everybody whom a replica knows of, on whichever replica they are.",
              [("{{instance}}", f"parlor_live_seats{{{here}}}")], "none"),
        graph("Leases that ran out", "Replicas that died without a goodbye, as the others saw it, within the last hour.",
              [("{{instance}}", f"increase(parlor_{directory}_lease_expired_total{{{of(directory)}}}[1h])")], "none", red=1),
    ])


def database(job):
    here = of(job)
    return ("Database", [
        graph("Transactions", "By operation, a second.",
              [("{{database}} {{operation}}", f"sum by (database, operation) (rate(parlor_database_seconds_count{{{here}}}"
                "[$__rate_interval]))")], "cps"),
        graph("Duration by operation, 99th percentile", "With the wait for a connection and repetitions.",
              [("{{database}} {{operation}}", "histogram_quantile(0.99, sum by (database, operation, le) (rate("
                f"parlor_database_seconds_bucket{{{here}}}[$__rate_interval])))")], "s", yellow=0.1, red=1),
        graph("Failed by the database", "By code, a second.",
              [("{{code}}", f"sum by (code) (rate(parlor_database_errors_total{{{here}}}[$__rate_interval]))")], "cps"),
        graph("Connections", "In use and waited for, by replica; and how many a replica may have.",
              [("{{instance}} in use", f"parlor_database_connections_in_use{{{here}}}"),
               ("{{instance}} waited for", f"parlor_database_waiting{{{here}}}"),
               ("allowed", f"max(parlor_database_connections{{{here}}})")], "none"),
    ])


def pools(job):
    here = of(job)
    return ("Threads for what blocks", [
        graph("Waiting", "Calls that wait for a thread, and how many may, in all.",
              [("{{pool}}", f"sum by (pool) (parlor_pool_waiting{{{here}}})"),
               ("{{pool}} may", f"sum by (pool) (parlor_pool_queue{{{here}}})")], "none"),
        graph("Threads in use", "Share of the threads that are at work.",
              [("{{pool}}", f"sum by (pool) (parlor_pool_running{{{here}}}) / sum by (pool) (parlor_pool_threads{{{here}}})")],
              "percentunit", yellow=0.9, red=1),
        graph("Wait, 99th percentile", "For a thread.",
              [("{{pool}}", "histogram_quantile(0.99, sum by (pool, le) (rate(parlor_pool_wait_seconds_bucket"
                f"{{{here}}}[$__rate_interval])))")], "s", yellow=0.1, red=1),
        graph("Refused", "Calls told to come back because too many wait, a second.",
              [("{{pool}}", f"sum by (pool) (rate(parlor_pool_refused_total{{{here}}}[$__rate_interval]))")], "cps"),
    ])


def process(job):
    here = of(job)
    return ("Process", [
        graph("CPU", "Cores in use, by replica.",
              [("{{instance}}", f"rate(process_cpu_seconds_total{{{here}}}[$__rate_interval])")], "none"),
        graph("Memory", "In RAM, by replica.", [("{{instance}}", f"process_resident_memory_bytes{{{here}}}")], "bytes"),
        graph("Open files", "Share of those that the system allows; each connection is one.",
              [("{{instance}}", f"process_open_fds{{{here}}} / process_max_fds{{{here}}}")], "percentunit", yellow=0.85, red=1),
        graph("Threads", "By replica; no person has one of their own.",
              [("{{instance}}", f"process_threads{{{here}}}")], "none"),
        graph("Up since", "Time since the start of each replica.",
              [("{{instance}}", f"time() - process_start_time_seconds{{{here}}}")], "s"),
        graph("Certificates end in", "Time until each certificate ends that this service shows.",
              [("{{certificate}}", f"min by (certificate) (parlor_certificate_expiry_timestamp_seconds{{{here}}}) - time()")],
              "s"),
    ])


def use(job):
    """Presence keeps nothing of its own in a database, and has nothing that blocks."""
    return [process(job)] if job == "presence" else [database(job), pools(job), process(job)]
