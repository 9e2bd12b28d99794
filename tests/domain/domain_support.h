#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "domain/assignment_rules.h"
#include "domain/draft.h"
#include "domain/move_rules.h"
#include "domain/registry.h"

namespace pm::test {

inline constexpr const char* self = "itechsmart-port-manager";

constexpr Port port(int value) {
  return Port::clamped(value);
}
PortKey tcp(int value);
PortKey udp(int value);
PortKey tcp_on(const std::string& host, int value);
Service service(const std::string& service_id);

/// That many seconds after 2026-11-22T20:00:00Z.
Timestamp at_second(int seconds);

/// The suite's range is 8000-8099; 8000-8049 is the category "web", 8050-8059 "data".
SuiteConfig suite_config();
Registry registry_of(SuiteConfig config = suite_config());

/// All that a registry says, as text: two registries are identical when their texts are.
std::string dump(const Registry& registry);

/// Registry conflicts without their ids and times, in one order: what is to be compared.
std::vector<std::string> plain(const std::vector<Conflict>& conflicts);
/// The open conflicts of the types that the registry alone can tell.
std::vector<Conflict> open_registry_conflicts(const Registry& registry);

/// True when the answer is this refusal and its message has every one of `named`.
testing::AssertionResult is_refusal(const Error* error, ErrorCode code, const std::string& field,
                                    const std::vector<std::string>& named);

template <typename T>
testing::AssertionResult refused(const Expected<T>& answer, ErrorCode code,
                                 const std::string& field, const std::vector<std::string>& named) {
  return is_refusal(answer ? nullptr : &answer.error(), code, field, named);
}

template <typename T>
std::vector<T> all_of(const ChangeSet& changes) {
  std::vector<T> found;
  for (const auto& change : changes.changes) {
    if (const auto* each = std::get_if<T>(&change)) found.push_back(*each);
  }
  return found;
}

/// A registry, and what the store does with it: a rule runs on a draft, the draft is closed, and
/// unless it was refused or is empty it becomes the registry.
class Suite {
 public:
  explicit Suite(SuiteConfig config = suite_config()) : registry_(registry_of(std::move(config))) {}

  const Registry& registry() const { return registry_; }
  /// What the last commit changed; empty when the last rule was refused or changed nothing.
  const ChangeSet& last() const { return last_; }

  template <typename Rule>
  auto commit(const Rule& rule) {
    Draft draft(registry_, context());
    auto answer = rule(draft);
    last_ = {};
    if (answer) draft.reconcile_conflicts();
    if (answer && !draft.empty()) keep(std::move(draft));
    return answer;
  }

  ChangeContext context() const;
  /// Gives the Port Manager a port, as only an import does.
  void place_self(int value);
  Expected<Assignment> assign(const std::string& service_id, const PortKey& key,
                              bool force = false);
  Expected<Assignment> release(const std::string& service_id);
  Expected<void> remove_service(const std::string& service_id);
  Expected<void> register_service(const Service& service);
  Expected<void> reserve(int lo, int hi, const std::string& reason = {},
                         std::optional<Timestamp> expires_at = std::nullopt);
  Expected<void> unreserve(const PortKey& key);
  Expected<Move> begin_move(const std::string& service_id, int to, bool force = false);
  Expected<Move> begin_planned_move(std::int64_t move_id);
  Expected<Move> accept_move(std::int64_t move_id);
  Expected<Move> commit_move(std::int64_t move_id);
  Expected<Move> roll_back_move(std::int64_t move_id);

 private:
  void keep(Draft draft);

  Registry registry_;
  ChangeSet last_;
};

}  // namespace pm::test
