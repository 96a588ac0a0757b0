// Tokens that others show: tickets, verdicts, revocations, and what proves an author.
//
// Signatures cannot be guessed, and depend on OpenSSL's release. So an input names the parts of genuine
// tokens instead of spelling them, and changes, cuts and recombines them (token_text.h); or it has any claims
// at all signed.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/trust/trust.h"
#include "nlohmann/json.hpp"
#include "tests/base/crypto/test_certificates.h"
#include "tests/base/crypto/test_jwt.h"
#include "tests/fuzz/fixed_random.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/token_text.h"

namespace parlor::fuzz {
namespace {

using client::JudgementClock;
using client::Trust;
using nlohmann::json;

// Ann's and bob's tickets, what is said of them, and tokens that are good for something else.
class Tokens {
 public:
  Tokens() : trust_(world_.root.certificate()), words_(Words()) {
    trust_.SetAuthKeys({{"auth-1", auth_.public_key()}});
    trust_.SetRoomKeys({{"rooms-1", rooms_.public_key()}});
    trust_.clock().Heard(world_.now);
    room_clock_.Heard(world_.now);
  }

  absl::Time now() const { return world_.now; }
  const Trust& trust() const { return trust_; }
  const JudgementClock& room_clock() const { return room_clock_; }
  DeviceIdentity Ann() const { return world_.Identity("ann", ann_.public_key()); }
  DeviceIdentity Bob() const { return world_.Identity("bob", bob_.public_key()); }
  std::vector<std::string> AnnsChain() const { return world_.Chain(world_.Device("ann", ann_.public_key())); }
  const PrivateKey& KeyOf(uint8_t who) const { return who == 0 ? rooms_ : who == 1 ? auth_ : ann_; }

  const std::string& anns_ticket() const { return anns_ticket_; }
  const std::string& verdict() const { return verdict_; }
  const std::string& revocations() const { return revocations_; }
  const TokenText& words() const { return words_; }

  bool IsTicket(absl::string_view token) const {
    return token == anns_ticket_ || token == bobs_ticket_ || token == old_ticket_;
  }

 private:
  json Claims(absl::string_view user, const PrivateKey& key, absl::Time issued) const {
    json claims = {
        {"iss", world_.server_id}, {"sub", std::string(user)}, {"dev", key.public_key().device_id()},
        {"room", "room1"},         {"rname", "tea"},           {"role", "speaker"}};
    SetTimeClaim(claims, "iat", issued);
    SetTimeClaim(claims, "exp", issued + absl::Minutes(10));
    return claims;
  }
  json Verdict() const {
    json claims = {{"iss", world_.server_id}, {"room", "room1"}, {"act", "kicked"}, {"sub", "ann"}};
    SetTimeClaim(claims, "iat", world_.now + absl::Seconds(1));
    return claims;
  }
  json Revoked() const {
    return {{"iss", world_.server_id}, {"ver", 2}, {"dev", {ann_.public_key().device_id()}}};
  }

  TokenText Words() const {
    std::vector<std::string> words = {world_.server_id, Ann().device, Bob().device};
    for (const std::string& token :
         {anns_ticket_, bobs_ticket_, old_ticket_, verdict_, revocations_, introduction_, access_}) {
      for (const absl::string_view part : absl::StrSplit(token, '.')) words.emplace_back(part);
    }
    return TokenText(std::move(words));
  }

  const World world_;
  const PrivateKey auth_ = PrivateKey::Generate();
  const PrivateKey rooms_ = PrivateKey::Generate();
  const PrivateKey ann_ = PrivateKey::Generate();
  const PrivateKey bob_ = PrivateKey::Generate();
  const json anns_claims_ = Claims("ann", ann_, world_.now);
  const std::string anns_ticket_ = SignJwt(rooms_, "rooms-1", kTicketType, anns_claims_);
  const std::string bobs_ticket_ = SignJwt(rooms_, "rooms-1", kTicketType, Claims("bob", bob_, world_.now));
  const std::string old_ticket_ =
      SignJwt(rooms_, "rooms-1", kTicketType, Claims("ann", ann_, world_.now - absl::Hours(1)));
  const std::string verdict_ = SignJwt(rooms_, "rooms-1", kRoomEventType, Verdict());
  const std::string revocations_ = SignJwt(auth_, "auth-1", kRevocationsType, Revoked());
  const std::string introduction_ = SignJwt(rooms_, "rooms-1", kIntroductionType, anns_claims_);
  const std::string access_ = SignJwt(auth_, "auth-1", kAccessTokenType, anns_claims_);
  Trust trust_;
  JudgementClock room_clock_;
  const TokenText words_;
};

const Tokens& TheTokens() {
  static const Tokens& tokens = *[] {
    FixRandomness();
    return new Tokens();
  }();
  return tokens;
}

// What counts is one of the genuine tokens, byte for byte; the others change nothing.
void CheckForged(absl::string_view token, absl::Time now) {
  const Tokens& tokens = TheTokens();
  Trust trust = tokens.trust();
  for (const DeviceIdentity& peer : {tokens.Ann(), tokens.Bob()}) {
    const auto ticket = trust.JudgeTicket(token, peer, now, tokens.room_clock());
    Promise(!ticket.ok() ||
                (tokens.IsTicket(token) && ticket->user == peer.user && ticket->device == peer.device),
            "only a genuine ticket is one, and only its holder's");
  }
  const auto author = trust.JudgeAuthor(tokens.AnnsChain(), token);
  Promise(!author.ok() || (tokens.IsTicket(token) && author->ticket.user == "ann"),
          "only a genuine ticket proves an author");
  Promise(trust.SetRevocations(token, now).ok() == (token == tokens.revocations()),
          "the genuine revocations count, and no others");
  Promise(trust.IsRevoked(tokens.Ann().device) == (token == tokens.revocations()),
          "nobody else revokes a device");
  Promise(trust.TakeRoomVerdict(token, now).ok() == (token == tokens.verdict()),
          "the genuine verdict counts, and no other");
  Promise(trust.JudgeTicket(tokens.anns_ticket(), tokens.Ann(), tokens.now(), tokens.room_clock()).ok() ==
              (token != tokens.verdict()),
          "nothing else voids a ticket");
}

// Whatever an issuer may sign one day: what is taken of it is what it says.
void CheckSigned(const PrivateKey& key, absl::string_view header, absl::string_view claims, absl::Time now) {
  const Tokens& tokens = TheTokens();
  FixRandomness();
  const std::string token = SignRaw(key, header, claims);
  Trust trust = tokens.trust();
  for (const DeviceIdentity& peer : {tokens.Ann(), tokens.Bob()}) {
    const auto ticket = trust.JudgeTicket(token, peer, now, tokens.room_clock());
    if (!ticket.ok()) continue;
    Promise(&key == &tokens.KeyOf(0), "rooms alone signs tickets");
    Promise(ticket->user == peer.user && ticket->device == peer.device, "a ticket counts for its holder");
    static_cast<void>(trust.Covers(*ticket, now));
  }
  static_cast<void>(trust.JudgeAuthor(tokens.AnnsChain(), token));
  Promise(!trust.SetRevocations(token, now).ok() || &key == &tokens.KeyOf(1), "auth alone revokes devices");
  const auto verdict = trust.TakeRoomVerdict(token, now);
  Promise(!verdict.ok() || &key == &tokens.KeyOf(0), "rooms alone passes verdicts");
}

std::string Json(const char* type, absl::string_view claims) {
  const bool of_auth = absl::string_view(type) == kRevocationsType;
  return Part(absl::StrCat(R"({"alg":"ES256","kid":")", of_auth ? "auth-1" : "rooms-1", R"(","typ":")", type,
                           R"("})")) +
         std::string(claims);
}

}  // namespace

void Test(Input input) {
  const Tokens& tokens = TheTokens();
  const uint8_t signer = input.Byte() % 4;
  const absl::Time now = tokens.now() + absl::Minutes(input.Byte());
  if (signer == 3) return CheckForged(tokens.words().Expand(input.Rest()), now);
  const std::string header = tokens.words().Expand(input.Part());
  CheckSigned(tokens.KeyOf(signer), header, tokens.words().Expand(input.Rest()), now);
}

// Words 0 to 2 are ids, then come three parts a token, in the order of Words().
std::vector<std::string> Seeds() {
  const std::string forged("\3\0", 2), later("\3\x0c", 2), by_rooms("\0\0", 2), by_auth("\1\0", 2),
      by_ann("\2\0", 2);
  const auto word = [](size_t index) { return TokenText::Word(index); };
  const auto token = [&](size_t header, size_t claims, size_t signature) {
    return absl::StrCat(word(3 * header + 3), ".", word(3 * claims + 4), ".", word(3 * signature + 5));
  };
  std::vector<std::string> seeds;
  for (size_t i = 0; i < 7; ++i) seeds.push_back(forged + token(i, i, i));
  const std::string server = word(0), device = word(1);
  const std::string ticket =
      absl::StrCat(R"({"iss":")", server, R"(","sub":"ann","dev":")", device,
                   R"(","room":"room1","rname":"tea","role":"moderator","iat":1800000000,"exp":1800000600})");
  const std::string verdict =
      absl::StrCat(R"({"iss":")", server, R"(","room":"room1","act":"banned","sub":"bob","iat":-1})");
  const std::string revoked = absl::StrCat(R"({"iss":")", server, R"(","ver":9,"dev":["x",7,[]],"exp":9e9})");
  for (const std::string& seed : {
           later + token(0, 0, 0),
           forged + token(0, 1, 0),
           forged + token(5, 0, 0),
           forged + token(0, 0, 0) + "=",
           forged + token(0, 0, 0) + "." + word(3),
           forged + word(3) + "." + word(4) + "." + TokenText::Changed(5, 85, 'B'),
           forged + TokenText::Encoded(R"({"alg":"none","typ":"ticket+jwt"})") + "." + word(4) + ".",
           by_rooms + Json(kTicketType, ticket),
           by_rooms + Json(kRoomEventType, verdict),
           by_auth + Json(kRevocationsType, revoked),
           by_ann + Json(kTicketType, ticket),
       }) {
    seeds.push_back(seed);
  }
  return seeds;
}

}  // namespace parlor::fuzz
