#include "bench/town/enrolment.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/crypto/certificate.h"
#include "base/net/join_link.h"
#include "base/status.h"
#include "bench/services/people.h"
#include "bench/services/workers.h"
#include "client/cli/enrol.h"

namespace parlor::bench {
namespace {

constexpr int kAtOnce = 8;

}  // namespace

absl::StatusOr<std::vector<client::Account>> Enrol(const Target& auth, int first, int count,
                                                   const std::function<std::string(int)>& port_of) {
  PARLOR_ASSIGN_OR_RETURN(const Certificate root, Certificate::FromPem(auth.root_pem));
  People people(auth);
  std::vector<client::Account> accounts(static_cast<size_t>(count));
  const auto enrol = [&](int person) -> absl::Status {
    PARLOR_RETURN_IF_ERROR(people.Register(first + person));
    PARLOR_ASSIGN_OR_RETURN(const LoggedIn device, people.LogIn(first + person));
    PARLOR_ASSIGN_OR_RETURN(
        const JoinLink link,
        ParseJoinLink(absl::StrCat("parlor://", auth.host, ":", port_of(person), "/#", auth.server_id)));
    PARLOR_ASSIGN_OR_RETURN(accounts[static_cast<size_t>(person)],
                            client::MakeAccount(link, root, device.key, device.response));
    return absl::OkStatus();
  };
  PARLOR_RETURN_IF_ERROR(ForEach(kAtOnce, count, "enrolled", enrol).status());
  return accounts;
}

}  // namespace parlor::bench
