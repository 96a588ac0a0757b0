// This device's place at the presence service: the stream, who is watched, signals, and the server's clock.
#ifndef PARLOR_CLIENT_CORE_PRESENCE_CLIENT_H_
#define PARLOR_CLIENT_CORE_PRESENCE_CLIENT_H_

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/core/server_clock.h"
#include "client/core/service_stream.h"
#include "client/loop/loop.h"
#include "client/rpc/rpc_channel.h"
#include "parlor/presence/v1/presence.pb.h"

namespace parlor::client {

// Whom presence has to know about, from this side.
struct PresenceLists {
  std::set<std::string> watch;   // tell me how they are
  std::set<std::string> accept;  // may have my addresses
  std::set<std::string> block;   // see me offline
};

// Loop thread only.
class PresenceClient {
 public:
  struct Handlers {
    std::function<void(std::function<void(absl::StatusOr<std::string>)>)> token;
    std::function<void()> on_up;
    // `retry_in` is not set when nothing is tried any more until Start.
    std::function<void(const absl::Status& why, std::optional<absl::Duration> retry_in)> on_down;
    std::function<void(const presence::v1::PersonPresence&)> on_presence;
    std::function<void(const presence::v1::Signal&)> on_signal;
    std::function<void(const presence::v1::SignalRefused&)> on_signal_refused;
    std::function<void(const std::string& user)> on_typing;
    std::function<void(const std::string& revocations)> on_revocations;
    std::function<void(const presence::v1::AddressesPublished&)> on_addresses;
    std::function<void()> on_heard;  // the clock was set by the server
  };

  PresenceClient(Loop& loop, RpcChannel& channel, ServerClock& clock, Handlers handlers);

  void SetAddresses(std::vector<presence::v1::Address> addresses, uint16_t listen_port);
  // What the lists should be: differences are sent.
  void SetLists(PresenceLists lists);
  void SetStatus(const presence::v1::Status& status);

  // `takeover`: instead of another device of this person.
  void Start(bool takeover = false);
  void Stop();
  bool up() const { return stream_.established(); }
  bool quiet() const { return stream_.quiet(); }

  // False while the stream is down.
  bool SendSignal(const std::string& user, const std::string& payload);
  bool SendTyping(const std::string& user);

  // As last told; offline for those who are not watched.
  const presence::v1::PersonPresence* Find(const std::string& user) const;
  bool IsOnline(const std::string& user) const;

 private:
  std::string FirstFrame();
  std::string Heartbeat() const;
  void OnFrame(const std::string& bytes);
  void OnWelcome(const presence::v1::Welcome& welcome);
  void OnHeartbeat(const presence::v1::HeartbeatAnswer& answer);
  void OnPresence(const presence::v1::PersonPresence& person);
  void OnTokenEnds();
  void TellLists();
  ServiceStream::Next OnLost(const absl::Status& why);

  Loop& loop_;
  ServerClock& clock_;
  const Handlers handlers_;
  ServiceStream stream_;
  absl::Status lost_why_;
  absl::Duration opened_at_;

  std::vector<presence::v1::Address> addresses_;
  uint16_t listen_port_ = 0;
  PresenceLists lists_;
  PresenceLists told_;  // what the server was told in this stream
  presence::v1::Status status_;
  bool takeover_ = false;
  std::map<std::string, presence::v1::PersonPresence> people_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CORE_PRESENCE_CLIENT_H_
