// A home in a directory of its own, with an account of a server that nobody runs.
#ifndef PARLOR_TESTS_CLIENT_CLI_TEST_HOME_H_
#define PARLOR_TESTS_CLIENT_CLI_TEST_HOME_H_

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "absl/time/clock.h"
#include "base/crypto/certificate.h"
#include "base/net/join_link.h"
#include "client/home/account_file.h"
#include "client/home/home.h"

namespace parlor::client {

class TestHome {
 public:
  TestHome() {
    std::string path = (std::filesystem::temp_directory_path() / "parlor-home-XXXXXX").string();
    path_ = ::mkdtemp(path.data());
  }
  ~TestHome() { std::filesystem::remove_all(path_); }
  TestHome(const TestHome&) = delete;
  TestHome& operator=(const TestHome&) = delete;

  Home Open() const { return *Home::Open(path_); }

  // Logged in; the server's port is one where nobody listens.
  Account LogIn(const std::string& user) const {
    const absl::Time now = absl::Now();
    const Authority root = Authority::MakeRoot(now);
    const Authority people = root.MakePeopleAuthority(now);
    const PrivateKey key = PrivateKey::Generate();
    const std::string id = ServerIdOf(root.key().public_key());
    Account account;
    account.server = ToString(JoinLink{{"127.0.0.1", 1}, id});
    account.root_pem = root.certificate().ToPem();
    account.user = user;
    account.device = key.public_key().device_id();
    account.device_key_pem = key.ToPem();
    account.chain_der = {
        people.IssueDevice({id, user, account.device}, key.public_key(), now, absl::Hours(24))->ToDer(),
        people.certificate().ToDer()};
    account.certificate_expires = now + absl::Hours(24);
    account.access_token = "token";
    account.access_expires = now + absl::Minutes(10);
    account.refresh_token = "refresh";
    EXPECT_TRUE(SaveAccount(Open(), account).ok());
    return account;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace parlor::client

#endif  // PARLOR_TESTS_CLIENT_CLI_TEST_HOME_H_
