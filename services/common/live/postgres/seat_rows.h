// Seats as rows of live_seats, and as the JSON that statements take.
#ifndef PARLOR_SERVICES_COMMON_LIVE_POSTGRES_SEAT_ROWS_H_
#define PARLOR_SERVICES_COMMON_LIVE_POSTGRES_SEAT_ROWS_H_

#include <optional>
#include <vector>

#include "nlohmann/json.hpp"
#include "pqxx/pqxx"
#include "services/common/live/seat_rules.h"

namespace parlor::live {

// A row of PARLOR_LIVE_SEAT columns. Nothing for one that nobody has written yet; its key is in the first
// two.
std::optional<SeatRecord> ReadSeat(const pqxx::row& row);
std::vector<SeatRecord> ReadSeats(const pqxx::result& rows);

// An element of live_write_seats.
nlohmann::json SeatJson(const SeatRecord& record);

}  // namespace parlor::live

#endif  // PARLOR_SERVICES_COMMON_LIVE_POSTGRES_SEAT_ROWS_H_
