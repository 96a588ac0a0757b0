#include "client/metrics/client_metrics.h"

#include <utility>
#include <variant>

#include "absl/strings/match.h"
#include "client/link/link_words.h"
#include "prometheus/metric_family.h"
#include "prometheus/text_serializer.h"

namespace parlor::client {
namespace {

using prometheus::MetricType;
using Bounds = prometheus::Histogram::BucketBoundaries;

// From one machine to another beside it, 0.1 ms, to a link that is about to be given up.
const Bounds kRoundTripSeconds = {0.0005, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5};
// From a commit on a good disk, 1 ms, to a disk that hangs.
const Bounds kStoredSeconds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10};
// A person notices 100 ms.
const Bounds kLagSeconds = {0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5};

constexpr const char* kMessageEvents[] = {"queued",    "sent",     "delivered", "read",
                                          "withdrawn", "received", "caught_up"};

prometheus::Counter& Counter(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

prometheus::Histogram& Histogram(prometheus::Registry& registry, const char* name, const char* help,
                                 const Bounds& bounds) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add({}, bounds);
}

prometheus::MetricFamily Gauge(const char* name, const char* help, double value) {
  prometheus::ClientMetric metric;
  metric.gauge.value = value;
  return {name, help, MetricType::Gauge, {std::move(metric)}};
}

prometheus::MetricFamily LinksOf(const CoreFigures& figures) {
  prometheus::MetricFamily links{
      "parlor_client_links", "Links to people that are up.", MetricType::Gauge, {}};
  auto counts = figures.links;
  counts.try_emplace({Transport::kTcp, Path::kDirect}, 0);  // there from the start
  for (const auto& [way, count] : counts) {
    prometheus::ClientMetric& metric = links.metric.emplace_back();
    metric.label = {{"transport", Word(way.first)}, {"path", Word(way.second)}};
    metric.gauge.value = static_cast<double>(count);
  }
  return links;
}

std::vector<prometheus::MetricFamily> GaugesOf(const CoreFigures& figures, bool running) {
  return {
      Gauge("parlor_client_running", "1 while the client runs; 0 is what it wrote last.", running ? 1 : 0),
      Gauge("parlor_client_services_up", "1 while the services can be reached.", figures.services_up ? 1 : 0),
      Gauge("parlor_client_rooms", "Rooms that were entered.", static_cast<double>(figures.rooms)),
      Gauge("parlor_client_outbox", "Messages to people that are not known to be delivered.",
            static_cast<double>(figures.outbox)),
      LinksOf(figures),
  };
}

}  // namespace

ClientMetrics::ClientMetrics(std::string client)
    : client_(std::move(client)),
      messages_(prometheus::BuildCounter()
                    .Name("parlor_client_messages_total")
                    .Help("Messages by what became of them; delivered and read count once for each person.")
                    .Register(registry_)),
      errors_(prometheus::BuildCounter()
                  .Name("parlor_client_errors_total")
                  .Help("Errors that the person was told, by code.")
                  .Register(registry_)),
      services_lost_(Counter(registry_, "parlor_client_services_lost_total",
                             "How often the services could not be reached any more.")),
      not_stored_(Counter(registry_, "parlor_client_not_stored_total",
                          "Changes of the history that could not be written.")),
      round_trip_(
          Histogram(registry_, "parlor_client_link_rtt_seconds", "Round trips of links.", kRoundTripSeconds)),
      stored_(Histogram(registry_, "parlor_client_store_seconds",
                        "Time until the history has done what it was asked for, changes being on the disk.",
                        kStoredSeconds)),
      lag_(Histogram(registry_, "parlor_client_loop_lag_seconds",
                     "How late the event loop is; sampled once a second.", kLagSeconds)),
      process_("parlor", PARLOR_VERSION, "parlor_client_") {
  for (const char* what : kMessageEvents) {
    CountMessage("", what);
  }
}

void ClientMetrics::CountMessage(const std::string& target, const char* what) {
  for (const auto& [sign, to] : {std::pair("@", "person"), std::pair("#", "room")}) {
    prometheus::Counter& counter = messages_.Add({{"event", what}, {"to", to}});
    if (absl::StartsWith(target, sign)) counter.Increment();
  }
}

void ClientMetrics::OnEvent(const Event& event) {
  if (const auto* delivery = std::get_if<DeliveryEvent>(&event)) {
    CountMessage(delivery->target, delivery->mark.c_str());
  } else if (const auto* message = std::get_if<MessageEvent>(&event)) {
    CountMessage(message->target, message->history ? "caught_up" : "received");
  } else if (const auto* services = std::get_if<ServicesEvent>(&event)) {
    if (services_up_ && !services->up) services_lost_.Increment();
    services_up_ = services->up;
  } else if (const auto* error = std::get_if<ErrorEvent>(&event)) {
    errors_.Add({{"code", error->code}}).Increment();
  }
}

void ClientMetrics::ObserveStored(absl::Duration took, const absl::Status& status) {
  stored_.Observe(absl::ToDoubleSeconds(took));
  if (!status.ok()) not_stored_.Increment();
}

std::string ClientMetrics::Text(const CoreFigures& figures, bool running) const {
  std::vector<prometheus::MetricFamily> all = GaugesOf(figures, running);
  for (const auto& more : {registry_.Collect(), process_.Collect()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  for (prometheus::MetricFamily& family : all) {
    for (prometheus::ClientMetric& metric : family.metric) metric.label.push_back({"client", client_});
  }
  return prometheus::TextSerializer().Serialize(all);
}

}  // namespace parlor::client
