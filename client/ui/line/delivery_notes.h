// Who has got what this person wrote, in few words: a burst of marks becomes one line. Pure.
#ifndef PARLOR_CLIENT_UI_LINE_DELIVERY_NOTES_H_
#define PARLOR_CLIENT_UI_LINE_DELIVERY_NOTES_H_

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "client/core/events.h"

namespace parlor::client {

class DeliveryNotes {
 public:
  // "sent" is no news.
  void Add(const DeliveryEvent& event);
  bool empty() const { return pending_.empty(); }

  // What has come since the last call, a line each: "✓ #lobby delivered to @alice, @bob (3 messages)".
  std::vector<std::string> Take();

 private:
  struct Pending {
    std::set<std::string> ids;
    std::set<std::string> people;
    std::string share;  // of a large room: "37 of 99"
  };
  // (target, mark, reason) → what it holds for; a person who is told at once has only few of them.
  std::map<std::tuple<std::string, std::string, std::string>, Pending> pending_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_UI_LINE_DELIVERY_NOTES_H_
