// Events as lines of a conversation. Pure; whatever came from others is made safe for terminals here.
#ifndef PARLOR_CLIENT_UI_LINE_EVENT_LINES_H_
#define PARLOR_CLIENT_UI_LINE_EVENT_LINES_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/core/events.h"
#include "client/ui/line/style.h"

namespace parlor::client {

struct EventLines {
  std::string text;   // whole lines; empty: nothing to show
  bool bell = false;  // requests, private messages, and messages that name this person
};

class EventRenderer {
 public:
  EventRenderer(Style style, absl::TimeZone zone) : style_(style), zone_(zone) {}

  // Whose eyes these are: whom a mention means, and which messages are own ones.
  void SetSelf(std::string user) { self_ = std::move(user); }

  // `now`: shown beside what has no time of its own. Delivery, typing and link events are empty here: see
  // DeliveryNotes and the prompt.
  EventLines Render(const Event& event, absl::Time now) const;

  // A message that this person wrote.
  std::string OwnMessage(absl::string_view target, absl::string_view text, absl::Time now) const;

  // Something that the program itself has to say.
  std::string Note(absl::string_view text, absl::Time now) const;

 private:
  struct Visitor;
  std::string Clock(absl::Time time) const;
  std::string Message(const MessageEvent& message) const;
  std::string Line(absl::Time time, absl::string_view target, absl::string_view from, absl::string_view text,
                   absl::string_view remark) const;
  bool Mentions(absl::string_view text) const;

  const Style style_;
  const absl::TimeZone zone_;
  std::string self_;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_UI_LINE_EVENT_LINES_H_
