#include "tests/services/rooms/rooms_world.h"

#include <utility>

#include "absl/synchronization/notification.h"
#include "base/crypto/jwt.h"
#include "base/random.h"
#include "gtest/gtest.h"
#include "services/rooms/store/open_store.h"

namespace parlor::rooms::testing {

bool FakeStream::Greet(v1::EnterRoomResponse entered) {
  absl::MutexLock lock(&mutex_);
  if (end_.has_value()) return false;
  entered_ = entered.entered();
  greeted_ = true;
  return true;
}

void FakeStream::Send(SharedFrame frame) {
  std::function<void()> hold;
  {
    absl::MutexLock lock(&mutex_);
    if (!end_.has_value()) frames_.push_back(*frame);
    hold = std::exchange(hold_, nullptr);
  }
  if (hold) hold();
}

void FakeStream::HoldNext(std::function<void()> hold) {
  absl::MutexLock lock(&mutex_);
  hold_ = std::move(hold);
}

bool FakeStream::GreetedWithin(absl::Duration limit) {
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&greeted_), limit);
}

void FakeStream::End(const absl::Status& why) {
  {
    absl::MutexLock lock(&mutex_);
    if (end_.has_value()) return;
    end_ = why;
  }
  hub_->Lost(session_);
}

absl::Status FakeStream::Outcome() {
  absl::MutexLock lock(&mutex_);
  const auto answered = [this]()
                            ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return greeted_ || end_.has_value(); };
  mutex_.Await(absl::Condition(&answered));
  return greeted_ ? absl::OkStatus() : *end_;
}

absl::Status FakeStream::WaitForEnd() {
  absl::MutexLock lock(&mutex_);
  const auto over = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return end_.has_value(); };
  mutex_.Await(absl::Condition(&over));
  return *end_;
}

bool FakeStream::ended() {
  absl::MutexLock lock(&mutex_);
  return end_.has_value();
}

std::vector<v1::EnterRoomResponse> FakeStream::TakeFrames() {
  absl::Notification told;
  hub_->InSequence([&told] { told.Notify(); });
  told.WaitForNotification();
  return TakeFramesSoFar();
}

std::vector<v1::EnterRoomResponse> FakeStream::TakeFramesSoFar() {
  absl::MutexLock lock(&mutex_);
  return std::exchange(frames_, {});
}

RoomsWorld::RoomsWorld(const RoomLimits& limits, std::unique_ptr<RoomStore> given_store)
    : revocations(kServerId, &auth_keys),
      store(std::move(given_store)),
      metrics(registry),
      pool({.name = "rooms", .threads = 3, .queue = 256, .on_start = {}}),
      directory_(std::filesystem::temp_directory_path() / ("parlor-rooms-" + RandomId())) {
  signing_keys = *service::SigningKeys::Open(directory_, {}, clock.Now());
  if (store == nullptr) store = *OpenRoomStore({.database = ":memory:"});
  tickets = std::make_unique<TicketOffice>(signing_keys.get(), kServerId);
  catalogue = std::make_unique<RoomCatalogue>(store.get());
  const absl::Status listed = catalogue->Refresh();
  EXPECT_TRUE(listed.ok()) << listed;
  const RoomsParts parts{store.get(),  catalogue.get(), &directory, tickets.get(),
                         &revocations, &pool,           &clock,     &metrics};
  hub = std::make_unique<RoomsHub>(parts, HubOptions{.limits = limits});
  admin =
      std::make_unique<RoomAdmin>(parts, limits, RoomPasswordCost{.memory_kib = 64, .passes = 1}, hub.get());
}

RoomsWorld::~RoomsWorld() {
  pool.Shutdown();
  std::filesystem::remove_all(directory_);
}

std::shared_ptr<FakeStream> RoomsWorld::StartEnter(const std::string& user, const std::string& room,
                                                   const std::string& password, const std::string& device,
                                                   bool takeover) {
  const auto stream = std::make_shared<FakeStream>(hub.get(), RandomId());
  hub->Enter({stream->session(), user, device.empty() ? user + "-phone" : device, room, password, takeover},
             stream);
  return stream;
}

std::shared_ptr<FakeStream> RoomsWorld::Enter(const std::string& user, const std::string& room,
                                              const std::string& password) {
  auto stream = StartEnter(user, room, password);
  const absl::Status outcome = stream->Outcome();
  EXPECT_TRUE(outcome.ok()) << user << ": " << outcome;
  return stream;
}

void RoomsWorld::InSequence(const std::function<void()>& callback) {
  absl::Notification called;
  directory.InSequence([&] {
    callback();
    called.Notify();
  });
  called.WaitForNotification();
}

v1::Room RoomsWorld::Create(const std::string& owner, const std::string& name, v1::Access access, bool stage,
                            const std::string& password, uint32_t capacity) {
  v1::CreateRoomRequest request;
  request.set_name(name);
  request.set_access(access);
  request.set_stage(stage);
  request.set_password(password);
  request.set_capacity(capacity);
  const auto room = admin->Create(owner, request);
  EXPECT_TRUE(room.ok()) << room.status();
  return *room;
}

absl::StatusOr<nlohmann::json> RoomsWorld::Verify(const std::string& token, const char* type) const {
  return VerifyJwt(token, type, signing_keys->Verifying(clock.Now()), kServerId, clock.Now());
}

v1::MemberChange::Kind ChangeOf(const std::vector<v1::EnterRoomResponse>& frames, const std::string& user) {
  for (const v1::EnterRoomResponse& frame : frames) {
    if (frame.has_member() && frame.member().member().user() == user) return frame.member().kind();
  }
  return v1::MemberChange::KIND_UNSPECIFIED;
}

}  // namespace parlor::rooms::testing
