// People who register and log in, as clients do it.
#ifndef PARLOR_BENCH_SERVICES_PEOPLE_H_
#define PARLOR_BENCH_SERVICES_PEOPLE_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/crypto/key.h"
#include "bench/services/channels.h"
#include "grpcpp/support/status.h"
#include "parlor/auth/v1/auth.grpc.pb.h"

namespace parlor::bench {

// "citizen000042".
std::string CitizenName(int person);

// A device of somebody, and what the server gave it.
struct LoggedIn {
  PrivateKey key;
  auth::v1::LoginResponse response;
};

// Every method blocks, and comes back after the time that a server asks for which is busy. Thread-safe.
class People {
 public:
  explicit People(const Target& target);
  People(const People&) = delete;
  People& operator=(const People&) = delete;

  absl::Status Register(int person);
  // With a fresh device; its key is made here, which takes 0.1 ms.
  absl::StatusOr<LoggedIn> LogIn(int person);

  // How often a server was busy.
  int64_t retries() const { return retries_; }

 private:
  absl::Status Call(const std::function<grpc::Status(grpc::ClientContext*)>& call);

  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<auth::v1::Auth::Stub> stub_;
  std::atomic<int64_t> retries_ = 0;
};

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_SERVICES_PEOPLE_H_
