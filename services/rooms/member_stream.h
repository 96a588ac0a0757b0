// The server's end of a member's EnterRoom stream, as the hub sees it.
#ifndef PARLOR_SERVICES_ROOMS_MEMBER_STREAM_H_
#define PARLOR_SERVICES_ROOMS_MEMBER_STREAM_H_

#include "absl/status/status.h"
#include "services/rooms/room_frames.h"

namespace parlor::rooms {

// Thread-safe; no call blocks. Send and End may tell the hub of the stream's end before they return, so no
// lock is held around them.
class MemberStream {
 public:
  virtual ~MemberStream() = default;

  // The first frame, before all that was sent meanwhile. False: the stream has ended already.
  virtual bool Greet(v1::EnterRoomResponse entered) = 0;
  // Without effect once the stream has ended. A reader that is too slow is ended.
  virtual void Send(SharedFrame frame) = 0;
  // The first one counts.
  virtual void End(const absl::Status& why) = 0;
};

}  // namespace parlor::rooms

#endif  // PARLOR_SERVICES_ROOMS_MEMBER_STREAM_H_
