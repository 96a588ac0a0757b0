// The ref of an event that answers a command.
#ifndef PARLOR_CLIENT_UI_EVENT_REF_H_
#define PARLOR_CLIENT_UI_EVENT_REF_H_

#include <string>

#include "client/core/events.h"

namespace parlor::client {

// Null for kinds of events that answer nothing.
inline std::string* MutableRefOf(Event& event) {
  return std::visit(
      [](auto& kind) -> std::string* {
        if constexpr (requires { kind.ref; }) {
          return &kind.ref;
        } else {
          return nullptr;
        }
      },
      event);
}

// Empty if it answers nothing, or a command without one.
inline std::string RefOf(const Event& event) {
  return std::visit(
      [](const auto& kind) {
        if constexpr (requires { kind.ref; }) {
          return kind.ref;
        } else {
          return std::string();
        }
      },
      event);
}

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_UI_EVENT_REF_H_
