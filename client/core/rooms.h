// All rooms that this person is in.
#ifndef PARLOR_CLIENT_CORE_ROOMS_H_
#define PARLOR_CLIENT_CORE_ROOMS_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "client/core/room_session.h"
#include "client/room/room.h"

namespace parlor::client {

// Each has links, streams and a past of its own; what more of them cost was not measured.
inline constexpr size_t kMaxRooms = 32;

// Loop thread only.
class Rooms {
 public:
  explicit Rooms(RoomWorld world);
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
  std::vector<peer::v1::Frame> Opening(const std::string& user);
  void OnNoLink(const std::string& user);
  void OnLinkUp(const std::string& user);
  void OnLinkDown(const std::string& user);
  void OnWritable(const std::string& user);
  void OnFrame(const std::string& user, const peer::v1::Frame& frame);
  void OnChain(const std::vector<std::string>& chain_der);

  const Room* Find(const std::string& name) const;  // null: not (yet) in it
  std::vector<std::string> Names() const;
  bool IsMember(const std::string& user) const;   // of any room
  bool WantsLink(const std::string& user) const;  // any room

 private:
  RoomSession* SessionOf(const std::string& name) const;
  void End(const std::string& name);
  template <typename Call>
  void ForEach(Call call);

  const RoomWorld world_;
  std::map<std::string, std::unique_ptr<RoomSession>> sessions_;  // by name
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CORE_ROOMS_H_
