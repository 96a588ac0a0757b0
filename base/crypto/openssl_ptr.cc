#include "base/crypto/openssl_ptr.h"

#include <openssl/err.h>

#include <cstddef>

#include "absl/base/internal/raw_logging.h"
#include "absl/strings/str_cat.h"

namespace parlor::openssl {

ErrorScope::ErrorScope() {
  ERR_clear_error();
}

ErrorScope::~ErrorScope() {
  ERR_clear_error();
}

absl::Status ErrorScope::Status(absl::StatusCode code, absl::string_view what) const {
  std::string message(what);
  const char* separator = ": ";
  while (const unsigned long error = ERR_get_error()) {
    const char* reason = ERR_reason_error_string(error);
    absl::StrAppend(&message, separator, reason != nullptr ? reason : "unknown error");
    separator = ", ";
  }
  return absl::Status(code, message);
}

bool ErrorScope::LastIs(int library, int reason) const {
  const unsigned long error = ERR_peek_last_error();
  return ERR_GET_LIB(error) == library && ERR_GET_REASON(error) == reason;
}

void Check(bool ok, const char* what) {
  if (ok) return;
  const unsigned long error = ERR_peek_error();
  const char* reason = error != 0 ? ERR_reason_error_string(error) : nullptr;
  ABSL_RAW_LOG(FATAL, "OpenSSL failed at %s: %s", what, reason != nullptr ? reason : "no reason given");
}

BioPtr ReadFrom(absl::string_view bytes) {
  BioPtr bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  Check(bio != nullptr, "BIO_new_mem_buf");
  return bio;
}

std::string Contents(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, static_cast<size_t>(size)) : std::string();
}

}  // namespace parlor::openssl
