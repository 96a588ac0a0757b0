#include "services/rooms/rooms_options.h"

#include "absl/strings/str_cat.h"
#include "services/common/config.h"

namespace parlor::rooms {

void AddRoomsSettings(CLI::App& app, RoomsOptions& options) {
  RoomLimits& limits = options.limits;
  service::AddSetting(app, "--room-capacity", limits.default_capacity,
                      "members of a room whose creator asked for no number");
  service::AddSetting(app, "--max-room-capacity", limits.max_capacity, "the most that a creator may ask for");
  service::AddSetting(app, "--max-rooms", limits.max_rooms, "rooms of the whole server");
  service::AddSetting(app, "--rooms-per-owner", limits.max_owned, "rooms that one person may own");
  service::AddSetting(app, "--rooms-created-per-hour", limits.creations_per_hour,
                      "rooms that one person may create an hour");
  service::AddSetting(app, "--joins-per-minute", limits.joins_per_minute,
                      "times that one person may enter rooms a minute");
  service::AddSetting(app, "--room-changes-per-minute", limits.changes_per_minute,
                      "topics, roles, hands and the like that one person may change a minute");
  service::AddSetting(app, "--room-standings", limits.max_standings,
                      "invitations, roles and bans that one room keeps");
  service::AddSetting(app, "--kick-hold", limits.kick_hold, "how long the kicked stay out");
  service::AddSetting(app, "--room-heartbeat", options.stream.heartbeat,
                      "how often members show that they live");
  service::AddSetting(app, "--room-grace", options.directory.grace,
                      "how long the place of a member is kept whose stream was lost");
  service::AddSetting(app, "--max-room-streams", options.sessions.total, "members of all rooms at once");
  service::AddSetting(app, "--rooms-threads", options.threads, "threads, and connections to the database");
  service::AddSetting(app, "--rooms-queue", options.queue, "calls that may wait for a thread");
  service::AddSetting(app, "--room-goodbye-spread", options.goodbye_spread,
                      "members come back within this after a drain");
}

absl::Status Validate(const RoomsOptions& options) {
  const RoomLimits& limits = options.limits;
  if (limits.default_capacity < 1 || limits.max_capacity < limits.default_capacity) {
    return absl::InvalidArgumentError("--room-capacity has to be 1 to --max-room-capacity");
  }
  if (limits.creations_per_hour < 1 || limits.joins_per_minute < 1 || limits.changes_per_minute < 1) {
    return absl::InvalidArgumentError(
        "--rooms-created-per-hour, --joins-per-minute and --room-changes-per-minute have to be at least 1");
  }
  if (options.threads < 1) return absl::InvalidArgumentError("--rooms-threads has to be at least 1");
  if (options.stream.heartbeat < absl::Seconds(1)) {
    return absl::InvalidArgumentError("--room-heartbeat has to be at least 1s");
  }
  return absl::OkStatus();
}

}  // namespace parlor::rooms
