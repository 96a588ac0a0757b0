#include "bench/broker/arrivals.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"

namespace parlor::bench {
namespace {

constexpr size_t kDigits = 10;

}  // namespace

std::string TextOf(size_t message) {
  std::string text = absl::StrFormat("%0*d ", kDigits, message);
  text.resize(kTextSize, 'x');
  return text;
}

std::optional<size_t> MessageOf(absl::string_view text) {
  size_t message = 0;
  if (text.size() != kTextSize || !absl::SimpleAtoi(text.substr(0, kDigits), &message)) return std::nullopt;
  return message;
}

Arrivals::Arrivals(size_t readers, size_t messages)
    : messages_(messages, Message{std::nullopt, {}, readers, std::vector<bool>(readers)}),
      missing_(readers * messages) {}

void Arrivals::Said(size_t message, Time now) {
  messages_[message].said = now;
}

void Arrivals::Read(size_t message, size_t reader, Time now) {
  if (message >= messages_.size()) return;
  Message& read = messages_[message];
  if (!read.said.has_value() || read.read[reader]) return;
  read.read[reader] = true;
  read.last_read = now;
  --read.still;
  --missing_;
}

std::vector<double> Arrivals::Micros() const {
  std::vector<double> micros;
  micros.reserve(messages_.size());
  for (const Message& message : messages_) {
    if (!message.said.has_value() || message.still > 0) continue;
    micros.push_back(std::chrono::duration<double, std::micro>(message.last_read - *message.said).count());
  }
  return micros;
}

}  // namespace parlor::bench
