#include "bench/client/link_echo.h"

#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "bench/child.h"
#include "bench/client/devices.h"
#include "bench/client/echo_frame.h"
#include "bench/client/latencies.h"
#include "client/link/tcp_network.h"
#include "client/link/udp/udp_network.h"
#include "client/loop/asio_loop.h"

namespace parlor::bench {
namespace {

using client::AsioLoop;
using client::Link;
using client::Network;
using client::TcpNetwork;
using client::UdpNetwork;

std::unique_ptr<Network> MakeNetwork(const std::string& kind, AsioLoop& loop, const Device& device) {
  std::unique_ptr<Network> network;
  if (kind == "udp") {
    network = std::make_unique<UdpNetwork>(loop, device.judge);
  } else {
    network = std::make_unique<TcpNetwork>(loop, device.judge);
  }
  network->SetIdentity(device.identity);
  return network;
}

// Runs a loop beside the thread that talks to the parent.
class LoopThread {
 public:
  explicit LoopThread(AsioLoop& loop) : loop_(loop), thread_([&loop] { loop.Run(); }) {}
  ~LoopThread() {
    loop_.Stop();
    thread_.join();
  }

 private:
  AsioLoop& loop_;
  std::thread thread_;
};

// Dials, and measures when asked to. Loop thread only.
class EchoClient {
 public:
  explicit EchoClient(std::unique_ptr<Link> link) : link_(std::move(link)) {
    link_->Start({[this](absl::string_view) { OnFrame(); }, [] {},
                  [this](const absl::Status& why) { Answer(ErrorAnswer(why)); }});
  }

  void Measure(absl::Duration duration, std::promise<std::string>* answer) {
    answer_ = answer;
    trips_.emplace(duration);
    Ping();
  }

 private:
  void Ping() {
    trips_->Begin();
    link_->Send(frame_).IgnoreError();  // a link that is closed says so to on_closed
  }
  void OnFrame() {
    if (answer_ == nullptr) return;  // the greeting
    if (trips_->End()) return Ping();
    Answer(trips_->Summary());
  }
  void Answer(std::string text) {
    if (auto* const answer = std::exchange(answer_, nullptr)) answer->set_value(std::move(text));
  }

  const std::unique_ptr<Link> link_;
  const std::string frame_ = EchoFrame();
  std::optional<RoundTrips> trips_;
  std::promise<std::string>* answer_ = nullptr;
};

}  // namespace

absl::Status RunLinkEchoServer(const std::vector<std::string>& arguments) {
  if (arguments.size() != 2) return absl::InvalidArgumentError("DIRECTORY tcp|udp");
  PARLOR_ASSIGN_OR_RETURN(const Device device, LoadDevice(std::filesystem::path(arguments[0]) / kListener));
  AsioLoop loop;
  const std::unique_ptr<Network> network = MakeNetwork(arguments[1], loop, device);
  std::vector<std::unique_ptr<Link>> links;
  PARLOR_ASSIGN_OR_RETURN(const uint16_t port, network->Listen(0, [&](std::unique_ptr<Link> accepted) {
    Link* const link = accepted.get();
    links.push_back(std::move(accepted));
    link->Send("hello").IgnoreError();  // the first frame always fits
    link->Start({[link](absl::string_view frame) { link->Send(frame).IgnoreError(); }, [] {},
                 [](const absl::Status&) {}});
  }));
  const LoopThread thread(loop);
  ServeParent(absl::StrCat(port));
  return absl::OkStatus();
}

absl::Status RunLinkEchoClient(const std::vector<std::string>& arguments) {
  uint32_t port = 0;
  if (arguments.size() < 3 || arguments.size() > 4 || !absl::SimpleAtoi(arguments.back(), &port)) {
    return absl::InvalidArgumentError("DIRECTORY tcp|udp [ADDRESS] PORT");
  }
  const std::string address = arguments.size() == 4 ? arguments[2] : "127.0.0.1";
  PARLOR_ASSIGN_OR_RETURN(const Device device, LoadDevice(std::filesystem::path(arguments[0]) / kDialler));
  AsioLoop loop;
  const std::unique_ptr<Network> network = MakeNetwork(arguments[1], loop, device);
  std::promise<absl::StatusOr<std::unique_ptr<Link>>> dialled;
  const auto dialling =
      network->Dial({kListener, {{address, static_cast<uint16_t>(port)}}},
                    [&](absl::StatusOr<std::unique_ptr<Link>> link) { dialled.set_value(std::move(link)); });
  std::optional<EchoClient> client;
  const LoopThread thread(loop);
  absl::StatusOr<std::unique_ptr<Link>> link = dialled.get_future().get();
  if (!link.ok()) return link.status();
  std::promise<void> ready;
  loop.Post([&] {
    client.emplace(*std::move(link));
    ready.set_value();
  });
  ready.get_future().wait();
  ServeParent("ready", [&](const std::string& seconds) {
    double duration = 0;
    if (!absl::SimpleAtod(seconds, &duration)) return ErrorAnswer(absl::InvalidArgumentError("SECONDS"));
    std::promise<std::string> answer;
    loop.Post([&] { client->Measure(absl::Seconds(duration), &answer); });
    return answer.get_future().get();
  });
  return absl::OkStatus();
}

}  // namespace parlor::bench
