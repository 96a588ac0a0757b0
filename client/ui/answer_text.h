// Answers to commands, for people: tables and sentences. Pure.
#ifndef PARLOR_CLIENT_UI_ANSWER_TEXT_H_
#define PARLOR_CLIENT_UI_ANSWER_TEXT_H_

#include <string>

#include "absl/time/time.h"
#include "client/core/events.h"

namespace parlor::client {

// Whole lines; empty where there is nothing to say. What others wrote is made safe for terminals. Times are
// shown in `zone`.
std::string AnswerText(const Event& event, absl::TimeZone zone);

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_UI_ANSWER_TEXT_H_
