// The overlay's parameters. docs/overlay.md says which were chosen by a measurement, and which were not
// varied.
#ifndef PARLOR_CLIENT_OVERLAY_OVERLAY_OPTIONS_H_
#define PARLOR_CLIENT_OVERLAY_OVERLAY_OPTIONS_H_

#include <cstddef>

#include "absl/time/time.h"

namespace parlor::client::overlay {

struct OverlayOptions {
  // ---- who is whose neighbour

  // Up to so many members everybody is everybody's neighbour, and a message takes one hop.
  size_t mesh_members = 64;
  size_t active_view = 5;      // neighbours that a member looks for
  size_t active_view_max = 8;  // that it accepts; an urgent ask makes room
  size_t passive_view = 30;    // members remembered to be asked, should a neighbour be lost
  size_t asks_at_once = 3;     // more when there is no neighbour at all: twice as many
  absl::Duration connect_timeout = absl::Seconds(3);  // a handshake, on a bad path
  absl::Duration answer_timeout = absl::Seconds(1);
  absl::Duration shuffle_every = absl::Seconds(60);  // ± 25 %
  // Neighbours that were lost without a word are tried again, less and less often: a partition heals.
  absl::Duration first_retry = absl::Seconds(5);
  absl::Duration last_retry = absl::Minutes(1);
  int max_retries = 8;

  // ---- whether a neighbour is alive

  // Something was sent and nothing has come since, nor shortly before: of who talks it is likely that it
  // lives, and to ask each time would cost more than what is said.
  absl::Duration suspect_after = absl::Seconds(1);
  absl::Duration trusted_for = absl::Seconds(3);
  absl::Duration probe_every = absl::Milliseconds(500);
  int probes = 3;  // without an answer: it is gone
  // A member that was itself asleep for so long blames nobody.
  absl::Duration own_stall = absl::Milliseconds(400);

  // ---- how messages travel

  // Announcements to those to whom nothing is pushed, collected for so long.
  absl::Duration announce_delay = absl::Milliseconds(30);
  // What was announced, or is missing between two that came, is asked for when it is later than such messages
  // are by the tree: lag.h, from a first guess and within bounds.
  absl::Duration first_patience = absl::Milliseconds(300);
  absl::Duration least_patience = absl::Milliseconds(100);
  absl::Duration most_patience = absl::Milliseconds(500);
  // In a mesh, of what others announce while its author is linked, who brings it: not measured by itself, and
  // no more than a guess of how far a busy room may be behind.
  absl::Duration author_patience = absl::Seconds(3);
  absl::Duration ask_timeout = absl::Milliseconds(600);  // then somebody else is asked
  absl::Duration give_up_after = absl::Seconds(15);      // nobody has it: the author could not store it
  // A neighbour who had a message in fewer hops, by this many, is the better way from then on.
  uint32_t shortcut_hops = 4;
  // What has changed lately is announced again: at this pace to some neighbours while something changes, and
  // three times after the last change (broadcast.cc).
  absl::Duration refresh_every = absl::Seconds(1);
  absl::Duration refresh_window = absl::Seconds(30);
  absl::Duration acknowledge_delay = absl::Milliseconds(300);

  // ---- bounds

  size_t cached_messages = 2'048;
  size_t cached_bytes = 4 * 1024 * 1024;
  size_t streams = 4'096;          // the one that is silent for longest goes
  size_t held_per_stream = 1'000;  // beyond a gap; then the gap is given up
  size_t answer_messages = 100;    // to one want
  size_t answer_bytes = 256 * 1024;
  size_t owed_past = 100;  // of a stream that is new here: what a newcomer gets

  // ---- conduct

  size_t unpaced_members = 8;              // in a room of so many, authors may write as fast as links take it
  double own_messages_per_second = 1'000;  // of a neighbour's own
  double own_messages_burst = 10'000;
  double frames_per_second = 500;  // of gossip
  double frames_burst = 5'000;
  // Of a member who is linked and no neighbour: it may ask to become one, and little else.
  double stranger_frames_per_second = 5;
  double stranger_frames_burst = 50;
  // What one neighbour is given of what it asks for, in bytes; the rest it has to ask others for, or again.
  double answers_per_second = 2 * 1024 * 1024;
  double answers_burst = 16 * 1024 * 1024;
  uint64_t duplicates_burst = 200;  // within a minute, beside three of each message that came
  int unanswered_wants = 5;         // in a row, of what it said it has
  absl::Duration ban = absl::Minutes(10);
};

}  // namespace parlor::client::overlay

#endif  // PARLOR_CLIENT_OVERLAY_OVERLAY_OPTIONS_H_
