#include "tests/fuzz/quic_frames.h"

#include <algorithm>
#include <iterator>

#include "client/link/link.h"
#include "client/link/udp/quic_connection.h"

namespace parlor::fuzz {
namespace {

using client::QuicConnection;

// Streams, sequence numbers, offsets and limits at which something may change; and the count.
constexpr uint64_t kNumbers[] = {
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    8,
    9,
    16,
    20,
    63,
    64,
    255,
    1024,
    client::kMaxFrameSize,
    QuicConnection::kWindow - 1,
    QuicConnection::kWindow,
    QuicConnection::kWindow + 1,
    QuicConnection::kMaxWindow,
    uint64_t{1} << 30,
    uint64_t{1} << 32,
    uint64_t{1} << 60,
    kMaxVarint - 1,
    kMaxVarint,
    kCount,
};

// n: a number. d: bytes, and their length before them. i: as d, with a length of one byte (an id). t: a token
// for resets. p: data of a path challenge. r: bytes up to the end of the packet, or what looks like frames.
struct Layout {
  uint8_t type;
  const char* fields;
};
constexpr Layout kLayouts[] = {
    {0x00, ""},   {0x01, ""},     {0x02, "nnnn"}, {0x02, "nnnnnn"}, {0x03, "nnnnnnn"}, {0x04, "nnn"},
    {0x05, "nn"}, {0x06, "nd"},   {0x07, "d"},    {0x08, "nr"},     {0x09, "nr"},      {0x0a, "nd"},
    {0x0b, "nd"}, {0x0c, "nnr"},  {0x0d, "nnr"},  {0x0e, "nnd"},    {0x0f, "nnd"},     {0x10, "n"},
    {0x11, "nn"}, {0x12, "n"},    {0x13, "n"},    {0x14, "n"},      {0x15, "nn"},      {0x16, "n"},
    {0x17, "n"},  {0x18, "nnit"}, {0x19, "n"},    {0x1a, "p"},      {0x1b, "p"},       {0x1c, "nnd"},
    {0x1d, "nd"}, {0x1e, ""},     {0x30, "r"},    {0x31, "d"},      {0x1f, "nn"},      {0x40, "n"},
};

// Content does not matter much, but that some of it differs.
std::string Filling(uint64_t size, uint64_t count) {
  return std::string(static_cast<size_t>(size), static_cast<char>(count));
}

std::string Field(char kind, uint64_t number, uint64_t count) {
  const uint64_t here = std::min<uint64_t>(number, 300);  // a length that is a lie is one, too
  switch (kind) {
    case 'n':
      return Varint(number);
    case 'd':
      return Varint(number) + Filling(here, count);
    case 'i':
      return static_cast<char>(number) + Number(static_cast<uint16_t>(count)) +
             Filling(std::max<uint64_t>(here, 2) - 2, number);
    case 't':
      return Filling(16, number);
    case 'p':
      return Filling(8, number);
    default:
      return Filling(here, count);
  }
}

// What chooses `number`.
char Chosen(uint64_t number) {
  const auto* const found = std::find(std::begin(kNumbers), std::end(kNumbers), number);
  Promise(found != std::end(kNumbers), "a seed's numbers are among those that matter");
  return static_cast<char>(found - kNumbers);
}

}  // namespace

std::string Varint(uint64_t number) {
  int size_bits = 0;  // of the length, which is 1, 2, 4 or 8
  while (size_bits < 3 && number >> (8 * (1 << size_bits) - 2) != 0) ++size_bits;
  std::string bytes;
  for (int byte = (1 << size_bits) - 1; byte >= 0; --byte) bytes += static_cast<char>(number >> (8 * byte));
  bytes[0] = static_cast<char>(bytes[0] | size_bits << 6);
  return bytes;
}

std::string BuildParameter(uint8_t id, Input& input) {
  const std::string value = Varint(kNumbers[input.Byte() % std::size(kNumbers)] & kMaxVarint);
  return Varint(id) + Varint(value.size()) + value;
}

std::string BuildFrame(Input& input, uint64_t count) {
  const Layout& layout = kLayouts[input.Byte() % std::size(kLayouts)];
  std::string frame = Varint(layout.type);
  for (const char* field = layout.fields; *field != '\0'; ++field) {
    const uint64_t number = kNumbers[input.Byte() % std::size(kNumbers)];
    frame += Field(*field, (number == kCount ? count : number) & kMaxVarint, count);
  }
  return frame;
}

std::string Frame(uint8_t type, std::initializer_list<uint64_t> numbers) {
  const auto* const layout = std::find_if(std::begin(kLayouts), std::end(kLayouts),
                                          [type](const Layout& of) { return of.type == type; });
  std::string bytes(1, static_cast<char>(layout - kLayouts));
  const uint64_t* number = numbers.begin();
  for (const char* field = layout->fields; *field != '\0'; ++field) {
    bytes += Chosen(*number);
    if (number + 1 != numbers.end()) ++number;
  }
  return bytes;
}

std::string Parameter(uint8_t id, uint64_t number) {
  return {static_cast<char>(id), Chosen(number)};
}

}  // namespace parlor::fuzz
