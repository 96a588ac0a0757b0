#include "base/crypto/jwt.h"

#include <openssl/ec.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/crypto/openssl_ptr.h"
#include "base/encoding.h"
#include "base/status.h"
#include "nlohmann/json.hpp"

namespace parlor {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxTokenBytes = size_t{1} << 20;
// A signature in a token is r and s, 32 bytes each, one behind the other (RFC 7518 §3.4); elsewhere it is
// DER.
constexpr size_t kHalfBytes = 32;
constexpr size_t kSignatureBytes = 2 * kHalfBytes;

// Ours nest three deep. What goes on for ever would exhaust the stack of whoever copies the value.
constexpr int kMaxDepth = 16;

constexpr size_t kMaxKidCharactersInMessages = 64;

absl::Status RefusedToken(absl::string_view why) {
  return absl::UnauthenticatedError(absl::StrCat("the token is refused: ", why));
}

// Only the one right spelling: unused bits zero, no padding, no white space.
absl::StatusOr<std::string> DecodePart(absl::string_view part) {
  auto bytes = FromBase64Url(part);
  if (!bytes.ok() || bytes->empty() || Base64Url(*bytes) != part) {
    return RefusedToken("it is not three parts in base64url");
  }
  return bytes;
}

absl::StatusOr<Json> ParseObject(absl::string_view text) {
  bool too_deep = false;
  const auto watch_depth = [&too_deep](int depth, Json::parse_event_t, Json&) {
    too_deep |= depth > kMaxDepth;
    return !too_deep;
  };
  Json json = Json::parse(text.begin(), text.end(), watch_depth, /*allow_exceptions=*/false);
  if (too_deep || !json.is_object())
    return RefusedToken("a part of it is not a JSON object, or nests too deep");
  return json;
}

// Whether `object[name]` is the string `value`.
bool Has(const Json& object, const char* name, absl::string_view value) {
  const auto at = object.find(name);
  return at != object.end() && at->is_string() &&
         absl::string_view(at->get_ref<const std::string&>()) == value;
}

// The key that the header names, once the header is one that we would have written.
absl::StatusOr<PublicKey> KeyFor(const Json& header, absl::string_view type, const VerificationKeys& keys) {
  if (!Has(header, "alg", "ES256")) return RefusedToken("it is not signed with ES256");
  if (!Has(header, "typ", type)) return RefusedToken(absl::StrCat("it is not of type ", type));
  if (header.contains("crit")) return RefusedToken("it asks for extensions that are not understood");
  PARLOR_ASSIGN_OR_RETURN(const std::string kid, StringClaim(header, "kid"));
  const auto key = keys.find(kid);
  if (key == keys.end()) {
    return absl::NotFoundError(absl::StrCat("no key is known with the id \"",
                                            absl::CHexEscape(kid.substr(0, kMaxKidCharactersInMessages)),
                                            "\" that the token names"));
  }
  return key->second;
}

std::string ToDer(absl::string_view signature) {
  const openssl::EcdsaSigPtr pair(ECDSA_SIG_new());
  openssl::BignumPtr r(BN_bin2bn(openssl::Octets(signature), kHalfBytes, nullptr));
  openssl::BignumPtr s(BN_bin2bn(openssl::Octets(signature.substr(kHalfBytes)), kHalfBytes, nullptr));
  openssl::Check(pair != nullptr && r != nullptr && s != nullptr, "reading r and s");
  openssl::Check(ECDSA_SIG_set0(pair.get(), r.release(), s.release()) == 1, "ECDSA_SIG_set0");
  return openssl::ToDer(i2d_ECDSA_SIG, pair.get());
}

std::string FromDer(absl::string_view der) {
  const auto pair = openssl::FromDer<openssl::EcdsaSigPtr>(d2i_ECDSA_SIG, der);
  openssl::Check(pair != nullptr, "reading a signature just made");
  std::string signature(kSignatureBytes, '\0');
  auto* const out = reinterpret_cast<unsigned char*>(signature.data());
  openssl::Check(BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), out, kHalfBytes) == kHalfBytes &&
                     BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), out + kHalfBytes, kHalfBytes) == kHalfBytes,
                 "writing r and s");
  return signature;
}

absl::Status CheckSignature(absl::string_view signed_part, absl::string_view signature,
                            const PublicKey& key) {
  const openssl::ErrorScope errors;
  PARLOR_ASSIGN_OR_RETURN(const std::string bytes, DecodePart(signature));
  if (bytes.size() != kSignatureBytes) return RefusedToken("its signature is not one of ES256");
  if (!key.Verify(signed_part, ToDer(bytes)).ok()) return RefusedToken("its signature does not fit");
  return absl::OkStatus();
}

absl::Status CheckClaims(const Json& claims, absl::string_view issuer, absl::Time now,
                         absl::Duration leeway) {
  if (!Has(claims, "iss", issuer)) return RefusedToken("it is another issuer's");
  if (!claims.contains("exp")) return absl::OkStatus();
  PARLOR_ASSIGN_OR_RETURN(const absl::Time end, TimeClaim(claims, "exp"));
  if (now >= end + leeway)
    return RefusedToken(absl::StrCat("it ended at ", absl::FormatTime(end, absl::UTCTimeZone())));
  return absl::OkStatus();
}

}  // namespace

std::string SignJwt(const PrivateKey& key, absl::string_view kid, absl::string_view type,
                    const nlohmann::json& claims) {
  const openssl::ErrorScope errors;
  const Json header = {{"alg", "ES256"}, {"kid", std::string(kid)}, {"typ", std::string(type)}};
  const auto part = [](const Json& json) {
    return Base64Url(json.dump(-1, ' ', false, Json::error_handler_t::replace));
  };
  const std::string signed_part = absl::StrCat(part(header), ".", part(claims));
  return absl::StrCat(signed_part, ".", Base64Url(FromDer(key.Sign(signed_part))));
}

absl::StatusOr<nlohmann::json> VerifyJwt(absl::string_view token, absl::string_view type,
                                         const VerificationKeys& keys, absl::string_view issuer,
                                         absl::Time now, absl::Duration leeway) {
  if (token.size() > kMaxTokenBytes) return RefusedToken("it is longer than 1 MiB");
  const std::vector<absl::string_view> parts = absl::StrSplit(token, absl::MaxSplits('.', 3));
  if (parts.size() != 3) return RefusedToken("it is not three parts in base64url");

  PARLOR_ASSIGN_OR_RETURN(const std::string header_text, DecodePart(parts[0]));
  PARLOR_ASSIGN_OR_RETURN(const Json header, ParseObject(header_text));
  PARLOR_ASSIGN_OR_RETURN(const PublicKey key, KeyFor(header, type, keys));
  const absl::string_view signed_part = token.substr(0, parts[0].size() + 1 + parts[1].size());
  PARLOR_RETURN_IF_ERROR(CheckSignature(signed_part, parts[2], key));

  PARLOR_ASSIGN_OR_RETURN(const std::string claims_text, DecodePart(parts[1]));
  PARLOR_ASSIGN_OR_RETURN(Json claims, ParseObject(claims_text));
  PARLOR_RETURN_IF_ERROR(CheckClaims(claims, issuer, now, leeway));
  return claims;
}

absl::StatusOr<std::string> StringClaim(const nlohmann::json& claims, const char* name) {
  const auto at = claims.find(name);
  if (at == claims.end() || !at->is_string()) {
    return RefusedToken(absl::StrCat("its \"", name, "\" is missing or no string"));
  }
  return at->get<std::string>();
}

absl::StatusOr<absl::Time> TimeClaim(const nlohmann::json& claims, const char* name) {
  constexpr uint64_t kMaxSeconds = std::numeric_limits<int64_t>::max();
  const auto at = claims.find(name);
  if (at == claims.end() || !at->is_number_integer() ||
      (at->is_number_unsigned() && at->get<uint64_t>() > kMaxSeconds)) {
    return RefusedToken(absl::StrCat("its \"", name, "\" is missing or no time in whole seconds"));
  }
  return absl::FromUnixSeconds(at->get<int64_t>());
}

void SetTimeClaim(nlohmann::json& claims, const char* name, absl::Time time) {
  claims[name] = absl::ToUnixSeconds(time);
}

}  // namespace parlor
