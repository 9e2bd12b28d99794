#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "domain/domain_support.h"
#include "domain/port_config.h"

namespace pm::test {

/// A suite with few services and fewer ports, changed at random through the rules. After every
/// change everything that must always be true of a registry is checked.
class RandomSuite {
 public:
  explicit RandomSuite(unsigned seed);

  /// One change. What it was and whether it was carried out is counted in `done`.
  void step();
  /// Brings every open move to an end.
  void settle();

  Suite& suite() { return suite_; }
  const Registry& registry() const { return suite_.registry(); }
  PortConfig random_config();
  int pick(int lo, int hi) { return std::uniform_int_distribution(lo, hi)(random_); }

  /// Changes carried out and refusals, by name: "assign", "assign port_taken".
  const std::map<std::string, int>& done() const { return done_; }

 private:
  template <typename Rule>
  auto attempt(const std::string& name, bool may_contest, const Rule& rule);
  void check_changes(const Registry& before, const std::string& name, bool may_contest);

  void look_at_the_kernel();
  void begin_bulk_update();
  void go_on_with_a_move();

  std::string any_service();
  PortKey any_key();
  Port any_port();
  bool chance(int percent) { return pick(1, 100) <= percent; }

  std::mt19937 random_;
  Suite suite_;
  std::map<std::string, int> done_;
  /// The port of each service as the history tells it.
  std::map<std::string, std::optional<Port>> told_;
};

/// What must be true of every registry, whatever made it.
void check_invariants(const Registry& registry);

/// Every key that an assignment, a reservation or a conflict names.
std::vector<PortKey> all_keys(const Registry& registry);

}  // namespace pm::test
