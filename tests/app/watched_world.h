#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "app/world.h"

namespace pm::test {

/// A world whose kernel is watched.
class WatchedWorld : public testing::Test, public World {
 protected:
  void look() {
    const auto looked = watch.look();
    ASSERT_TRUE(looked) << looked.error().message;
  }
  void settle() {
    const auto settled = watch.settle();
    ASSERT_TRUE(settled) << settled.error().message;
  }
  std::vector<Conflict> open() const {
    std::vector<Conflict> conflicts;
    for (const auto& [id, conflict] : store.snapshot()->open_conflicts().sorted()) {
      conflicts.push_back(conflict);
    }
    return conflicts;
  }
  /// "type service@port" of the open conflicts.
  std::vector<std::string> told() const {
    std::vector<std::string> texts;
    for (const auto& conflict : open()) {
      texts.push_back(std::string(to_string(conflict.type)) + " " + conflict.services.front() +
                      "@" + to_string(conflict.key.port));
    }
    return texts;
  }
  std::vector<std::string> found() {
    settle();
    return told();
  }
  std::string last_resolution() const {
    const auto closed = changes_of<CloseConflict>(store.change_sets());
    return closed.empty() ? "" : closed.back().conflict.resolution;
  }
};

}  // namespace pm::test
