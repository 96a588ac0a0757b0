// Text that other people wrote. Pure; thread-safe.
#ifndef PARLOR_BASE_TEXT_TEXT_H_
#define PARLOR_BASE_TEXT_TEXT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace parlor {

// By Unicode 15 §3.9: no overlong forms, no surrogates, nothing above U+10FFFF.
bool IsValidUtf8(absl::string_view text);

// Code points; invalid bytes count one each.
size_t CountCharacters(absl::string_view text);

// What may reach a terminal, always valid UTF-8. Dropped are C0 and C1 controls (but '\n' and, as four
// spaces, tabs), DEL, whole escape sequences (ECMA-48, in 7 and 8 bits; of one that has no end, up to the end
// of the line), bidirectional overrides, embeddings and isolates (U+202A–202E, U+2066–2069), U+2028/9,
// U+FEFF, tag characters and noncharacters. Each byte of invalid UTF-8, surrogates included, becomes U+FFFD.
// More than 8 combining marks or joiners on one base are cut. '\r\n' and '\r' become '\n'. Sanitized text
// stays as it is.
std::string SanitizeForTerminal(absl::string_view text);

// Columns on a terminal, by grapheme cluster (UAX #29): East Asian wide and emoji 2, combining and invisible
// 0, all others 1. Expects sanitized text.
int DisplayWidth(absl::string_view text);

// The longest prefix of whole grapheme clusters that is at most `columns` wide; a view into `text`.
absl::string_view TruncateToWidth(absl::string_view text, int columns);

// Byte offsets of the grapheme cluster boundaries next to `offset`, for a cursor that moves by what people
// see. They stay within 0 and text.size().
size_t NextGrapheme(absl::string_view text, size_t offset);
size_t PreviousGrapheme(absl::string_view text, size_t offset);

}  // namespace parlor

#endif  // PARLOR_BASE_TEXT_TEXT_H_
