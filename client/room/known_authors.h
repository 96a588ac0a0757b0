// Whom this member can prove to have written what: devices with the chain and the ticket that they showed, or
// that others showed for them. Pure.
#ifndef PARLOR_CLIENT_ROOM_KNOWN_AUTHORS_H_
#define PARLOR_CLIENT_ROOM_KNOWN_AUTHORS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "client/trust/trust.h"

namespace parlor::client {

// More than a room holds; a proof takes some 2 KB.
inline constexpr size_t kMaxKnownAuthors = 2'048;

struct KnownAuthor {
  Author author;
  std::vector<std::string> chain_der;
  std::string ticket;  // as it was shown
};

// At most kMaxKnownAuthors: the one that nobody asked for longest is forgotten, and shown again by whoever
// passes on what they wrote.
class KnownAuthors {
 public:
  // Null: not known. Valid until the next Put.
  const KnownAuthor* Find(const std::string& device) const;
  // Whether this very proof is here already: judging one is slow.
  bool Has(const std::vector<std::string>& chain_der, const std::string& ticket,
           const std::string& device) const;
  // False: a newer one of that device is here.
  bool Put(KnownAuthor author);

  // A serialized peer.v1.AuthorProof.
  static std::string Proof(const std::string& device, const std::vector<std::string>& chain_der,
                           const std::string& ticket);

 private:
  struct Entry {
    KnownAuthor author;
    mutable uint64_t used = 0;
  };
  void MakeRoom();

  absl::flat_hash_map<std::string, Entry> by_device_;
  mutable uint64_t uses_ = 0;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_ROOM_KNOWN_AUTHORS_H_
