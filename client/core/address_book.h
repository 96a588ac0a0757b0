// Where people could be dialled when they were last heard of. Pure.
#ifndef PARLOR_CLIENT_CORE_ADDRESS_BOOK_H_
#define PARLOR_CLIENT_CORE_ADDRESS_BOOK_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/net/address.h"

namespace parlor::client {

class AddressBook {
 public:
  // At most `max_people` are known; beyond it, those of whom nothing was learnt for the longest time are
  // forgotten, and found anew by presence.
  explicit AddressBook(size_t max_people = 1'024) : max_people_(max_people) {}

  // From themselves, or from the services. The latest come first, and 16 a person stay.
  void Learn(const std::string& user, const std::vector<PeerAddress>& addresses);
  // From somebody else, who may be wrong or lie: the latest 4 a person, behind those above. True: nothing was
  // known of that person before.
  bool LearnHearsay(const std::string& user, const std::vector<PeerAddress>& addresses);
  // In the order in which they are worth a try; empty: none is known.
  std::vector<PeerAddress> Of(const std::string& user) const;

 private:
  struct Entry {
    std::vector<PeerAddress> addresses;
    std::vector<PeerAddress> hearsay;  // none of those
    uint64_t learnt = 0;               // a key of by_age_
  };

  void Note(const std::string& user, Entry& entry);

  const size_t max_people_;
  std::map<std::string, Entry> people_;
  std::map<uint64_t, std::string> by_age_;
  uint64_t lessons_ = 0;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_CORE_ADDRESS_BOOK_H_
