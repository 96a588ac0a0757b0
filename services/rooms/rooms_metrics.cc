#include "services/rooms/rooms_metrics.h"

#include "absl/strings/ascii.h"

namespace parlor::rooms {
namespace {

// The last of gRPC's.
constexpr auto kLastCode = static_cast<int>(absl::StatusCode::kUnauthenticated);

std::string LabelOf(absl::StatusCode code) {
  return absl::AsciiStrToLower(absl::StatusCodeToString(code));
}

prometheus::Gauge& MakeGauge(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

RoomsMetrics::RoomsMetrics(prometheus::Registry& registry)
    : joins_(prometheus::BuildCounter()
                 .Name("parlor_rooms_joins_total")
                 .Help("EnterRoom streams by how they were answered")
                 .Register(registry)),
      sessions_(MakeGauge(registry, "parlor_rooms_sessions", "Open room streams of this process")),
      sessions_limit_(
          MakeGauge(registry, "parlor_rooms_sessions_limit", "Room streams that this process takes at most")),
      active_(MakeGauge(registry, "parlor_rooms_active", "Rooms with at least one member")),
      members_(
          MakeGauge(registry, "parlor_rooms_members", "Members of all rooms, reconnecting ones included")) {
  // All from the start, so that a rate from zero is seen.
  for (int code = 0; code <= kLastCode; ++code) {
    joins_.Add({{"result", LabelOf(static_cast<absl::StatusCode>(code))}});
  }
}

void RoomsMetrics::CountJoin(const absl::Status& result) {
  joins_.Add({{"result", LabelOf(result.code())}}).Increment();
}

void RoomsMetrics::SeatTaken(absl::string_view room_id) {
  absl::MutexLock lock(&mutex_);
  ++seats_[room_id];
  members_.Increment();
  active_.Set(static_cast<double>(seats_.size()));
}

void RoomsMetrics::SeatFreed(absl::string_view room_id) {
  absl::MutexLock lock(&mutex_);
  const auto room = seats_.find(room_id);
  if (room == seats_.end()) return;
  if (--room->second == 0) seats_.erase(room);
  members_.Decrement();
  active_.Set(static_cast<double>(seats_.size()));
}

}  // namespace parlor::rooms
