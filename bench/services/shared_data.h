// What the processes of one benchmark share: a temporary directory with a server's trust and auth's signing
// keys.
#ifndef PARLOR_BENCH_SERVICES_SHARED_DATA_H_
#define PARLOR_BENCH_SERVICES_SHARED_DATA_H_

#include <filesystem>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/crypto/jwt.h"
#include "bench/figure.h"
#include "bench/scratch_directory.h"
#include "services/common/signing_keys.h"
#include "services/common/trust.h"

namespace parlor::bench {

// Thread-safe.
class SharedData {
 public:
  // A fresh one, in the directory for temporary files; removed with the object.
  static absl::StatusOr<std::unique_ptr<SharedData>> Make();
  // That of the process that made it.
  static absl::StatusOr<std::unique_ptr<SharedData>> Open(const std::string& path);
  SharedData(const SharedData&) = delete;
  SharedData& operator=(const SharedData&) = delete;

  std::string path() const { return path_; }
  // A directory of its own under path(), for one run of a server: made when it is not there.
  absl::StatusOr<std::filesystem::path> Subdirectory(const std::string& name) const;

  const service::Trust& trust() const { return trust_; }
  const std::string& server_id() const { return trust_.tls.server_id; }
  VerificationKeys verification_keys() const;
  // Good for a day, which is longer than any benchmark.
  std::string AccessToken(const std::string& user) const;

 private:
  SharedData(std::filesystem::path path, std::unique_ptr<ScratchDirectory> own, service::Trust trust,
             std::unique_ptr<service::SigningKeys> keys);

  const std::filesystem::path path_;
  const std::unique_ptr<ScratchDirectory> own_;  // null: somebody else's
  const service::Trust trust_;
  const std::unique_ptr<service::SigningKeys> keys_;
};

// `shared-data`: greets with the path of a fresh one, for benchmarks that start the other roles themselves.
Role SharedDataRole();

}  // namespace parlor::bench

#endif  // PARLOR_BENCH_SERVICES_SHARED_DATA_H_
