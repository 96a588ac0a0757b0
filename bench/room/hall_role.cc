#include "bench/room/hall_role.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/file.h"
#include "base/net/join_link.h"
#include "base/status.h"
#include "bench/child.h"
#include "bench/client/latencies.h"
#include "bench/room/hall.h"
#include "bench/town/town.h"
#include "nlohmann/json.hpp"

namespace parlor::bench {
namespace {

constexpr size_t kMaxRootBytes = 64 << 10;

absl::StatusOr<nlohmann::json> Answer(Town& town, Hall& hall, const std::string& line) {
  const std::vector<std::string> words = absl::StrSplit(line, ' ');
  const std::string& what = words.front();
  std::vector<double> numbers;
  for (size_t i = 1; i < words.size(); ++i) {
    if (!absl::SimpleAtod(words[i], &numbers.emplace_back())) return absl::InvalidArgumentError(line);
  }
  if (what == "progress") return hall.Progress();
  if (what == "deliveries") return hall.DeliveriesNow();
  if (what == "enter" && numbers.size() == 1) return hall.Enter(static_cast<int>(numbers[0]));
  if (what == "visit" && numbers.size() == 1) return hall.Visit(static_cast<int>(numbers[0]));
  if (what == "connect") {
    PARLOR_RETURN_IF_ERROR(town.Connect(town.plan().citizens));
  } else if (what == "open") {
    PARLOR_RETURN_IF_ERROR(hall.Open());
  } else if (what == "speak" && numbers.size() == 3) {
    hall.Speak(numbers[0], absl::Seconds(numbers[1]), static_cast<int>(numbers[2]));
  } else {
    return absl::InvalidArgumentError(absl::StrCat("a hall does not know: ", line));
  }
  return nlohmann::json::object();
}

absl::Status Run(const std::vector<std::string>& arguments) {
  TownPlan plan;
  plan.udp = true;
  plan.strangers = true;
  if (arguments.size() != 4 || !absl::SimpleAtoi(arguments[2], &plan.first) ||
      !absl::SimpleAtoi(arguments[3], &plan.citizens)) {
    return absl::InvalidArgumentError("usage: hall LINK ROOT_FILE FIRST COUNT");
  }
  PARLOR_ASSIGN_OR_RETURN(const JoinLink link, ParseJoinLink(arguments[0]));
  PARLOR_ASSIGN_OR_RETURN(std::string root_pem, ReadFile(arguments[1], kMaxRootBytes));
  const std::string port = absl::StrCat(link.server.port);
  plan.ports = {port, port};
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<Town> town,
                          Town::Make({port, std::move(root_pem), link.pin, link.server.host}, plan));
  Hall hall(*town);
  ServeParent("enrolled", [&](const std::string& line) {
    absl::StatusOr<nlohmann::json> answer = Answer(*town, hall, line);
    if (!answer.ok()) return ErrorAnswer(answer.status());
    (*answer)["cpu_seconds"] = absl::ToDoubleSeconds(OwnCpuTime());
    return answer->dump();
  });
  return absl::OkStatus();
}

}  // namespace

Role HallRole() {
  return {kHallRole, Run};
}

}  // namespace parlor::bench
