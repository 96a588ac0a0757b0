#include "bench/town/town_role.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "base/status.h"
#include "bench/child.h"
#include "bench/town/talk.h"
#include "bench/town/town.h"
#include "bench/town/transitions.h"
#include "nlohmann/json.hpp"

namespace parlor::bench {
namespace {

constexpr size_t kMaxRootBytes = 64 << 10;

double UnixSeconds(absl::Time time) {
  return absl::ToDoubleSeconds(time - absl::UnixEpoch());
}

nlohmann::json ToJson(const News& news) {
  nlohmann::json json = {{"downs", news.downs},
                         {"ups", news.ups},
                         {"seen_reconnecting", news.seen_reconnecting},
                         {"seen_offline", news.seen_offline},
                         {"warnings", news.warnings},
                         {"errors", news.errors}};
  if (news.downs > 0) json["first_down"] = UnixSeconds(news.first_down);
  if (news.ups > 0) json["last_up"] = UnixSeconds(news.last_up);
  return json;
}

class TownHall {
 public:
  explicit TownHall(Town& town) : town_(town) {}

  absl::StatusOr<nlohmann::json> Answer(const std::string& line) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    const std::string& what = words.front();
    std::vector<double> numbers;
    for (size_t i = 1; i < words.size(); ++i) {
      if (!absl::SimpleAtod(words[i], &numbers.emplace_back())) return Unknown(line);
    }
    if (numbers.empty()) return AnswerPlain(what);
    if (numbers.size() == 1) return AnswerOne(what, numbers[0], line);
    if (numbers.size() == 2) return AnswerTwo(what, numbers[0], numbers[1], line);
    return Unknown(line);
  }

 private:
  static absl::Status Unknown(const std::string& line) {
    return absl::InvalidArgumentError(absl::StrCat("a town does not know: ", line));
  }

  absl::StatusOr<nlohmann::json> AnswerPlain(const std::string& what) {
    if (what == "news") return ToJson(town_.TakeNews());
    if (what != "hush" || !talk_.has_value()) return Unknown(what);
    nlohmann::json said = talk_->End();
    talk_.reset();
    return said;
  }

  absl::StatusOr<nlohmann::json> AnswerOne(const std::string& what, double number, const std::string& line) {
    const int count = static_cast<int>(number);
    if (what == "await-return") {
      PARLOR_RETURN_IF_ERROR(town_.AwaitReturn(count));
      return ToJson(town_.TakeNews());
    }
    if (what == "connect") {
      PARLOR_RETURN_IF_ERROR(town_.Connect(count));
      return nlohmann::json::object();
    }
    if (what != "meet") return Unknown(line);
    to_a_room_ = count;
    PARLOR_RETURN_IF_ERROR(town_.Meet(count));
    return nlohmann::json::object();
  }

  absl::StatusOr<nlohmann::json> AnswerTwo(const std::string& what, double first, double second,
                                           const std::string& line) {
    if (what == "transitions") return MeasureTransitions(town_, first, absl::Seconds(second));
    if (what != "talk" || to_a_room_ == 0 || talk_.has_value()) return Unknown(line);
    talk_.emplace(town_, to_a_room_);
    talk_->Begin(first, second);
    return nlohmann::json::object();
  }

  Town& town_;
  int to_a_room_ = 0;
  std::optional<Talk> talk_;
};

absl::Status Run(const std::vector<std::string>& arguments) {
  TownPlan plan;
  if (arguments.size() != 8 || !absl::SimpleAtoi(arguments[5], &plan.citizens) ||
      !absl::SimpleAtoi(arguments[7], &plan.watchers)) {
    return absl::InvalidArgumentError(
        "usage: town AUTH_PORT PORT PORT ROOT_FILE SERVER_ID CITIZENS links|udp|alone WATCHERS");
  }
  plan.ports = {arguments[1], arguments[2]};
  plan.udp = arguments[6] == "udp";
  plan.links = plan.udp || arguments[6] == "links";
  PARLOR_ASSIGN_OR_RETURN(std::string root_pem, ReadFile(arguments[3], kMaxRootBytes));
  PARLOR_ASSIGN_OR_RETURN(const std::unique_ptr<Town> town,
                          Town::Make({arguments[0], std::move(root_pem), arguments[4]}, plan));
  TownHall hall(*town);
  ServeParent("enrolled", [&hall](const std::string& line) {
    const absl::Time began = absl::Now();
    absl::StatusOr<nlohmann::json> answer = hall.Answer(line);
    if (!answer.ok()) return nlohmann::json{{"error", answer.status().ToString()}}.dump();
    (*answer)["seconds"] = absl::ToDoubleSeconds(absl::Now() - began);
    (*answer)["cpu_seconds"] = absl::ToDoubleSeconds(OwnCpuTime());
    return answer->dump();
  });
  return absl::OkStatus();
}

}  // namespace

Role TownRole() {
  return {"town", Run};
}

}  // namespace parlor::bench
