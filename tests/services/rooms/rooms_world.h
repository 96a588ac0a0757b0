// A whole rooms service without a network: an in-memory store and directory, a manual clock, and streams that
// remember what they were sent.
#ifndef PARLOR_TESTS_SERVICES_ROOMS_ROOMS_WORLD_H_
#define PARLOR_TESTS_SERVICES_ROOMS_ROOMS_WORLD_H_

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "nlohmann/json.hpp"
#include "prometheus/registry.h"
#include "services/common/key_set.h"
#include "services/common/live/in_process_directory.h"
#include "services/common/revocations.h"
#include "services/common/signing_keys.h"
#include "services/rooms/room_admin.h"
#include "services/rooms/rooms_hub.h"
#include "tests/services/rooms/server_id.h"

namespace parlor::rooms::testing {

// Ends as a real stream does: the hub hears of it.
class FakeStream final : public MemberStream {
 public:
  FakeStream(RoomsHub* hub, std::string session) : hub_(hub), session_(std::move(session)) {}

  bool Greet(v1::EnterRoomResponse entered) override;
  void Send(SharedFrame frame) override;
  void End(const absl::Status& why) override;

  const std::string& session() const { return session_; }
  // Entered or ended, whichever came; waits for it.
  absl::Status Outcome();
  const v1::Entered& entered() const { return entered_; }  // after Outcome() was OK
  bool GreetedWithin(absl::Duration limit);
  // Called by the next Send, once, before that returns.
  void HoldNext(std::function<void()> hold);
  // Waits until the stream has ended.
  absl::Status WaitForEnd();
  bool ended();
  // What was sent since the last call, oldest first; waits until everything is told that has happened.
  std::vector<v1::EnterRoomResponse> TakeFrames();
  // For who is in the sequence of changes, and must not wait for it.
  std::vector<v1::EnterRoomResponse> TakeFramesSoFar();
  // Breaks the stream, as a lost connection does.
  void Break() { End(absl::CancelledError("the connection is gone")); }

 private:
  RoomsHub* const hub_;
  const std::string session_;
  v1::Entered entered_;
  absl::Mutex mutex_;
  bool greeted_ ABSL_GUARDED_BY(mutex_) = false;
  std::function<void()> hold_ ABSL_GUARDED_BY(mutex_);
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::EnterRoomResponse> frames_ ABSL_GUARDED_BY(mutex_);
};

class RoomsWorld {
 public:
  explicit RoomsWorld(const RoomLimits& limits = {}, std::unique_ptr<RoomStore> store = nullptr);
  ~RoomsWorld();

  // Starts entering; Outcome() of the stream says how it went. Devices are "<user>-phone" unless told.
  std::shared_ptr<FakeStream> StartEnter(const std::string& user, const std::string& room,
                                         const std::string& password = "", const std::string& device = "",
                                         bool takeover = false);
  // The same, and waits.
  std::shared_ptr<FakeStream> Enter(const std::string& user, const std::string& room,
                                    const std::string& password = "");

  // In the sequence of changes, on whatever thread, and waits for it.
  void InSequence(const std::function<void()>& callback);

  v1::Room Create(const std::string& owner, const std::string& name, v1::Access access = v1::ACCESS_OPEN,
                  bool stage = false, const std::string& password = "", uint32_t capacity = 0);

  // The claims of a token that the service signed, judged at the clock's time.
  absl::StatusOr<nlohmann::json> Verify(const std::string& token, const char* type) const;

  ManualClock clock;
  prometheus::Registry registry;
  service::KeySet auth_keys;
  service::Revocations revocations;
  std::unique_ptr<service::SigningKeys> signing_keys;
  std::unique_ptr<RoomStore> store;
  std::unique_ptr<RoomCatalogue> catalogue;
  live::InProcessDirectory directory;
  std::unique_ptr<TicketOffice> tickets;
  RoomsMetrics metrics;
  service::BlockingPool pool;
  std::unique_ptr<RoomsHub> hub;
  std::unique_ptr<RoomAdmin> admin;

 private:
  std::filesystem::path directory_;
};

// The change of `user` in a member frame, or KIND_UNSPECIFIED if there is none.
v1::MemberChange::Kind ChangeOf(const std::vector<v1::EnterRoomResponse>& frames, const std::string& user);

}  // namespace parlor::rooms::testing

#endif  // PARLOR_TESTS_SERVICES_ROOMS_ROOMS_WORLD_H_
