#include "services/common/live/postgres/seat_rows.h"

#include <string>
#include <utility>

namespace parlor::live {
namespace {

absl::Time ReadTime(const pqxx::field& nanoseconds) {
  return absl::FromUnixNanos(nanoseconds.as<int64_t>());
}

}  // namespace

std::optional<SeatRecord> ReadSeat(const pqxx::row& row) {
  if (row[13].as<int64_t>() == 0) return std::nullopt;
  SeatRecord record;
  record.seat = {.scope = row[0].as<std::string>(),
                 .user = row[1].as<std::string>(),
                 .device = row[2].as<std::string>(),
                 .session = row[3].as<std::string>(),
                 .replica = row[4].as<std::string>(),
                 .details = row[5].as<std::string>(),
                 .state = row[6].as<bool>() ? SeatState::kReconnecting : SeatState::kPresent,
                 .since = ReadTime(row[7]),
                 .claimed_since = ReadTime(row[8])};
  record.taken = row[9].as<bool>();
  record.leaving = static_cast<Leaving>(row[10].as<int>());
  record.note = row[11].as<std::string>();
  record.at = ReadTime(row[12]);
  return record;
}

std::vector<SeatRecord> ReadSeats(const pqxx::result& rows) {
  std::vector<SeatRecord> seats;
  seats.reserve(rows.size());
  for (const pqxx::row& row : rows) {
    if (std::optional<SeatRecord> seat = ReadSeat(row)) seats.push_back(*std::move(seat));
  }
  return seats;
}

nlohmann::json SeatJson(const SeatRecord& record) {
  const Seat& seat = record.seat;
  return {{"s", seat.scope},
          {"p", seat.user},
          {"device", seat.device},
          {"session", seat.session},
          {"replica", seat.replica},
          {"details", seat.details},
          {"reconnecting", seat.state == SeatState::kReconnecting},
          {"since", absl::ToUnixNanos(seat.since)},
          {"claimed_since", absl::ToUnixNanos(seat.claimed_since)},
          {"taken", record.taken},
          {"leaving", static_cast<int>(record.leaving)},
          {"note", record.note},
          {"at", absl::ToUnixNanos(record.at)}};
}

}  // namespace parlor::live
