// What fuzz targets are made of. A target defines Test and Seeds; the fuzzer calls LLVMFuzzerTestOneInput
// (one_input.cc).
#ifndef PARLOR_TESTS_FUZZ_FUZZ_H_
#define PARLOR_TESTS_FUZZ_FUZZ_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace parlor::fuzz {

// Takes an input apart, front to back. What is no longer there is 0 or empty.
class Input {
 public:
  explicit Input(absl::string_view bytes) : rest_(bytes) {}

  bool empty() const { return rest_.empty(); }
  uint8_t Byte();
  uint16_t Number();                    // two bytes, big-endian
  absl::string_view Take(size_t size);  // or as many as are there
  absl::string_view Part() { return Take(Number()); }
  absl::string_view Rest() { return Take(rest_.size()); }

 private:
  absl::string_view rest_;
};

// Takes any bytes, and ends the process when a promise is broken.
void Test(Input input);

// Inputs that reach deep, which the fuzzer starts from. They lie in the target's corpus too, as seed-00 and
// so on (corpus_main.cc); so they are the same at each call, and hold nothing that is made at random.
std::vector<std::string> Seeds();

// Ends the process unless `kept`; `promise` tells which one was broken.
void Promise(bool kept, const char* promise);

// For seeds: what Input::Number and Input::Part read.
std::string Number(uint16_t number);
std::string Part(absl::string_view bytes);

// `bytes` in pieces of one to `longest` bytes, as a network or a terminal may deliver them; in one piece for
// 0.
std::vector<absl::string_view> Pieces(absl::string_view bytes, uint8_t longest);

}  // namespace parlor::fuzz

#endif  // PARLOR_TESTS_FUZZ_FUZZ_H_
