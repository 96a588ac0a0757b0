#include "bench/broker/broker_run.h"

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ssl.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <ctime>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "bench/broker/arrivals.h"
#include "bench/broker/connection.h"
#include "bench/broker/irc.h"
#include "bench/broker/mqtt.h"
#include "bench/child.h"
#include "bench/figure.h"

namespace parlor::bench {
namespace {

using asio::ip::tcp;

constexpr size_t kAtOnce = 8;  // who come in at the same time: ngircd's queue of those who connect holds 10
constexpr absl::Duration kToComeIn = absl::Seconds(60);   // for everybody
constexpr absl::Duration kStayAlive = absl::Seconds(25);  // as ChatProtocol asks
constexpr char kRoom[] = "parlor";

std::unique_ptr<ChatProtocol> MakeProtocol(const std::string& kind, size_t client) {
  std::string name = absl::StrCat("p", client);
  if (kind == "mqtt") return std::make_unique<MqttClient>(std::move(name), kRoom);
  return std::make_unique<IrcClient>(std::move(name), absl::StrCat("#", kRoom));
}

absl::StatusOr<absl::Duration> CpuTimeOf(pid_t pid) {
  clockid_t clock = 0;
  timespec time{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) {
    return absl::NotFoundError(
        absl::StrCat("no process ", pid, ": --broker-pid is the id of a broker that runs"));
  }
  return absl::DurationFromTimespec(time);
}

class Run {
 public:
  explicit Run(const BrokerQuestion& question) : question_(question), tls_(asio::ssl::context::tls_client) {}

  absl::StatusOr<BrokerFigures> Measure() {
    PARLOR_RETURN_IF_ERROR(ComeIn());
    PARLOR_RETURN_IF_ERROR(Talk(question_.warming));
    if (!arrivals_->complete()) {
      return absl::DeadlineExceededError(
          absl::StrCat(arrivals_->missed(),
                       " of the messages before the measurement did not arrive: does the "
                       "broker hold back who says much?"));
    }
    PARLOR_ASSIGN_OR_RETURN(const Cpu before, CpuNow());
    PARLOR_RETURN_IF_ERROR(Talk(question_.messages));
    PARLOR_ASSIGN_OR_RETURN(const Cpu after, CpuNow());
    return Figures(before, after);
  }

 private:
  struct Cpu {
    absl::Duration clients;
    std::optional<absl::Duration> broker;
  };

  absl::Status ComeIn();
  void ConnectMore();
  absl::Status Talk(size_t count);
  void SayNext(std::chrono::steady_clock::time_point due, size_t message, size_t count);
  void Heard(size_t client, absl::string_view text);
  void KeepAlive();
  absl::Status RunUntilDone();
  void Done(absl::Status status);
  // Calls once, unless the timer is told of something else before.
  void At(asio::steady_timer& timer, std::chrono::steady_clock::time_point when, std::function<void()> run);
  void After(asio::steady_timer& timer, absl::Duration delay, std::function<void()> run) {
    At(timer, std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(delay), std::move(run));
  }
  absl::StatusOr<Cpu> CpuNow() const;
  BrokerFigures Figures(const Cpu& before, const Cpu& after) const;

  const BrokerQuestion& question_;
  asio::io_context io_{1};
  asio::ssl::context tls_;
  tcp::endpoint broker_;
  asio::steady_timer step_{io_};  // the next message, or the end of a wait
  asio::steady_timer keep_alive_{io_};
  std::vector<std::unique_ptr<Connection>> clients_;
  size_t ready_ = 0;
  std::optional<Arrivals> arrivals_;
  bool all_said_ = false;
  absl::Status status_;
};

absl::Status Run::ComeIn() {
  asio::error_code error;
  broker_ = {asio::ip::make_address(question_.host, error), question_.port};
  if (error) return absl::InvalidArgumentError(absl::StrCat(question_.host, " is no IP address"));
  ConnectMore();
  After(step_, kToComeIn, [this] {
    Done(absl::DeadlineExceededError(absl::StrCat("only ", ready_, " of ", question_.clients,
                                                  " clients came in within ", absl::FormatDuration(kToComeIn),
                                                  ": what does the broker's log say?")));
  });
  PARLOR_RETURN_IF_ERROR(RunUntilDone());
  KeepAlive();
  return absl::OkStatus();
}

void Run::ConnectMore() {
  while (clients_.size() < std::min(question_.clients, ready_ + kAtOnce)) {
    const size_t client = clients_.size();
    Connection::Events events;
    events.ready = [this] {
      ++ready_;
      if (ready_ == question_.clients) return Done(absl::OkStatus());
      ConnectMore();
    };
    events.heard = [this, client](absl::string_view text) { Heard(client, text); };
    events.failed = [this, client](const absl::Status& status) {
      Done({status.code(),
            absl::StrCat("client ", client + 1, " of ", question_.clients, ": ", status.message())});
    };
    clients_.push_back(std::make_unique<Connection>(io_, question_.tls ? &tls_ : nullptr,
                                                    MakeProtocol(question_.kind, client), std::move(events)));
    clients_.back()->Connect(broker_);
  }
}

// Returns when everybody has heard everything, or what is missing had time to come.
absl::Status Run::Talk(size_t count) {
  arrivals_.emplace(question_.clients - 1, count);
  all_said_ = count == 0;
  if (all_said_) return absl::OkStatus();
  SayNext(std::chrono::steady_clock::now(), 0, count);
  return RunUntilDone();
}

// At times that are set beforehand: a slow broker is not waited for.
void Run::SayNext(std::chrono::steady_clock::time_point due, size_t message, size_t count) {
  At(step_, due, [this, due, message, count] {
    const std::string text = TextOf(message);
    arrivals_->Said(message, std::chrono::steady_clock::now());
    clients_.front()->Say(text);
    all_said_ = message + 1 == count;
    if (!all_said_) return SayNext(due + absl::ToChronoNanoseconds(question_.interval), message + 1, count);
    After(step_, question_.settle, [this] { Done(absl::OkStatus()); });
  });
}

void Run::Heard(size_t client, absl::string_view text) {
  const auto now = std::chrono::steady_clock::now();
  const std::optional<size_t> message = MessageOf(text);
  // A broker of MQTT gives the sender its own texts back.
  if (client == 0 || !message.has_value() || !arrivals_.has_value()) return;
  arrivals_->Read(*message, client - 1, now);
  if (all_said_ && arrivals_->complete()) Done(absl::OkStatus());
}

void Run::KeepAlive() {
  After(keep_alive_, kStayAlive, [this] {
    for (const auto& client : clients_) client->StayAlive();
    KeepAlive();
  });
}

void Run::At(asio::steady_timer& timer, std::chrono::steady_clock::time_point when,
             std::function<void()> run) {
  timer.expires_at(when);
  timer.async_wait([run = std::move(run)](const asio::error_code& error) {
    if (!error) run();
  });
}

absl::Status Run::RunUntilDone() {
  io_.restart();
  io_.run();
  step_.cancel();
  return status_;
}

void Run::Done(absl::Status status) {
  status_.Update(std::move(status));
  io_.stop();
}

absl::StatusOr<Run::Cpu> Run::CpuNow() const {
  Cpu cpu{OwnCpuTime(), std::nullopt};
  if (question_.broker_pid.has_value()) {
    PARLOR_ASSIGN_OR_RETURN(cpu.broker, CpuTimeOf(*question_.broker_pid));
  }
  return cpu;
}

BrokerFigures Run::Figures(const Cpu& before, const Cpu& after) const {
  const auto messages = static_cast<double>(question_.messages);
  const std::vector<double> micros = arrivals_->Micros();
  BrokerFigures figures;
  figures.p50_us = Quantile(micros, 0.5);
  figures.p99_us = Quantile(micros, 0.99);
  figures.max_us = Quantile(micros, 1);
  figures.missed = arrivals_->missed();
  figures.client_cpu_us_per_message = absl::ToDoubleMicroseconds(after.clients - before.clients) / messages;
  if (before.broker.has_value()) {
    figures.broker_cpu_us_per_message = absl::ToDoubleMicroseconds(*after.broker - *before.broker) / messages;
  }
  return figures;
}

}  // namespace

absl::StatusOr<BrokerFigures> MeasureBroker(const BrokerQuestion& question) {
  return Run(question).Measure();
}

}  // namespace parlor::bench
