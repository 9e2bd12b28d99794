#pragma once

#include <chrono>
#include <string>

#include "cli/terminal.h"

namespace pm {

/// One line on stderr that lives while something takes long: "| Moving passport to 8050, 3 s".
/// Nothing where stderr is no terminal. It appears after half a second, so that what is quick does
/// not flicker, and is gone when the object is.
class Progress {
 public:
  Progress(const Terminal& terminal, std::string what);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  /// Brings the line up to date; cheap, to be called often.
  void tick();

 private:
  const Terminal& terminal_;
  std::string what_;
  std::chrono::steady_clock::time_point begun_{std::chrono::steady_clock::now()};
  std::size_t turns_{0};
  bool is_shown_{false};
};

}  // namespace pm
