#include "tests/fuzz/two_people.h"

#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/link/udp/udp_link.h"
#include "tests/base/crypto/test_certificates.h"
#include "tests/fuzz/fixed_gnutls.h"
#include "tests/fuzz/fixed_random.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/numbered.h"

namespace parlor::fuzz {
namespace {

using client::LinkIdentity;
using client::QuicCredentials;

constexpr char kWords[] = "words ";  // nothing else that is said begins so

constexpr absl::Duration kPatience = absl::Seconds(20);

// Made once: they take longer than most inputs.
class Identities {
 public:
  Identities() { FixRandomness(); }

  std::shared_ptr<const QuicCredentials> Make(const char* user, long number) {
    const PrivateKey key = PrivateKey::Generate();
    const Certificate leaf = Numbered(world_.Device(user, key.public_key()), world_.people.key(), number);
    const LinkIdentity identity{key, {leaf.ToDer(), people_.ToDer()}};
    const PeerVerifier verifier(world_.root.certificate());
    known_.emplace(identity.chain_der, verifier.Verify(identity.chain_der, world_.now).value());
    return QuicCredentials::Make(identity, [this](const auto& chain) { return Judge(chain); }).value();
  }

 private:
  // What PeerVerifier would say (it has a target of its own), at once.
  absl::StatusOr<VerifiedPeer> Judge(const std::vector<std::string>& chain) const {
    const auto found = known_.find(chain);
    if (found == known_.end()) return absl::UnauthenticatedError("somebody else");
    return found->second;
  }

  const World world_;
  const Certificate people_ = Numbered(world_.people.certificate(), world_.root.key(), 1);
  std::map<std::vector<std::string>, VerifiedPeer> known_;
};

struct Credentials {
  Identities identities;
  std::shared_ptr<const QuicCredentials> ann = identities.Make("ann", 2);
  std::shared_ptr<const QuicCredentials> bob = identities.Make("bob", 3);
};

const Credentials& Made() {
  static const Credentials& made = *new Credentials();
  return made;
}

}  // namespace

TwoPeople::TwoPeople() {
  const Credentials& made = Made();
  RestartGnutlsRandomness();
  loop.RunFor(absl::Hours(1));
  ann.at = client::ToUdpAddress({"192.0.2.1", 5000}).value();
  bob.at = client::ToUdpAddress({"192.0.2.2", 4000}).value();
  ann.credentials = made.ann;
  bob.credentials = made.bob;
  for (Person* person : {&ann, &bob}) {
    person->endpoint = client::UdpEndpoint::Make(
        loop, wire.Open(person->at), [credentials = person->credentials] { return credentials; }, {});
  }
  ann.endpoint->Accept(kListener, [this](std::unique_ptr<client::UdpSession> session) {
    if (ann.link != nullptr && !ann.closed.has_value()) return;
    Take(ann, std::make_unique<client::UdpLink>(std::move(session)));
    ann.link->Send(kHello).IgnoreError();  // closed already, by a dialler in a hurry
  });
}

TwoPeople::~TwoPeople() {
  const std::weak_ptr<client::UdpEndpoint> endpoints[] = {ann.endpoint, bob.endpoint};
  StopDialling();
  ann.endpoint->StopAccepting();
  ann = {};
  bob = {};
  loop.RunFor(absl::ZeroDuration());
  for (const auto& endpoint : endpoints) Promise(endpoint.expired(), "an endpoint goes with its last link");
}

void TwoPeople::Take(Person& person, std::unique_ptr<client::Link> link) {
  person.link = std::move(link);
  person.closed.reset();
  person.link->Start({.on_frame =
                          [&person](absl::string_view frame) {
                            if (absl::StartsWith(frame, kWords)) person.last_words = std::string(frame);
                          },
                      .on_writable = nullptr,
                      .on_closed =
                          [&person](const absl::Status& why) {
                            Promise(!person.closed.has_value(), "a link ends once");
                            person.closed = why;
                          }});
}

void TwoPeople::Dial() {
  ann.link.reset();
  bob.link.reset();
  StopDialling();
  dial_ = client::UdpHandshake::Dial(
      bob.endpoint->Dial(bob.credentials, "ann", ann.at),
      std::make_shared<client::SharedOpening>([] { return std::vector<std::string>{kOpening}; }),
      [this](absl::StatusOr<std::unique_ptr<client::Link>> link) {
        dial_.reset();
        if (link.ok()) Take(bob, *std::move(link));
      });
}

void TwoPeople::StopDialling() {
  if (dial_ != nullptr) dial_->Abort();
  dial_.reset();
}

bool TwoPeople::linked() const {
  return ann.link != nullptr && !ann.closed.has_value() && bob.link != nullptr && !bob.closed.has_value();
}

bool TwoPeople::Connect() {
  loop.RunUntil([this] { return dial_ == nullptr; }, kPatience);
  return linked();
}

bool TwoPeople::Hears(Person& from, Person& to) {
  const std::string words = absl::StrCat(kWords, ++said_);
  return from.link->Send(words).ok() && loop.RunUntil([&] { return to.last_words == words; }, kPatience);
}

}  // namespace parlor::fuzz
