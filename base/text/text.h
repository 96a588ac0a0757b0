// Text that other people wrote. Pure; thread-safe.
#ifndef PARLOR_BASE_TEXT_TEXT_H_
#define PARLOR_BASE_TEXT_TEXT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace parlor {

bool IsValidUtf8(absl::string_view text);

// Code points; invalid bytes count one each.
size_t CountCharacters(absl::string_view text);

// What may reach a terminal: C0 and C1 controls (but '\n' and, as four spaces, '\t'), ESC sequences, DEL,
// bidirectional overrides, embeddings and isolates (U+202A–202E, U+2066–2069), U+2028/9, U+FEFF, tag
// characters, surrogates and noncharacters are dropped; invalid UTF-8 becomes U+FFFD; more than
// 8 combining marks on one base are cut. '\r\n' and '\r' become '\n'.
std::string SanitizeForTerminal(absl::string_view text);

// Columns on a terminal, by grapheme cluster: wide and emoji 2, combining 0. Expects sanitized text.
int DisplayWidth(absl::string_view text);

// The longest prefix of whole grapheme clusters that is at most `columns` wide.
absl::string_view TruncateToWidth(absl::string_view text, int columns);

// Byte offsets of grapheme cluster boundaries next to `offset`, for a cursor that moves by what people see.
size_t NextGrapheme(absl::string_view text, size_t offset);
size_t PreviousGrapheme(absl::string_view text, size_t offset);

}  // namespace parlor

#endif  // PARLOR_BASE_TEXT_TEXT_H_
