// Every kind of event, once with every field set and once with only what it always has.
#ifndef PARLOR_TESTS_CLIENT_UI_SAMPLE_EVENTS_H_
#define PARLOR_TESTS_CLIENT_UI_SAMPLE_EVENTS_H_

#include <vector>

#include "client/core/events.h"

namespace parlor::client {

std::vector<Event> FullEvents();
std::vector<Event> MinimalEvents();

}  // namespace parlor::client

#endif  // PARLOR_TESTS_CLIENT_UI_SAMPLE_EVENTS_H_
