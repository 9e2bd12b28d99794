#pragma once

#include <chrono>
#include <cstdint>
#include <future>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/listener_table.h"
#include "app/port_probe.h"
#include "app/service_client.h"
#include "domain/judge_listener.h"

namespace pm {

/// What the listeners of this machine said when they were asked for their health, by socket. One
/// that gave its name is not asked again; one that gave none is asked anew at the next looks, since
/// it may still be starting, and then now and then.
///
/// One that takes the connection and is slow to answer is asked once more with patience, in the
/// background; until that is over its answer is pending. One that does not even take the connection
/// is silent at once. Not thread-safe. The destructor waits for what is under way.
class ListenerInterviews {
 public:
  struct Options {
    std::chrono::milliseconds answer_timeout{500};
    std::chrono::milliseconds patience{5'000};
    int eager_questions{3};  ///< asked at every look so many times, then every `ask_again`
    std::chrono::milliseconds ask_again{10'000};
  };
  struct Question {
    ListenerTable::Row listener;
    std::string host;  ///< where the socket, and no other, is reached
    std::string health_endpoint;

    bool operator==(const Question&) const = default;
  };
  using Time = std::chrono::steady_clock::time_point;

  ListenerInterviews(ServiceClient& client, PortProbe& probe, Options options)
      : client_(client), probe_(probe), options_(options) {}

  /// Asks those of the questions that are due, all at once, and forgets the sockets that are not
  /// among them. Blocks for at most the time-out; `at` is the time that the answers bear.
  void ask(const std::vector<Question>& questions, Time now, Timestamp at);

  /// Null: never asked.
  const HealthAnswer* answer(const Listener& listener) const;
  /// True when one of the sockets is to be asked again by now, or a late answer is there.
  bool due(Time now) const;
  /// The socket is asked anew at the next look, whatever it has said.
  void doubt(const Listener& listener);

 private:
  struct Interview {
    Question question;
    HealthAnswer answer;
    Time asked;
    int times{0};
    bool was_waited_for{false};
  };
  using Interviews = std::unordered_map<std::uint64_t, Interview>;
  struct Round {
    std::vector<Question> questions;
    std::vector<HealthReply> replies;
  };

  bool is_due(const Interview& interview, Time now) const;
  void ask_due(Interviews& interviews, Time now, Timestamp at);
  bool is_slow(const Interview& interview, const HealthReply& reply);
  bool has_late_answers() const;
  void take_late_answers(Interviews& interviews, Timestamp at);
  void ask_with_patience(const Interviews& interviews);

  ServiceClient& client_;
  PortProbe& probe_;
  Options options_;
  Interviews interviews_;       ///< by inode
  std::future<Round> patient_;  ///< at most one round at a time
};

}  // namespace pm
