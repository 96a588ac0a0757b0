#include "client/overlay/gossip_id.h"

#include "absl/strings/str_cat.h"
#include "base/crypto/key.h"

namespace parlor::client::overlay {
namespace {

uint64_t First8(const std::string& digest) {
  uint64_t value = 0;
  for (size_t i = 0; i < sizeof(value); ++i) value = value << 8 | static_cast<unsigned char>(digest[i]);
  return value;
}

}  // namespace

StreamId StreamOf(absl::string_view device, uint64_t epoch) {
  return First8(Sha256(absl::StrCat(device, " ", absl::Hex(epoch))));
}

MemberTag TagOf(absl::string_view device) {
  return static_cast<MemberTag>(First8(Sha256(device)) >> 32);
}

}  // namespace parlor::client::overlay
