// What the fuzzer calls; by itself, so that tests may use what stands beside it.
#include "google/protobuf/stubs/logging.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  google::protobuf::SetLogHandler(nullptr);  // as in the programs that ship
  parlor::fuzz::Test(parlor::fuzz::Input({reinterpret_cast<const char*>(data), size}));
  return 0;
}
