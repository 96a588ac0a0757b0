// One Connect stream: frames to rules and back.
#ifndef PARLOR_SERVICES_PRESENCE_PRESENCE_SESSION_H_
#define PARLOR_SERVICES_PRESENCE_PRESENCE_SESSION_H_

#include <memory>
#include <string>

#include "parlor/presence/v1/presence.grpc.pb.h"
#include "services/common/revocations.h"
#include "services/common/stream/session.h"
#include "services/common/stream/session_set.h"
#include "services/common/token_verifier.h"
#include "services/presence/presence_hub.h"

namespace parlor::presence {

class PresenceSession;

// What all sessions of the service share; what is pointed at outlives the server.
struct SessionTools {
  service::StreamTools stream;
  PaceOptions pace;
  PresenceHub* hub = nullptr;
  const service::TokenVerifier* tokens = nullptr;
  const service::Revocations* revocations = nullptr;
  service::SessionSet<PresenceSession>* sessions = nullptr;
};

// Thread-safe.
class PresenceSession final : public service::StreamSession<v1::ConnectRequest, v1::ConnectResponse>,
                              public Listener {
 public:
  PresenceSession(const SessionTools& tools, grpc::CallbackServerContext* context,
                  const service::CallInfo& call, const service::CallMetrics& metrics);

  const std::string& device() const { return device_; }

  // The revocation list has changed; `frame` holds it. Ends the stream if its device is on it.
  void OnRevocations(const std::shared_ptr<const v1::ConnectResponse>& frame);

  // Says goodbye in band and ends the stream, with which the person is reconnecting.
  void Drain(absl::Duration retry_after);

 private:
  // As a stream.
  void OnFrame(const v1::ConnectRequest& frame) override;
  void OnTokenEnds(absl::Time at) override;
  void OnEnded(const absl::Status& why) override;

  // As a listener.
  bool OnWelcome(v1::Welcome welcome) override;
  void OnRefused(const absl::Status& why) override { End(why); }
  void Deliver(std::shared_ptr<const v1::ConnectResponse> frame) override { Send(std::move(frame)); }
  void OnEvicted(live::Ended why) override;

  void OnHello(const v1::Hello& hello);
  absl::Status Handle(const v1::ConnectRequest& frame);
  void OnHeartbeat(const v1::Heartbeat& heartbeat);
  // What this stream is told next.
  absl::Duration NextHeartbeat() const;
  void OnSignal(const v1::Signal& signal);
  absl::Status RenewToken(const v1::RenewToken& renewal);
  void EndIfRevoked();
  absl::Time Now() const { return tools_.stream.clock->Now(); }

  // Constant after construction.
  const SessionTools& tools_;
  const std::string id_;
  const std::string user_;
  const std::string device_;
  const std::string ip_;

  // Of OnFrame alone, and before it is called again of OnWelcome.
  bool said_hello_ = false;
  absl::Duration heartbeat_;  // that this stream was told
  absl::Time answered_ = absl::InfinitePast();
};

}  // namespace parlor::presence

#endif  // PARLOR_SERVICES_PRESENCE_PRESENCE_SESSION_H_
