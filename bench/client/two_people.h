// A server and two people on it, each in a process of their own, who have a private chat and a room.
#ifndef PARLOR_BENCH_CLIENT_TWO_PEOPLE_H_
#define PARLOR_BENCH_CLIENT_TWO_PEOPLE_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "bench/child.h"
#include "bench/client/usage.h"
#include "bench/scratch_directory.h"
#include "nlohmann/json.hpp"

namespace parlor::bench {

class TwoPeople {
 public:
  static constexpr char kChat[] = "@bob";  // as ann sees it
  static constexpr char kRoom[] = "#tea";

  // Linked, and one message has gone each way that will be measured.
  static absl::StatusOr<std::unique_ptr<TwoPeople>> Make();

  const ScratchDirectory& scratch() const { return *scratch_; }

  // What ann is asked (person_role.h).
  absl::StatusOr<nlohmann::json> AskSender(const std::string& line);

  // What a message costs both: of sender and receiver {"loop_us","store_us","messages_a_commit"}.
  struct Run {
    double rate = 0;  // messages a second
    nlohmann::json split;
  };
  absl::StatusOr<Run> SendMany(const std::string& target, absl::Duration duration);

 private:
  struct Usages {
    Usage sender;
    Usage receiver;
  };
  absl::StatusOr<Usages> UsageNow();

  std::unique_ptr<ScratchDirectory> scratch_;  // gone last
  std::unique_ptr<Child> server_;
  std::unique_ptr<Child> sender_;
  std::unique_ptr<Child> receiver_;
};

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_CLIENT_TWO_PEOPLE_H_
