#include "domain/judge_listener.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace pm {
namespace {

/// What one rule says; unset when it cannot tell.
using Verdict = std::optional<Judgement>;
using Rule = Verdict (*)(const Evidence&);

/// comm holds no more of a process's name (proc(5)).
constexpr std::size_t comm_length = 15;

Verdict yes(std::string why) {
  return Judgement{true, false, std::move(why)};
}

Verdict no(std::string why) {
  return Judgement{false, false, std::move(why)};
}

Judgement wait() {
  return {false, true, "it was asked who it is and has not answered yet"};
}

bool is_pending(const Evidence& evidence) {
  return evidence.answer != nullptr && evidence.answer->pending;
}

/// Without what the kernel adds once the file has been replaced by an upgrade.
std::string_view program_of(std::string_view executable) {
  static constexpr std::string_view mark = " (deleted)";
  if (executable.ends_with(mark)) executable.remove_suffix(mark.size());
  return executable;
}

std::string_view base_name(std::string_view path) {
  return path.substr(path.find_last_of('/') + 1);
}

std::string process_of(const Listener& listener) {
  const auto name = listener.process.empty() ? base_name(program_of(listener.executable))
                                             : std::string_view(listener.process);
  if (name.empty()) return std::to_string(listener.pid);
  return std::string(name) +
         (listener.pid == 0 ? "" : " (pid " + std::to_string(listener.pid) + ")");
}

bool speaks_http(const Listener& listener) {
  return listener.protocol == Protocol::tcp;
}

const HealthAnswer* answer_of(const Evidence& evidence) {
  const auto* answer = evidence.answer;
  return speaks_http(evidence.listener) && answer != nullptr && answer->answered ? answer : nullptr;
}

Verdict by_self(const Evidence& evidence) {
  if (evidence.is_self && evidence.service_is_self) return yes("it is this Port Manager");
  if (evidence.is_self) return no("it is the Port Manager itself");
  if (evidence.service_is_self) return no("it is not the running Port Manager");
  return {};
}

Verdict by_name(const Evidence& evidence) {
  const auto* answer = answer_of(evidence);
  if (answer == nullptr || answer->name.empty()) return {};
  return Judgement{answer->name == evidence.service.service_id, false,
                   "it answers " + evidence.service.health_endpoint + " as " + answer->name};
}

/// What was learned without a name was a guess, and one who gives the name elsewhere refutes it.
bool is_refuted(const Evidence& evidence) {
  return evidence.is_elsewhere && evidence.learned != nullptr && !evidence.learned->named_itself;
}

Verdict by_learned_process(const Evidence& evidence) {
  if (evidence.learned != nullptr && !is_refuted(evidence) &&
      evidence.learned->is_process(evidence.listener, evidence.boot_id)) {
    return yes("its process is the one that answered as " + evidence.service.service_id);
  }
  if (evidence.known_as.empty()) return {};
  return no("its process is that of " + evidence.known_as);
}

bool is_learned_program(const Evidence& evidence) {
  const auto program = program_of(evidence.listener.executable);
  return !program.empty() && program == program_of(evidence.learned->executable);
}

Verdict by_custom(const Evidence& evidence) {
  const auto* learned = evidence.learned;
  if (learned == nullptr || !learned->named_itself || !speaks_http(evidence.listener)) {
    return {};
  }
  const auto& service = evidence.service;
  if (answer_of(evidence) != nullptr) {
    return no("it answers " + service.health_endpoint + " without a name, and " +
              service.service_id + " always gave its own");
  }
  if (evidence.young && is_learned_program(evidence)) {
    return yes("it has just started, and its program is that of " + service.service_id);
  }
  if (is_pending(evidence) && is_learned_program(evidence)) return wait();
  return no("it does not answer " + service.health_endpoint + ", which " + service.service_id +
            " always did");
}

bool is_named(const Listener& listener, std::string_view name) {
  return listener.process == name.substr(0, comm_length) ||
         base_name(program_of(listener.executable)) == name;
}

Verdict by_registered_process(const Evidence& evidence) {
  const auto& listener = evidence.listener;
  const auto wanted = base_name(evidence.service.process);
  const bool is_visible = !listener.process.empty() || !listener.executable.empty();
  if (wanted.empty() || !is_visible) return {};
  const auto found = "its process is " + process_of(listener);
  if (is_named(listener, wanted)) return yes(found + ", as registered");
  return no(found + ", and " + evidence.service.service_id + "'s is " + std::string(wanted));
}

Verdict by_learned_program(const Evidence& evidence) {
  const auto program = program_of(evidence.listener.executable);
  if (is_refuted(evidence)) return {};
  if (evidence.learned == nullptr || evidence.learned->executable.empty() || program.empty()) {
    return {};
  }
  const auto found = "its program is " + std::string(program);
  if (is_learned_program(evidence)) {
    return yes(found + ", as " + evidence.service.service_id + "'s was");
  }
  return no(found + ", and " + evidence.service.service_id + "'s was " +
            std::string(program_of(evidence.learned->executable)));
}

Judgement of_somebody_unknown(const Evidence& evidence) {
  const auto& service = evidence.service;
  if (!speaks_http(evidence.listener)) {
    return {true, false, "nobody else is known to be there"};
  }
  const auto* answer = answer_of(evidence);
  if (answer == nullptr && is_pending(evidence)) return wait();
  if (answer == nullptr) {
    return {false, false,
            "nobody knows yet who it is, and it does not answer " + service.health_endpoint};
  }
  if (!answer->healthy) {
    return {false, false,
            "nobody knows yet who it is, and its answer to " + service.health_endpoint +
                " is neither healthy nor names it"};
  }
  if (evidence.is_elsewhere) {
    return {false, false,
            "it answers " + service.health_endpoint + " without a name, and " + service.service_id +
                " answers by its own elsewhere"};
  }
  return {true, false,
          "it answers " + service.health_endpoint + ", and nobody else is known to be there"};
}

}  // namespace

Judgement judge_listener(const Evidence& evidence) {
  static constexpr std::array<Rule, 6> by_answer_first{
      by_self, by_name, by_learned_process, by_custom, by_registered_process, by_learned_program};
  static constexpr std::array<Rule, 6> by_process_first{
      by_self, by_learned_process, by_registered_process, by_learned_program, by_name, by_custom};
  for (const auto rule : evidence.shares_address ? by_process_first : by_answer_first) {
    if (auto verdict = rule(evidence)) return *std::move(verdict);
  }
  return of_somebody_unknown(evidence);
}

}  // namespace pm
