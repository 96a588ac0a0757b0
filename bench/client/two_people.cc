#include "bench/client/two_people.h"

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "bench/client/latencies.h"
#include "bench/client/person_role.h"

namespace parlor::bench {
namespace {

absl::StatusOr<nlohmann::json> Ask(Child& child, const std::string& line) {
  PARLOR_ASSIGN_OR_RETURN(const std::string answer, child.Ask(line));
  return ParseAnswer(answer);
}

nlohmann::json CostOf(const Usage& used, double messages) {
  return {{"loop_us", used.loop_seconds * 1e6 / messages},
          {"store_us", used.store_seconds * 1e6 / messages},
          {"messages_a_commit", messages / static_cast<double>(used.commits)}};
}

}  // namespace

absl::StatusOr<std::unique_ptr<TwoPeople>> TwoPeople::Make() {
  auto people = std::make_unique<TwoPeople>();
  PARLOR_ASSIGN_OR_RETURN(people->scratch_, ScratchDirectory::Make());
  const std::string directory = people->scratch_->path().string();
  PARLOR_ASSIGN_OR_RETURN(people->server_, Child::Start(kServerRole, {directory + "/server"}));
  const std::string link = people->server_->greeting();
  PARLOR_ASSIGN_OR_RETURN(people->sender_, Child::Start(kPersonRole, {directory, link, "ann"}));
  PARLOR_ASSIGN_OR_RETURN(people->receiver_, Child::Start(kPersonRole, {directory, link, "bob"}));
  PARLOR_RETURN_IF_ERROR(Ask(*people->sender_, absl::StrCat("greet ", kChat)).status());
  PARLOR_RETURN_IF_ERROR(Ask(*people->sender_, absl::StrCat("create ", kRoom)).status());
  PARLOR_RETURN_IF_ERROR(Ask(*people->receiver_, absl::StrCat("join ", kRoom)).status());
  PARLOR_RETURN_IF_ERROR(Ask(*people->sender_, absl::StrCat("greet ", kRoom)).status());
  return people;
}

absl::StatusOr<nlohmann::json> TwoPeople::AskSender(const std::string& line) {
  return Ask(*sender_, line);
}

absl::StatusOr<TwoPeople::Usages> TwoPeople::UsageNow() {
  PARLOR_ASSIGN_OR_RETURN(const nlohmann::json sender, Ask(*sender_, "usage"));
  PARLOR_ASSIGN_OR_RETURN(const nlohmann::json receiver, Ask(*receiver_, "usage"));
  return Usages{UsageFromJson(sender), UsageFromJson(receiver)};
}

absl::StatusOr<TwoPeople::Run> TwoPeople::SendMany(const std::string& target, absl::Duration duration) {
  PARLOR_ASSIGN_OR_RETURN(const Usages before, UsageNow());
  PARLOR_ASSIGN_OR_RETURN(const nlohmann::json sent,
                          AskSender(absl::StrCat("many ", target, " ", absl::ToDoubleSeconds(duration))));
  PARLOR_ASSIGN_OR_RETURN(const Usages after, UsageNow());
  const Usage received = after.receiver - before.receiver;
  if (received.messages != sent["messages"]) {
    return absl::DataLossError(absl::StrCat(received.messages, " messages came of ", sent["messages"].dump(),
                                            " that were marked delivered"));
  }
  const double messages = sent["messages"];
  return Run{
      sent["rate"],
      {{"sender", CostOf(after.sender - before.sender, messages)}, {"receiver", CostOf(received, messages)}}};
}

}  // namespace parlor::bench
