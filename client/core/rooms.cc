#include "client/core/rooms.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

namespace parlor::client {
namespace {

// What a stream needs to send its last frame (ServiceStream::Stop).
constexpr absl::Duration kLastFrame = absl::Seconds(2);

}  // namespace

Rooms::Rooms(RoomWorld world) : world_(std::move(world)) {}

Rooms::~Rooms() = default;

RoomSession* Rooms::SessionOf(const std::string& name) const {
  const auto found = sessions_.find(name);
  return found == sessions_.end() ? nullptr : found->second.get();
}

template <typename Call>
void Rooms::ForEach(Call call) {
  // A call may end a session.
  for (const std::string& name : Names()) {
    const RoomSession* session = SessionOf(name);
    if (session != nullptr && session->room() != nullptr) call(*session->room());
  }
}

void Rooms::Restore(const std::vector<RoomRecord>& rooms) {
  for (const RoomRecord& record : rooms) {
    if (!record.entered) continue;
    world_.store.Query<std::optional<std::string>>(
        [id = record.id](Store& store) { return store.Setting(RoomPasswordSetting(id)); },
        [this, weak = std::weak_ptr(world_.alive),
         name = record.name](const absl::StatusOr<std::optional<std::string>>& password) {
          if (weak.lock()) Join(name, password.ok() ? password->value_or("") : "", false, {}, {});
        });
  }
}

void Rooms::Join(const std::string& name, const std::string& password, bool takeover,
                 const std::string& command, const std::string& ref) {
  std::unique_ptr<RoomSession>& session = sessions_[name];
  if (session == nullptr && sessions_.size() > kMaxRooms) {
    sessions_.erase(name);
    return world_.emit(ErrorEvent{"resource_exhausted",
                                  absl::StrCat("you are in ", kMaxRooms, " rooms; leave one first"), command,
                                  ref});
  }
  if (session == nullptr) {
    session = std::make_unique<RoomSession>(world_, name, password, [this, name] { End(name); });
  }
  session->Join(takeover, {command, ref});
}

absl::Status Rooms::Leave(const std::string& name) {
  RoomSession* session = SessionOf(name);
  if (session == nullptr) return absl::FailedPreconditionError(absl::StrCat("you are not in #", name));
  session->Leave();
  End(name);
  return absl::OkStatus();
}

void Rooms::End(const std::string& name) {
  const auto found = sessions_.find(name);
  if (found == sessions_.end()) return;
  auto gone = std::make_shared<std::unique_ptr<RoomSession>>(std::move(found->second));
  sessions_.erase(found);
  (*gone)->Close();
  auto keep = std::make_shared<std::unique_ptr<Timer>>();
  *keep = world_.loop.After(kLastFrame,
                            [&loop = world_.loop, gone, keep, weak = std::weak_ptr(world_.alive)]() mutable {
                              if (weak.lock()) loop.Post([gone = std::move(gone), keep = std::move(keep)] {});
                            });
}

void Rooms::StepAside() {
  for (auto& [name, session] : sessions_) session->StepAside();
}

void Rooms::Shutdown() {
  for (auto& [name, session] : sessions_) session->Shutdown();
}

void Rooms::RetryNow() {
  for (auto& [name, session] : sessions_) session->RetryNow();
}

absl::Status Rooms::Send(const std::string& name, absl::string_view text, const std::string& ref) {
  const RoomSession* session = SessionOf(name);
  if (session == nullptr)
    return absl::FailedPreconditionError(absl::StrCat("you are not in #", name, "; join it first"));
  if (session->room() == nullptr) {
    return absl::UnavailableError(absl::StrCat("#", name, " is not entered yet; try again in a moment"));
  }
  return session->room()->Send(text, ref, world_.clock.Now());
}

void Rooms::Typing(const std::string& name) {
  const RoomSession* session = SessionOf(name);
  if (session != nullptr && session->room() != nullptr) session->room()->Typing();
}

std::vector<peer::v1::Frame> Rooms::Opening(const std::string& user) {
  std::vector<peer::v1::Frame> frames;
  ForEach([&](Room& room) {
    if (auto hello = room.Opening(user)) frames.push_back(*std::move(hello));
  });
  return frames;
}
void Rooms::OnNoLink(const std::string& user) {
  ForEach([&](Room& room) { room.OnNoLink(user, world_.clock.Now()); });
}
void Rooms::OnLinkUp(const std::string& user) {
  ForEach([&](Room& room) { room.OnLinkUp(user); });
}
void Rooms::OnLinkDown(const std::string& user) {
  ForEach([&](Room& room) { room.OnLinkDown(user, world_.clock.Now()); });
}
void Rooms::OnWritable(const std::string& user) {
  ForEach([&](Room& room) { room.OnWritable(user, world_.clock.Now()); });
}
void Rooms::OnFrame(const std::string& user, const peer::v1::Frame& frame) {
  ForEach([&](Room& room) { room.OnFrame(user, frame, world_.clock.Now()); });
}
void Rooms::OnChain(const std::vector<std::string>& chain_der) {
  ForEach([&](Room& room) { room.SetChain(chain_der); });
}

const Room* Rooms::Find(const std::string& name) const {
  const RoomSession* session = SessionOf(name);
  return session == nullptr ? nullptr : session->room();
}

std::vector<std::string> Rooms::Names() const {
  std::vector<std::string> names;
  for (const auto& [name, session] : sessions_) names.push_back(name);
  return names;
}

bool Rooms::quiet() const {
  return std::all_of(sessions_.begin(), sessions_.end(),
                     [](const auto& entry) { return entry.second->quiet(); });
}

bool Rooms::IsMember(const std::string& user) const {
  return std::any_of(sessions_.begin(), sessions_.end(), [&](const auto& entry) {
    return entry.second->room() != nullptr && entry.second->room()->IsMember(user);
  });
}

bool Rooms::WantsLink(const std::string& user) const {
  return std::any_of(sessions_.begin(), sessions_.end(), [&](const auto& entry) {
    return entry.second->room() != nullptr && entry.second->room()->Wants(user);
  });
}

}  // namespace parlor::client
