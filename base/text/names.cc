#include "base/text/names.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uspoof.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status.h"
#include "base/text/text.h"

namespace parlor {
namespace {

struct Rules {
  absl::string_view kind;  // begins every message
  int min_characters;
  int max_characters;
  absl::string_view anywhere;  // punctuation that may also start and end a name
  char sigil;                  // what people write before such a name
};

constexpr Rules kUserRules = {"user name", kMinUserNameCharacters, kMaxUserNameCharacters, "", '@'};
constexpr Rules kRoomRules = {"room name", 1, kMaxRoomNameCharacters, "-_", '#'};

// UTS #39 §5.4: more marks than this on one letter only pile up.
constexpr int kMaxMarksOnALetter = 4;
// A character of the canonical form comes from at most this many bytes in any language: four code points of
// at most four bytes. Longer input is refused before ICU has to look at it.
constexpr size_t kMaxBytesPerCharacter = 16;

absl::Status Broken(const Rules& rules, absl::string_view rule) {
  return absl::InvalidArgumentError(absl::StrCat(rules.kind, ": ", rule));
}

absl::Status IcuFailed(UErrorCode error) {
  return absl::InternalError(absl::StrCat("ICU failed: ", u_errorName(error)));
}

// Enclosing marks are left out: they hide what they enclose.
bool IsMarkOfALetter(UChar32 c) {
  return (U_GET_GC_MASK(c) & (U_GC_MN_MASK | U_GC_MC_MASK)) != 0;
}
bool IsLetter(UChar32 c) {
  return (U_GET_GC_MASK(c) & U_GC_L_MASK) != 0;
}
bool IsDigit(UChar32 c) {
  return u_charType(c) == U_DECIMAL_DIGIT_NUMBER;
}
bool IsPunctuation(UChar32 c) {
  return c == '_' || c == '-' || c == '.';
}
bool IsInvisible(UChar32 c) {
  return u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) != 0;
}
bool IsRightToLeft(UChar32 c) {
  const UCharDirection direction = u_charDirection(c);
  return direction == U_RIGHT_TO_LEFT || direction == U_RIGHT_TO_LEFT_ARABIC;
}

std::string Utf8(const icu::UnicodeString& text) {
  std::string utf8;
  return text.toUTF8String(utf8);
}

icu::UnicodeString FromUtf8(absl::string_view text) {
  return icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
}

absl::Status NotAllowed(const Rules& rules, UChar32 c) {
  return Broken(rules, absl::StrFormat("letters, digits, '_', '-' and '.' are allowed, U+%04X is not",
                                       static_cast<uint32_t>(c)));
}

// NFKC and case folding would drop invisible characters silently: a person should hear of them.
absl::Status CheckVisible(const Rules& rules, const icu::UnicodeString& input) {
  for (int32_t i = 0; i < input.length(); i = input.moveIndex32(i, 1)) {
    if (IsInvisible(input.char32At(i))) return NotAllowed(rules, input.char32At(i));
  }
  return absl::OkStatus();
}

absl::StatusOr<icu::UnicodeString> Canonical(icu::UnicodeString input) {
  // Folding makes of the Turkish capital an i with a second dot, which nobody could see: it counts as i.
  input.findAndReplace(icu::UnicodeString(u"\u0130"), icu::UnicodeString(u"i"));
  input.findAndReplace(icu::UnicodeString(u"I\u0307"), icu::UnicodeString(u"i"));
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* folding = icu::Normalizer2::getNFKCCasefoldInstance(error);
  if (U_FAILURE(error)) return IcuFailed(error);
  icu::UnicodeString canonical = folding->normalize(input, error);
  if (U_FAILURE(error)) return IcuFailed(error);
  return canonical;
}

absl::Status CheckLength(const Rules& rules, const icu::UnicodeString& name) {
  const int32_t characters = name.countChar32();
  if (characters < rules.min_characters) {
    return Broken(rules,
                  absl::StrCat("too short, at least ", rules.min_characters,
                               rules.min_characters == 1 ? " character is" : " characters are", " needed"));
  }
  if (characters > rules.max_characters) {
    return Broken(rules, absl::StrCat("too long, at most ", rules.max_characters, " characters are allowed"));
  }
  return absl::OkStatus();
}

absl::Status CheckCharacters(const Rules& rules, const icu::UnicodeString& name) {
  bool after_letter = false;  // or after its marks
  int marks = 0;
  bool right_to_left = false;
  for (int32_t i = 0; i < name.length(); i = name.moveIndex32(i, 1)) {
    const UChar32 c = name.char32At(i);
    const bool mark = IsMarkOfALetter(c);
    if (!(IsLetter(c) || IsDigit(c) || mark || IsPunctuation(c))) return NotAllowed(rules, c);
    if (mark && (!after_letter || ++marks > kMaxMarksOnALetter)) {
      return Broken(rules, absl::StrFormat("a mark must follow a letter, at most %d on one (U+%04X)",
                                           kMaxMarksOnALetter, static_cast<uint32_t>(c)));
    }
    if (!mark) {
      after_letter = IsLetter(c);
      marks = 0;
    }
    right_to_left = right_to_left || IsRightToLeft(c);
  }
  if (right_to_left && !IsRightToLeft(name.char32At(0))) {
    return Broken(rules, "with right-to-left letters it must start with one");
  }
  return absl::OkStatus();
}

absl::Status CheckEnds(const Rules& rules, const icu::UnicodeString& name) {
  for (const UChar32 c : {name.char32At(0), name.char32At(name.length() - 1)}) {
    if (IsPunctuation(c) && !absl::StrContains(rules.anywhere, static_cast<char>(c))) {
      return Broken(
          rules, absl::StrCat("it may not start or end with '", std::string(1, static_cast<char>(c)), "'"));
    }
  }
  return absl::OkStatus();
}

// Made once and only read afterwards, which is when ICU's checkers are thread-safe.
struct Spoof {
  Spoof() : checker(uspoof_open(&error)) {
    uspoof_setRestrictionLevel(checker, USPOOF_HIGHLY_RESTRICTIVE);
    uspoof_setChecks(
        checker, USPOOF_RESTRICTION_LEVEL | USPOOF_MIXED_NUMBERS | USPOOF_INVISIBLE | USPOOF_HIDDEN_OVERLAY,
        &error);
  }

  UErrorCode error = U_ZERO_ERROR;
  USpoofChecker* checker;
};

absl::StatusOr<const USpoofChecker*> SpoofChecker() {
  // Never destroyed: other threads may still be at work when the process ends.
  static const Spoof* const spoof = new Spoof();
  if (U_FAILURE(spoof->error)) return IcuFailed(spoof->error);
  return spoof->checker;
}

absl::Status CheckScripts(const Rules& rules, const icu::UnicodeString& name) {
  PARLOR_ASSIGN_OR_RETURN(const USpoofChecker* checker, SpoofChecker());
  UErrorCode error = U_ZERO_ERROR;
  const int32_t failed = uspoof_checkUnicodeString(checker, name, nullptr, &error);
  if (U_FAILURE(error)) return IcuFailed(error);
  if ((failed & USPOOF_RESTRICTION_LEVEL) != 0)
    return Broken(rules, "all letters and digits must be of one script");
  if ((failed & USPOOF_MIXED_NUMBERS) != 0) return Broken(rules, "all digits must be of one script");
  if (failed != 0) return Broken(rules, "it has a mark that cannot be seen");
  return absl::OkStatus();
}

absl::StatusOr<std::string> Skeleton(icu::UnicodeString name) {
  PARLOR_ASSIGN_OR_RETURN(const USpoofChecker* checker, SpoofChecker());
  // ICU 72 takes the small palochka for an i; it is drawn as l, for which its capital is taken.
  name.findAndReplace(icu::UnicodeString(u"\u04CF"), icu::UnicodeString(u"\u04C0"));
  UErrorCode error = U_ZERO_ERROR;
  icu::UnicodeString skeleton;
  uspoof_getSkeletonUnicodeString(checker, /*type=*/0, name, skeleton, &error);
  if (U_FAILURE(error)) return IcuFailed(error);
  // ICU's prototype of 0 is the capital O, which a canonical name cannot have.
  skeleton.foldCase();
  return Utf8(skeleton);
}

absl::StatusOr<Name> Parse(const Rules& rules, absl::string_view input) {
  if (input.size() > static_cast<size_t>(rules.max_characters) * kMaxBytesPerCharacter) {
    return Broken(rules, absl::StrCat("too long, at most ", rules.max_characters, " characters are allowed"));
  }
  if (!IsValidUtf8(input)) return Broken(rules, "not valid UTF-8");
  if (!input.empty() && input.front() == rules.sigil) {
    return Broken(rules,
                  absl::StrCat("it is written without the leading '", std::string(1, rules.sigil), "'"));
  }
  const icu::UnicodeString text = FromUtf8(input);
  PARLOR_RETURN_IF_ERROR(CheckVisible(rules, text));
  PARLOR_ASSIGN_OR_RETURN(const icu::UnicodeString canonical, Canonical(text));
  PARLOR_RETURN_IF_ERROR(CheckLength(rules, canonical));
  PARLOR_RETURN_IF_ERROR(CheckCharacters(rules, canonical));
  PARLOR_RETURN_IF_ERROR(CheckEnds(rules, canonical));
  PARLOR_RETURN_IF_ERROR(CheckScripts(rules, canonical));
  PARLOR_ASSIGN_OR_RETURN(std::string skeleton, Skeleton(canonical));
  return Name{.canonical = Utf8(canonical), .skeleton = std::move(skeleton)};
}

}  // namespace

absl::StatusOr<Name> ParseUserName(absl::string_view input) {
  return Parse(kUserRules, input);
}
absl::StatusOr<Name> ParseRoomName(absl::string_view input) {
  return Parse(kRoomRules, input);
}

}  // namespace parlor
