// All rooms that this person is in: their streams to the services, and their state machines.
#ifndef PARLOR_CLIENT_CORE_ROOMS_H_
#define PARLOR_CLIENT_CORE_ROOMS_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/core/chats.h"
#include "client/core/events.h"
#include "client/core/links.h"
#include "client/core/server_clock.h"
#include "client/core/service_stream.h"
#include "client/loop/loop.h"
#include "client/room/room.h"
#include "client/rpc/rpc_channel.h"
#include "client/store/store_worker.h"
#include "client/trust/trust.h"

namespace parlor::client {

// A person in more rooms than this would hold more links than Links does.
inline constexpr size_t kMaxRooms = 32;

// Loop thread only.
class Rooms {
 public:
  struct Handlers {
    std::function<void(std::function<void(absl::StatusOr<std::string>)>)> token;
    // The key and chain to sign and prove messages with.
    std::function<PrivateKey()> key;
    std::function<std::vector<std::string>()> chain;
    EventSink emit;
  };

  // All outlive this.
  Rooms(Loop& loop, RpcChannel& channel, ServerClock& clock, StoreWorker& store, Links& links, Trust& trust,
        Handlers handlers, Self self);
  ~Rooms();

  // Entered at the end of the last run: entered again as soon as the services are there.
  void Restore(const std::vector<RoomRecord>& rooms);

  // DoneEvent with `ref` once it is entered, ErrorEvent if it cannot be. Entering a room that one is in is
  // done at once.
  void Join(const std::string& name, const std::string& password, bool takeover, const std::string& command,
            const std::string& ref);
  absl::Status Leave(const std::string& name);
  absl::Status Send(const std::string& name, absl::string_view text, const std::string& ref);
  void Typing(const std::string& name);
  // Goodbye to all, without forgetting that this person is in them.
  void Shutdown();
  bool quiet() const;  // after Shutdown: all goodbyes are out
  // The same, to be entered again by RetryNow.
  void StepAside();

  // The services are back: streams that wait for their next try go at once.
  void RetryNow();
  void OnLinkUp(const std::string& user);
  void OnLinkDown(const std::string& user);
  void OnWritable(const std::string& user);
  void OnFrame(const std::string& user, const peer::v1::Frame& frame);
  void OnChain(const std::vector<std::string>& chain_der);

  const Room* Find(const std::string& name) const;  // null: not (yet) in it
  std::vector<std::string> Names() const;
  bool IsMember(const std::string& user) const;  // of any room

 private:
  class Host;
  struct Session;

  Session* SessionOf(const std::string& name) const;
  void Open(Session& session);
  void OnFrameOf(Session& session, const std::string& bytes);
  void OnEntered(Session& session, const rooms::v1::Entered& entered);
  void Dispatch(Session& session, const rooms::v1::EnterRoomResponse& frame);
  void OnTokenEnds(const std::string& name);
  ServiceStream::Next OnLost(Session& session, const absl::Status& why);
  void Remember(Session& session, bool entered);
  void End(const std::string& name);
  template <typename Call>
  void ForEach(Call call);

  Loop& loop_;
  RpcChannel& channel_;
  ServerClock& clock_;
  StoreWorker& store_;
  Links& links_;
  Trust& trust_;
  const Handlers handlers_;
  const Self self_;
  std::map<std::string, std::unique_ptr<Session>> sessions_;  // by name
  std::shared_ptr<Rooms*> alive_ = std::make_shared<Rooms*>(this);
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CORE_ROOMS_H_
